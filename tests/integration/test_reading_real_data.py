"""The reading room on real data: the dirty UCSF examination, Slicer and DICOM segmentations, real tables."""

import tarfile
from pathlib import Path

import nibabel as nib
import nrrd
import numpy as np
import pandas as pd
import pydicom
import pytest

from tilscope.reading import (
    check_roi_belongs,
    describe_roi,
    encode_nifti,
    read_dicom_series,
    read_expression,
    read_gene_sets,
    read_participants,
    read_roi,
    read_volume,
    roi_notes,
    scan_dicom,
)
from tilscope.vocabulary import InputError, Scanner


@pytest.fixture(scope="module")
def unpacked(real_data, tmp_path_factory):
    """Folder of the unpacked UCSF examination."""
    folder = tmp_path_factory.mktemp("ucsf")
    with tarfile.open(real_data / "dce-ucsf-br-06" / "ucsf_breast_dce_BR-06.tgz") as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def series(unpacked):
    return read_dicom_series(unpacked)


@pytest.fixture(scope="module")
def lesion(real_data):
    return real_data / "dce-ucsf-br-06" / "UCSF-BR-06_ftvROI_largest.nrrd"


def datasets(folder):
    return [pydicom.dcmread(file) for file in sorted(folder.iterdir())]


def test_the_scanner_of_a_file_that_writes_gauss(series):
    assert series.scanner == Scanner("GE", "GENESIS_SIGNA", 1.5)  # MagneticFieldStrength is 15000
    assert "IMG-34 MagneticFieldStrength 15000 was read as 1.5 T (written in gauss)" in series.notes


def test_three_phases_in_one_dirty_series(series):
    assert [v.array.shape for v in series.phases] == [(60, 256, 256)] * 3
    for volume in series.phases:
        assert volume.spacing_mm == pytest.approx((2.0, 0.703125, 0.703125), abs=1e-6)
    assert series.phase_key == "ContentTime"
    assert series.phase_names == ("pre", "post1", "post2")
    # the vendor's private tag (0117,1034) of the derived maps says -230, 177 and 531 s from injection
    assert np.diff(series.times_s).tolist() == [177 - -230, 531 - 177]
    assert any("AcquisitionNumber would give 2 groups of 60 + 120" in note for note in series.notes)
    (trial,) = [t for t in series.disagreeing_keys if t.key == "AcquisitionNumber"]
    assert (trial.group_sizes, trial.n_missing, trial.n_repeated) == ((60, 120), 0, 60)


def test_every_slice_is_where_its_own_header_says(unpacked, series):
    matrix = series.phases[0].grid.index_to_lps()
    found = [0, 0, 0]
    for dataset in datasets(unpacked / "UCSF-BR-06" / "image_dce_3dfgre_orig"):
        phase = ["102551", "103238", "103832"].index(str(dataset.ContentTime)[:6])
        z = round((157.800003 - float(dataset.ImagePositionPatient[0])) / 2.0)
        np.testing.assert_array_equal(series.phases[phase].array[z], dataset.pixel_array)
        row, column = (np.array(dataset.ImageOrientationPatient[k : k + 3], float) for k in (0, 3))
        for y, x in [(0, 0), (255, 0), (100, 200)]:
            hand = np.array(dataset.ImagePositionPatient, float) + 0.703125 * (x * row + y * column)
            np.testing.assert_allclose((matrix @ [z, y, x, 1])[:3], hand, atol=1e-5)
        found[phase] += 1
    assert found == [60, 60, 60]
    assert np.linalg.det(series.phases[0].direction) == pytest.approx(1.0)


def test_scan_finds_one_examination_and_counts_the_rest(unpacked):
    scan = scan_dicom(unpacked)
    (examination,) = scan.examinations
    assert (examination.patient_id, len(examination.files)) == ("UCSF-BR-06", 180)
    assert {file.parent.name for file in examination.files} == {"image_dce_3dfgre_orig"}
    assert [file.parent.name for file in examination.segmentations] == ["mask"]
    assert scan.set_aside == {"derived (subtraction, projection, reformat, map)": 120, "not DICOM": 1}
    check_roi_belongs(describe_roi(examination.segmentations[0]), examination)
    assert len(read_dicom_series(examination.files).phases) == 3


def test_lesion_enhances_early_and_washes_out(series, lesion):
    mask = read_roi(lesion, series.phase("post1"))
    assert mask.sum() == 39_325
    stored, _ = nrrd.read(str(lesion))
    np.testing.assert_array_equal(mask, stored.T > 0)
    pre, early, late = (float(volume.array[mask].mean()) for volume in series.phases)
    assert early > 2 * pre
    assert pre < late < early
    assert roi_notes(mask) == ()


def test_vendor_tumour_volume_is_reproduced_from_segmentation_and_maps(unpacked, series):
    """SEG AND PE1 >= 70 AND SER > 0 has 41,105 voxels: the count in the SEG's own private tag (0117,10B3)."""
    (file,) = (unpacked / "UCSF-BR-06" / "mask").iterdir()
    tissue = read_roi(file, series.phase("post1"))
    assert describe_roi(file).segments == ("Breast",)

    def volume_of(name):
        slices = sorted(
            datasets(unpacked / "UCSF-BR-06" / name), key=lambda d: -float(d.ImagePositionPatient[0])
        )
        return np.stack([d.pixel_array for d in slices])

    tumour = tissue & (volume_of("image_dce_pe1") >= 70) & (volume_of("image_dce_ser") > 0)
    assert tumour.sum() == 41_105


def test_mask_on_another_image_is_refused(real_data, lesion):
    other = read_volume(real_data / "pyradiomics-baseline" / "breast1_image.nrrd")
    with pytest.raises(InputError) as caught:
        read_roi(lesion, other)
    assert caught.value.rule == "ROI-42"
    assert "mm" in str(caught.value)


def test_round_trip_through_nifti(series, lesion, tmp_path):
    volume = series.phase("post2")
    file = tmp_path / "post2.nii.gz"
    file.write_bytes(encode_nifti(volume))
    back = read_volume(file)
    assert back.grid.offset_mm(volume.grid) < 1e-6
    np.testing.assert_array_equal(back.array, volume.array)
    np.testing.assert_array_equal(nib.load(file).get_fdata().T, volume.array)
    np.testing.assert_array_equal(read_roi(lesion, back), read_roi(lesion, volume))


@pytest.mark.parametrize("name", ["breast1", "brain1", "brain2"])
def test_pyradiomics_images_as_pynrrd_reads_them(real_data, name):
    folder = real_data / "pyradiomics-baseline"
    volume = read_volume(folder / f"{name}_image.nrrd")
    array, header = nrrd.read(str(folder / f"{name}_image.nrrd"))
    np.testing.assert_array_equal(volume.array, array.T)
    np.testing.assert_allclose(volume.spacing_mm, np.linalg.norm(header["space directions"], axis=1)[::-1])
    mask = read_roi(folder / f"{name}_label.nrrd", volume)
    label, _ = nrrd.read(str(folder / f"{name}_label.nrrd"))
    np.testing.assert_array_equal(mask, label.T == 1)


def test_several_labels_are_listed(real_data):
    folder = real_data / "pyradiomics-baseline"
    volume = read_volume(folder / "prostate_phantom_subvolume.nrrd")
    file = folder / "prostate_phantom_subvolume-label.nrrd"
    with pytest.raises(InputError) as caught:
        read_roi(file, volume)
    assert caught.value.rule == "ROI-37"
    label, _ = nrrd.read(str(file))
    np.testing.assert_array_equal(read_roi(file, volume, "7"), label.T == 7)


@pytest.mark.parametrize(
    ("name", "n_segments"), [("Segmentation.seg.nrrd", 7), ("SegmentationOverlapping.seg.nrrd", 8)]
)
def test_slicer_segments_by_name(real_data, name, n_segments):
    folder = real_data / "segmentation-formats"
    image = read_volume(folder / "CTChest4.nrrd")
    source = describe_roi(folder / name)
    assert len(source.segments) == n_segments
    array, header = nrrd.read(str(folder / name))
    layers = array if array.ndim == 4 else array[np.newaxis]
    for number, segment in enumerate(source.segments):
        own = {key: header[f"Segment{number}_{key}"] for key in ("Name", "Layer", "LabelValue")}
        hand = layers[int(own["Layer"])] == int(own["LabelValue"])
        np.testing.assert_array_equal(read_roi(folder / name, image, segment), hand.T)
        assert own["Name"] == segment
    with pytest.raises(InputError, match="left lung") as caught:
        read_roi(folder / name, image)
    assert caught.value.rule == "ROI-37"


def test_dicom_segmentation_frames_as_highdicom_places_them(real_data):
    from highdicom.seg import segread

    from tilscope.vocabulary import Grid

    file = real_data / "segmentation-formats" / "dcmqi_liver_seg.dcm"
    seg = segread(file)
    reference = Grid((3, 512, 512), (1.0, 0.810547, 0.810547), (-235.2, -226.8, -128.69))
    volume = seg.get_volume(combine_segments=True)
    # highdicom counts slices against the normal, so its order may be the other way round
    first = volume.affine[:3, 3]
    array = volume.array > 0
    if not np.allclose(first, reference.origin_mm, atol=1e-3):
        array = array[::-1]
    np.testing.assert_array_equal(read_roi(file, reference), array)
    assert describe_roi(file).segments == ("Liver",)


def test_enhanced_multiframe_without_functional_groups_is_refused_not_half_read(real_data):
    """A shortened file: ten frames, and nothing that says where they lie."""
    with pytest.raises(InputError, match="10 frames without functional groups") as caught:
        read_dicom_series([real_data / "segmentation-formats" / "emri_small.dcm"])
    assert caught.value.rule == "IMG-30"


@pytest.mark.parametrize("layout", ["one file", "file per phase"])
def test_real_phases_as_highdicom_converts_them_to_multiframe(unpacked, series, layout, tmp_path):
    """Legacy Converted Enhanced MR of the UCSF slices: every voxel, place and phase as in the single slices."""
    from highdicom.legacy import LegacyConvertedEnhancedMRImage

    slices = datasets(unpacked / "UCSF-BR-06" / "image_dce_3dfgre_orig")
    for dataset in slices:
        dataset.AcquisitionDate, dataset.AcquisitionTime = dataset.ContentDate, dataset.ContentTime
    moments = sorted({str(d.ContentTime) for d in slices})
    parts = (
        [slices]
        if layout == "one file"
        else [[d for d in slices if str(d.ContentTime) == m] for m in moments]
    )
    for number, part in enumerate(parts):
        made = LegacyConvertedEnhancedMRImage(part, f"1.2.3.{number}", 7, f"1.2.4.{number}", number + 1)
        made.save_as(tmp_path / f"multi{number}.dcm")
    found = read_dicom_series(tmp_path)
    assert found.times_s == series.times_s
    for volume, expected in zip(found.phases, series.phases, strict=True):
        assert volume.grid == expected.grid
        np.testing.assert_array_equal(volume.array, expected.array)


def test_soft_tissue_series_and_its_contours(real_data, tmp_path):
    with tarfile.open(real_data / "sts-003-mr-rtstruct" / "mr_t1_dicom.tgz") as archive:
        archive.extractall(tmp_path, filter="data")
    (examination,) = scan_dicom(tmp_path).examinations
    series = read_dicom_series(examination.files)
    assert series.phase_names == ("post1",)
    assert series.phases[0].array.shape == (47, 138, 121)
    (file,) = examination.segmentations
    source = describe_roi(file)
    assert (source.kind, source.segments) == ("RTSTRUCT", ("GTV_Mass_MR_T1",))
    check_roi_belongs(source, examination)


def test_ibsi_phantom_as_nibabel_reads_it(real_data):
    file = real_data / "ibsi-digital-phantom" / "image.nii.gz"
    volume = read_volume(file)
    np.testing.assert_array_equal(volume.array, nib.load(file).get_fdata().T)
    assert volume.spacing_mm == (2.0, 2.0, 2.0)
    mask = read_roi(real_data / "ibsi-digital-phantom" / "mask.nii.gz", volume)
    assert mask.sum() == 74  # IBSI reference manual: 74 voxels in the region


def test_expression_of_breast_tumours(real_data):
    file = real_data / "expression-gse1992" / "expression.csv.gz"
    found = read_expression(file)
    assert found.values.shape == (15_528, 122)
    assert found.scale == "ratio"
    independent = pd.read_csv(file, index_col=0, keep_default_na=False)
    assert [found.renamed.get(gene, gene) for gene in independent.index] == list(found.values.index)
    assert {"C10orf54": "VSIR", "IL8": "CXCL8", "INDO": "IDO1"}.items() <= found.renamed.items()
    assert found.decisions["identifiers"].startswith("15,528 of 15,528 names look like HGNC symbols")
    np.testing.assert_allclose(found.values.to_numpy(), independent.to_numpy(dtype=float), rtol=1e-12)
    participants = read_participants(real_data / "expression-gse1992" / "phenotype.csv")
    assert set(found.values.columns) == set(participants.frame.index)
    assert participants.frame["fac_er_positive"].isin([0, 1]).all()


def test_counts_as_r_writes_them(real_data):
    found = read_expression(real_data / "tcga-tnbc-tils" / "counts_23_cases.tsv.gz")
    assert (found.values.shape, found.scale) == ((20_124, 23), "counts")
    # by awk: the sum of the first column, and the rows of one value
    assert found.values["TCGA.BH.A0WA"].sum() == 61_508_526
    assert found.counted["constant"] == 599
    assert found.renamed == {}


@pytest.mark.parametrize(
    ("name", "n_sets"),
    [("ReactomePathways_2024-09-18", 2694), ("hallmark.v7.0.symbols", 50), ("bindea2013", 27)],
)
def test_gene_sets(real_data, name, n_sets):
    sets = read_gene_sets(real_data / "genesets" / f"{name}.gmt")
    assert len(sets) == n_sets
    lines = Path(real_data / "genesets" / f"{name}.gmt").read_text().splitlines()
    name, _, *genes = lines[0].split("\t")
    assert sets[name] == tuple(gene for gene in genes if gene)
