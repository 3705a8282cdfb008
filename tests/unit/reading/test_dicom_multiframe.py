"""Enhanced (multi-frame) MR: the same values, places and times as the same examination in files of one slice."""

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import RLELossless, generate_uid

from tilscope.reading import read_dicom_series, scan_dicom
from tilscope.vocabulary import InputError, Scanner

ENHANCED = "1.2.840.10008.5.1.4.1.1.4.1"
OBLIQUE = (0.8, 0.6, 0.0, -0.36, 0.48, 0.8)
N_PHASES, N_SLICES = 5, 6


def item(**values):
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def slope_of(phase, index):
    return 0.5 + 0.125 * phase + 0.0625 * index


def own_groups(classic, phase, index, **content):
    """Functional groups of one frame, with what a classic slice says."""
    return item(
        FrameContentSequence=[item(**content)],
        PlanePositionSequence=[item(ImagePositionPatient=classic.ImagePositionPatient)],
        PixelValueTransformationSequence=[
            item(RescaleSlope=slope_of(phase, index), RescaleIntercept=-phase, RescaleType="US")
        ],
        MRImageFrameTypeSequence=[
            item(FrameType=["ORIGINAL", "PRIMARY", "DYNAMIC", "NONE"], ComplexImageComponent="MAGNITUDE")
        ],
    )


def by_time(phase, index):
    return {"FrameAcquisitionDateTime": f"2020010210{phase * 90 // 60:02d}{phase * 90 % 60:02d}.5"}


def by_position(phase, index):
    return {"TemporalPositionIndex": phase + 1}


class Enhanced:
    """Writes an examination of the shared fixture as multi-frame files."""

    def __init__(self, examination):
        self.examination = examination

    def write(self, content, frames_of_files, edit_file=None, edit_group=None):
        """Write one file for each list of (phase, index); return the SOP instance UIDs."""
        self.examination.folder.mkdir(parents=True, exist_ok=True)
        uids = []
        for number, frames in enumerate(frames_of_files):
            dataset = self._file(number, content, frames, edit_group)
            if edit_file is not None:
                edit_file(dataset, number)
            dataset.save_as(self.examination.folder / f"EMR{number}.dcm", enforce_file_format=True)
            uids.append(dataset.SOPInstanceUID)
        return uids

    def _file(self, number, content, frames, edit_group):
        classics = [self.examination._slice(*frame) for frame in frames]
        d = classics[0]
        d.SOPClassUID, d.SOPInstanceUID = ENHANCED, generate_uid(entropy_srcs=["emr", str(number)])
        d.ImageType = ["ORIGINAL", "PRIMARY", "DYNAMIC", "NONE"]
        d.NumberOfFrames, d.InstanceNumber = len(frames), number + 1
        own = []
        for classic, frame in zip(classics, frames, strict=True):
            group = own_groups(classic, *frame, **content(*frame))
            if edit_group is not None:
                edit_group(group, *frame)
            own.append(group)
        d.PerFrameFunctionalGroupsSequence = Sequence(own)
        d.SharedFunctionalGroupsSequence = [
            item(
                PlaneOrientationSequence=[item(ImageOrientationPatient=d.ImageOrientationPatient)],
                PixelMeasuresSequence=[item(PixelSpacing=d.PixelSpacing, SliceThickness="2.0")],
                MRTimingAndRelatedParametersSequence=[item(RepetitionTime="5.0", FlipAngle="12")],
                MREchoSequence=[item(EffectiveEchoTime=2.4)],
            )
        ]
        d.EchoPulseSequence, d.EchoPlanarPulseSequence = "GRADIENT", "NO"
        d.PixelData = b"".join(classic.PixelData for classic in classics)
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "AcquisitionDate"):
            if keyword in d:
                del d[keyword]
        for keyword in ("RepetitionTime", "EchoTime", "FlipAngle", "ScanningSequence", "AcquisitionNumber"):
            if keyword in d:
                del d[keyword]
        return d


def all_frames():
    return [(phase, index) for phase in range(N_PHASES) for index in range(N_SLICES)]


def shuffled():
    frames = all_frames()
    return [frames[k] for k in np.random.default_rng(8).permutation(len(frames))]


LAYOUTS = {
    "all phases in one file": [all_frames()],
    "slice by slice in one file": [sorted(all_frames(), key=lambda frame: frame[::-1])],
    "shuffled frames": [shuffled()],
    "one file per phase": [[(p, i) for i in range(N_SLICES)] for p in range(N_PHASES)],
    "a phase split over two files": [
        [(p, i) for i in range(start, start + 3)] for p in range(N_PHASES) for start in (0, 3)
    ],
    "pre alone, the rest together": [all_frames()[:N_SLICES], all_frames()[N_SLICES:]],
}


@pytest.fixture
def classic(make_examination, tmp_path):
    """The examination in files of one slice, oblique, with a slope of its own in every slice."""
    made = make_examination(tmp_path / "classic", n_phases=N_PHASES, orientation=OBLIQUE)

    def edit(dataset, phase, index):
        dataset.AcquisitionTime = f"10{phase * 90 // 60:02d}{phase * 90 % 60:02d}.5"
        dataset.RescaleSlope, dataset.RescaleIntercept = f"{slope_of(phase, index)}", f"{-phase}"

    made.write(edit)
    return read_dicom_series(made.folder)


@pytest.fixture
def enhanced(make_examination, tmp_path):
    return Enhanced(make_examination(tmp_path / "enhanced", n_phases=N_PHASES, orientation=OBLIQUE))


def assert_same(found, expected):
    assert found.phase_names == expected.phase_names
    for a, b in zip(found.phases, expected.phases, strict=True):
        assert a.grid == b.grid
        np.testing.assert_array_equal(a.array, b.array)


@pytest.mark.parametrize("content", [by_time, by_position], ids=["times", "temporal positions"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_equal_to_the_same_examination_in_single_slices(enhanced, classic, layout, content):
    enhanced.write(content, LAYOUTS[layout])
    found = read_dicom_series(enhanced.examination.folder)
    assert_same(found, classic)
    truth = enhanced.examination.truth()[3, 2] * slope_of(3, 2) - 3  # by hand, not through our reader
    np.testing.assert_array_equal(found.phases[3].array[2], truth.astype(np.float32))
    assert found.times_s == ((-90.0, 0.0, 90.0, 180.0, 270.0) if content is by_time else None)


@pytest.mark.parametrize(
    ("group", "key", "value", "phase_key"),
    [
        ("TemporalPositionSequence", "TemporalPositionTimeOffset", lambda p: 62.5 * p, "TriggerTime"),
        (
            "CardiacSynchronizationSequence",
            "NominalCardiacTriggerDelayTime",
            lambda p: 62500.0 * p,
            "TriggerTime",
        ),
        (
            "FrameContentSequence",
            "FrameReferenceDateTime",
            lambda p: f"2020010210{p:02d}00",
            "AcquisitionTime",
        ),
    ],
)
def test_other_times_of_frames(enhanced, classic, group, key, value, phase_key):
    def edit(groups, phase, index):
        if group == "FrameContentSequence":
            setattr(groups.FrameContentSequence[0], key, value(phase))
            groups.FrameContentSequence[0].FrameAcquisitionDateTime = "20200102095900"  # of the whole file
        else:
            setattr(groups, group, [item(**{key: value(phase)})])

    enhanced.write(lambda p, i: {}, [shuffled()], edit_group=edit)
    found = read_dicom_series(enhanced.examination.folder)
    assert_same(found, classic)
    step = 60.0 if group == "FrameContentSequence" else 62.5
    assert (found.phase_key, found.times_s) == (phase_key, tuple(step * (p - 1) for p in range(N_PHASES)))


def test_a_file_tells_the_scanner_of_its_frames(enhanced):
    def edit(dataset, number):
        dataset.Manufacturer, dataset.ManufacturerModelName = "Philips Healthcare", "Ingenia"
        dataset.MagneticFieldStrength = 3.0

    enhanced.write(by_time, LAYOUTS["one file per phase"], edit_file=edit)
    assert read_dicom_series(enhanced.examination.folder).scanner == Scanner("Philips", "Ingenia", 3.0)


def test_the_order_of_frames_alone_tells_the_phases(enhanced, classic):
    enhanced.write(lambda p, i: {}, LAYOUTS["slice by slice in one file"])
    found = read_dicom_series(enhanced.examination.folder)
    assert found.phase_key == "order of repeats (InstanceNumber)"
    assert_same(found, classic)


def test_frames_that_nothing_tells_apart_are_refused(enhanced):
    enhanced.write(lambda p, i: {}, [shuffled()])
    with pytest.raises(InputError) as caught:
        read_dicom_series(enhanced.examination.folder)
    assert caught.value.rule == "IMG-07"


@pytest.mark.parametrize(
    ("words", "component"),
    [
        (["DERIVED", "PRIMARY", "DYNAMIC", "SUBTRACTION"], "MAGNITUDE"),
        (["ORIGINAL", "PRIMARY", "DYNAMIC", "NONE"], "PHASE"),
    ],
)
def test_frames_that_are_no_phase_are_set_aside(enhanced, classic, words, component):
    """A sixth set of frames, computed from the others or the signal's phase, lies in the same file."""
    enhanced.examination.n_phases = 6

    def edit(groups, phase, index):
        if phase == 5:
            groups.MRImageFrameTypeSequence[0].FrameType = words
            groups.MRImageFrameTypeSequence[0].ComplexImageComponent = component

    enhanced.write(by_time, [[*all_frames(), *((5, i) for i in range(N_SLICES))]], edit_group=edit)
    found = read_dicom_series(enhanced.examination.folder)
    assert len(found.phases) == N_PHASES
    assert any(note.startswith("IMG-31") and "6 " in note for note in found.notes)


@pytest.mark.parametrize(
    ("fault", "rule", "words"),
    [
        (lambda d, n: delattr(d, "PerFrameFunctionalGroupsSequence"), "IMG-30", "without functional groups"),
        (lambda d, n: d.PerFrameFunctionalGroupsSequence.pop(), "IMG-30", "functional groups of 29"),
        (
            lambda d, n: d.SharedFunctionalGroupsSequence[0].__delattr__("PixelMeasuresSequence"),
            "IMG-16",
            "PixelSpacing",
        ),
        (
            lambda d, n: d.PerFrameFunctionalGroupsSequence[7].__delattr__("PlanePositionSequence"),
            "IMG-16",
            "Position",
        ),
        (lambda d, n: setattr(d, "PixelData", d.PixelData[:-70]), "IMG-21", "2030 bytes"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(enhanced, fault, rule, words):
    enhanced.write(by_time, [all_frames()], edit_file=fault)
    with pytest.raises(InputError, match=words) as caught:
        read_dicom_series(enhanced.examination.folder)
    assert caught.value.rule == rule
    assert caught.value.remedy


def test_a_missing_frame_is_refused(enhanced):
    enhanced.write(by_time, [[frame for frame in all_frames() if frame != (2, 3)]])
    with pytest.raises(InputError) as caught:
        read_dicom_series(enhanced.examination.folder)
    assert caught.value.rule == "IMG-01"


def test_compressed_frames(enhanced, classic):
    def compress(dataset, number):
        dataset.compress(RLELossless)

    enhanced.write(by_time, [shuffled()], edit_file=compress)
    assert_same(read_dicom_series(enhanced.examination.folder), classic)


def test_compressed_frames_cut_short(enhanced):
    def compress(dataset, number):
        dataset.compress(RLELossless)

    enhanced.write(by_time, [all_frames()], edit_file=compress)
    file = enhanced.examination.folder / "EMR0.dcm"
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(InputError) as caught:
        read_dicom_series(enhanced.examination.folder)
    assert caught.value.rule == "IMG-21"


def test_fewer_compressed_frames_than_declared(enhanced):
    def lose_one(dataset, number):
        dataset.compress(RLELossless)
        from pydicom.encaps import generate_frames

        frames = list(generate_frames(dataset.PixelData, number_of_frames=30))
        dataset.PixelData = encapsulate(frames[:-1])

    enhanced.write(by_time, [all_frames()], edit_file=lose_one)
    with pytest.raises(InputError) as caught:
        read_dicom_series(enhanced.examination.folder)
    assert caught.value.rule in ("IMG-20", "IMG-21")


def test_an_exact_copy_of_a_file_is_left_out(enhanced, classic):
    enhanced.write(by_time, LAYOUTS["one file per phase"])
    (enhanced.examination.folder / "copy").write_bytes(
        (enhanced.examination.folder / "EMR2.dcm").read_bytes()
    )
    found = read_dicom_series(enhanced.examination.folder)
    assert_same(found, classic)
    assert any(note.startswith("IMG-05 1 exact") for note in found.notes)


def test_scan_and_uids_name_the_frames(enhanced):
    (uid,) = enhanced.write(by_time, [shuffled()])
    (enhanced.examination.folder / "Thumbs.db").write_bytes(b"nothing")
    scan = scan_dicom(enhanced.examination.folder)
    (found,) = scan.examinations
    assert [file.name for file in found.files] == ["EMR0.dcm"]
    assert scan.set_aside == {"not DICOM": 1}
    assert {uid, f"{uid}#1", f"{uid}#30"} <= found.sop_uids
    uids = read_dicom_series(found.files).sop_uids
    order = shuffled()
    assert uids[1] == tuple(f"{uid}#{order.index((1, i)) + 1}" for i in range(N_SLICES))


def test_multi_frame_file_beside_a_classic_dynamic(examination, timed, enhanced):
    """Frames nobody can place: refused where they may be a phase, told where they cannot."""
    examination.write(timed)

    def another(dataset, number):
        del dataset.PerFrameFunctionalGroupsSequence
        dataset.SeriesInstanceUID, dataset.Rows = "1.2.3.99", 4

    enhanced.examination.folder = examination.folder
    enhanced.examination.study_uid = examination.study_uid
    enhanced.write(by_time, [[(0, i) for i in range(N_SLICES)]], edit_file=another)
    assert any(note.startswith("IMG-30") for note in read_dicom_series(examination.folder).notes)

    def same_size(dataset, number):
        another(dataset, number)
        dataset.Rows = 5

    enhanced.write(by_time, [[(0, i) for i in range(N_SLICES)]], edit_file=same_size)
    with pytest.raises(InputError) as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-30"
