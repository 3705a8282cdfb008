"""Pixel values: scaled slice by slice, every syntax the same, damaged files refused."""

import numpy as np
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless

from tilscope.reading import read_dicom_series
from tilscope.vocabulary import SeriesError


def rule_of(folder):
    with pytest.raises(SeriesError) as caught:
        read_dicom_series(folder)
    return caught.value.rule


def test_slope_and_intercept_of_each_slice(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.RescaleSlope, dataset.RescaleIntercept = f"{0.37 + 0.01 * index:.2f}", f"{-3 * phase}"

    examination.write(edit)
    slopes = 0.37 + 0.01 * np.arange(6)
    for phase, volume in enumerate(read_dicom_series(examination.folder).phases):
        hand = examination.truth()[phase] * slopes[:, None, None] - 3 * phase
        np.testing.assert_allclose(volume.array, hand, rtol=1e-6)
        assert volume.array.dtype == np.float32


@pytest.mark.parametrize(("slope", "intercept"), [("0", "0"), ("NaN", "0"), ("1", "inf")])
def test_impossible_slope(examination, timed, slope, intercept):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        if index == 2:
            dataset.add_new("RescaleSlope", "LO", slope)
            dataset.add_new("RescaleIntercept", "LO", intercept)

    examination.write(edit)
    assert rule_of(examination.folder) == "IMG-17"


def test_negative_values_declared_as_unsigned(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        if (phase, index) == (1, 2):
            values = np.arange(35, dtype=np.int16) - 5
            dataset.PixelData = values.tobytes()

    examination.write(edit)
    assert rule_of(examination.folder) == "IMG-18"


def test_signed_pixels_are_right(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.PixelRepresentation = 1
        dataset.PixelData = (np.arange(35, dtype=np.int16) - 5 + phase).tobytes()

    examination.write(edit)
    volume = read_dicom_series(examination.folder).phases[0]
    assert volume.array.min() == -5
    assert volume.array.max() == 29


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless])
def test_other_lossless_syntaxes_give_the_same_values(examination, timed, syntax):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        if syntax == RLELossless:
            dataset.compress(RLELossless)
        if syntax == ExplicitVRBigEndian:
            dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
        dataset.file_meta.TransferSyntaxUID = syntax

    examination.write(edit)
    for volume, truth in zip(read_dicom_series(examination.folder).phases, examination.truth(), strict=True):
        np.testing.assert_array_equal(volume.array, truth)


def test_pixels_that_no_decoder_knows_are_refused_by_the_syntax_name(examination, timed):
    from pydicom.encaps import encapsulate

    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.80"
        dataset.PixelData = encapsulate([b"\xff\xd8 nothing"])
        dataset["PixelData"].VR = "OB"

    examination.write(edit)
    with pytest.raises(SeriesError, match=r"1\.2\.840\.10008\.1\.2\.4\.80") as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-20"


def test_loss_is_told(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.LossyImageCompression = "01"

    examination.write(edit)
    assert any(note.startswith("IMG-20") for note in read_dicom_series(examination.folder).notes)


@pytest.mark.parametrize("keep", [-20, -69, 0.8, 0.4, 0.15])
def test_truncated_file_wherever_it_is_cut(examination, timed, keep):
    files = examination.write(timed)
    data = files[7].read_bytes()
    files[7].write_bytes(data[: keep if keep < 0 else int(keep * len(data))])
    with pytest.raises(SeriesError) as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-21"
    assert files[7].name in str(caught.value)


def test_constant_phase(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        if phase == 1:
            dataset.PixelData = bytes(70)

    examination.write(edit)
    with pytest.raises(SeriesError, match="phase post1") as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-27"


def test_nan_pixels(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        values = np.arange(35, dtype=np.float32)
        values[3] = np.nan
        del dataset.PixelData
        dataset.BitsAllocated = 32
        for keyword in ("BitsStored", "HighBit", "PixelRepresentation"):
            del dataset[keyword]
        dataset.FloatPixelData = values.tobytes()

    examination.write(edit)
    assert rule_of(examination.folder) == "IMG-26"


def test_several_frames_in_one_file(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.NumberOfFrames = 2
        dataset.PixelData = dataset.PixelData * 2

    examination.write(edit)
    assert rule_of(examination.folder) == "IMG-30"
