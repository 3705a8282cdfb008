"""A hospital's tree: grouped, counted, and the images of the DCE chosen by the stated rule."""

import pytest

from tilscope.reading import read_dicom_series, scan_dicom
from tilscope.vocabulary import InputError


def test_examinations_by_patient_and_study(make_examination, tmp_path, timed):
    for number in (2, 1):
        made = make_examination(
            tmp_path / "tree" / str(number),
            patient_id=f"00{number}",
            study_uid=f"1.2.{number}",
            series_uid=f"1.2.{number}.1",
        )
        made.write(timed)
    calls = []
    scan = scan_dicom(tmp_path / "tree", lambda done, total: calls.append((done, total)))
    assert [e.patient_id for e in scan.examinations] == ["001", "002"]
    assert [len(e.files) for e in scan.examinations] == [18, 18]
    assert scan.examinations[0].patient_name == "CANARY^ANNA"
    assert scan.set_aside == {}
    assert calls[-1] == (36, 36)
    assert len(read_dicom_series(scan.examinations[1].files).phases) == 3


def test_what_is_no_phase_is_set_aside_by_reason(examination, timed, make_examination):
    examination.write(timed)
    for name in ("Thumbs.db", ".DS_Store", "readme.txt", "empty"):
        (examination.folder / name).write_bytes(b"" if name == "empty" else b"not an image at all")

    def other(prefix, **tags):
        def edit(dataset, phase, index):
            dataset.SeriesInstanceUID, dataset.SeriesNumber = f"1.2.3.{len(prefix)}.{ord(prefix[0])}", 40
            for keyword, value in tags.items():
                setattr(dataset, keyword, value)
            return phase == 0

        make_examination(examination.folder / prefix, study_uid=examination.study_uid, prefix=prefix).write(
            edit
        )

    other("loc", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    other("sub", ImageType=["DERIVED", "PRIMARY", "SUB"])
    other("mip", ImageType=["DERIVED", "SECONDARY", "M", "MIP"])
    other("ct", SOPClassUID="1.2.840.10008.5.1.4.1.1.2", Modality="CT")
    other("t2", EchoTime="90", RepetitionTime="4000")
    scan = scan_dicom(examination.folder)
    assert scan.set_aside == {
        "not DICOM": 4,
        "localiser": 6,
        "derived (subtraction, projection, reformat, map)": 12,
        "not an MR image": 6,
        "not of the dynamic series": 6,
    }
    assert len(scan.examinations[0].files) == 18
    series = read_dicom_series(examination.folder)
    assert len(series.phases) == 3
    assert any("series 40" in note for note in series.notes)


def test_localiser_inside_the_series_is_left_out(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        if phase == 0 and index == 0:
            dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
            dataset.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]

    examination.write(edit)
    with pytest.raises(InputError) as caught:  # the slice that it replaced is missing from its phase
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-02"


def test_series_of_another_plane_is_not_a_phase(examination, timed, make_examination):
    examination.write(timed)
    sagittal = make_examination(
        examination.folder / "sag",
        n_phases=1,
        study_uid=examination.study_uid,
        series_uid="1.2.3.9",
        orientation=(0, 1, 0, 0, 0, -1),
    )
    sagittal.write()
    assert len(read_dicom_series(examination.folder).phases) == 3


def test_two_patients_in_one_series(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.PatientID = "A" if index < 3 else "B"

    examination.write(edit)
    with pytest.raises(InputError) as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-23"
    scan = scan_dicom(examination.folder)
    assert [e.patient_id for e in scan.examinations] == ["A", "B"]  # neither patient gets lost
    for found in scan.examinations:
        with pytest.raises(InputError) as caught:
            read_dicom_series(found.files)
        assert caught.value.rule == "IMG-23"


def test_two_examinations_of_one_patient(examination, timed, make_examination):
    examination.write(timed)
    make_examination(examination.folder / "later", study_uid="1.2.99", series_uid="1.2.99.1").write(timed)
    with pytest.raises(InputError) as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-24"
    assert len(scan_dicom(examination.folder).examinations) == 2


def test_damaged_header_is_counted_and_stays_with_its_examination(examination, timed):
    files = examination.write(timed)
    data = files[3].read_bytes()
    files[3].write_bytes(data[:300])
    scan = scan_dicom(examination.folder)
    with pytest.raises(InputError) as caught:
        read_dicom_series(scan.examinations[0].files)
    assert caught.value.rule == "IMG-21"
    assert scan.set_aside == {"damaged DICOM header": 1}


def test_folder_without_dicom_or_missing(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(InputError) as caught:
        read_dicom_series(tmp_path)
    assert caught.value.rule == "IMG-32"
    assert scan_dicom(tmp_path).examinations == ()
    for call in (scan_dicom, read_dicom_series):
        with pytest.raises(InputError) as caught:
            call(tmp_path / "nowhere")
        assert caught.value.rule == "IMG-00"


def test_only_derived_images_are_read_with_a_note(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]

    examination.write(edit)
    assert any("declared as derived" in note for note in read_dicom_series(examination.folder).notes)


def test_only_maps_are_refused(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.ImageType = ["DERIVED", "PRIMARY", "DCE", "PE1"]

    examination.write(edit)
    with pytest.raises(InputError) as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-31"


def other_series(examination, make_examination, timed, **tags):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.SeriesNumber = 9
        for keyword, value in tags.items():
            setattr(dataset, keyword, value)

    made = make_examination(
        examination.folder / "other",
        n_phases=5,
        study_uid=examination.study_uid,
        series_uid="1.2.3.9",
        spacing=(4.0, 1.5, 1.5),
    )
    made.write(edit)


def test_diffusion_with_more_repeats_is_not_taken_for_the_dce(examination, make_examination, timed):
    examination.write(timed)
    other_series(
        examination, make_examination, timed, ScanningSequence="EP", EchoTime="80", RepetitionTime="7000"
    )
    series = read_dicom_series(examination.folder)
    assert len(series.phases) == 3
    assert series.phases[0].spacing_mm[0] == 2.0


def test_two_dynamic_series_are_refused(examination, make_examination, timed):
    examination.write(timed)
    other_series(examination, make_examination, timed, EchoTime="3.4", RepetitionTime="9")
    with pytest.raises(InputError) as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-04"


def test_one_series_per_phase_with_another_sequence_on_the_same_grid(examination, make_examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.SeriesInstanceUID, dataset.SeriesNumber = f"1.2.3.4.{phase}", 10 + phase

    examination.write(edit)

    def without_fat_saturation(dataset, phase, index):
        dataset.SeriesNumber, dataset.RepetitionTime, dataset.EchoTime = 3, "8.5", "4.6"
        return phase == 0

    plain = make_examination(
        examination.folder / "t1", study_uid=examination.study_uid, series_uid="1.2.3.5", prefix="T1"
    )
    plain.write(without_fat_saturation)
    series = read_dicom_series(examination.folder)
    assert (series.phase_key, len(series.phases)) == ("SeriesInstanceUID", 3)
    assert any("6 images of series 3" in note for note in series.notes)


def test_segmentation_under_a_study_of_its_own_goes_to_its_patient(examination, timed):
    import pydicom

    files = examination.write(timed)
    seg = pydicom.dcmread(files[0])
    seg.SOPClassUID = seg.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"
    seg.Modality, seg.StudyInstanceUID = "SEG", "1.2.77"
    seg.save_as(examination.folder / "seg.dcm")
    (found,) = scan_dicom(examination.folder).examinations
    assert [file.name for file in found.segmentations] == ["seg.dcm"]


@pytest.mark.parametrize(
    ("words", "is_read"),
    [
        (["ORIGINAL", "PRIMARY", "PERFUSION", "NONE"], True),  # the name of the sequence
        (["DERIVED", "PRIMARY", "PERFUSION", "NONE"], False),  # a map
        (["ORIGINAL", "PRIMARY", "PHASE MAP", "P", "FFE"], False),
        (["DERIVED", "PRIMARY", "DCE", "STD_DEVIATION"], False),
        (["ORIGINAL", "PRIMARY", "M", "DIS3D"], True),
    ],
)
def test_words_of_the_image_type(examination, timed, make_examination, words, is_read):
    """A fourth series, at a time of its own: a phase, or something else."""
    examination.write(timed)

    def edit(dataset, phase, index):
        dataset.ImageType, dataset.SeriesNumber, dataset.AcquisitionTime = words, 9, "100800"
        return phase == 0

    fourth = make_examination(
        examination.folder / "fourth", study_uid=examination.study_uid, series_uid="1.2.3.9", prefix="F"
    )
    fourth.write(edit)
    series = read_dicom_series(examination.folder)
    assert len(series.phases) == (4 if is_read else 3)
    assert is_read or any(note.startswith("IMG-31") for note in series.notes)


def test_every_other_slice_in_a_series_of_its_own_is_one_stack(make_examination, tmp_path):
    """Two-dimensional scans in two passes: 2 mm slices, 4 mm apart in each series."""
    made = make_examination(tmp_path / "passes", n_phases=1, n_slices=8)

    def edit(dataset, phase, index):
        dataset.SeriesInstanceUID, dataset.SeriesNumber = f"1.2.3.{index % 2}", 3 + index % 2
        dataset.SliceThickness, dataset.AcquisitionTime = "2.0", f"10000{index % 2}"

    made.write(edit)
    series = read_dicom_series(made.folder)
    assert [volume.array.shape[0] for volume in series.phases] == [8]
