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


def with_bits(examination, timed, n_bits, values, signed=0, overlay=None):
    """Write slices of these stored words (35 of 16 bits) with a number of bits declared."""

    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = n_bits, n_bits - 1, signed
        dataset.PixelData = np.asarray(values).astype("<u2").tobytes()
        if overlay is not None:
            dataset.add_new((0x6002, 0x0100), "US", 16)
            dataset.add_new((0x6002, 0x0102), "US", overlay)

    examination.write(edit)


def test_values_beyond_the_declared_bits_are_refused(examination, timed):
    with_bits(examination, timed, 8, np.arange(35) * 30)  # up to 1020, ten bits
    with pytest.raises(SeriesError, match="26 of 35 pixels beyond 8 bits, from 270 to 1020") as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-18"


@pytest.mark.parametrize("value", [300, -300])
def test_signed_values_beyond_the_declared_bits_are_refused(examination, timed, value):
    with_bits(examination, timed, 8, [value % 65536, *range(34)], signed=1)
    assert rule_of(examination.folder) == "IMG-18"


@pytest.mark.parametrize("fill", [0xFFFF, 0x0FFF])
def test_unused_bits_may_repeat_the_sign_or_be_empty(examination, timed, fill):
    truth = np.arange(35) - 17
    with_bits(examination, timed, 12, truth % 65536 & fill, signed=1)
    np.testing.assert_array_equal(read_dicom_series(examination.folder).phases[0].array[0].ravel(), truth)


def test_an_overlay_in_unused_bits_is_no_part_of_the_values(examination, timed):
    truth = np.arange(35) * 100
    drawn = truth + 0x8000 * (np.arange(35) % 3 == 0)
    with_bits(examination, timed, 12, drawn, overlay=15)
    np.testing.assert_array_equal(read_dicom_series(examination.folder).phases[0].array[0].ravel(), truth)


def test_bits_beside_an_overlay_are_refused(examination, timed):
    with_bits(examination, timed, 12, np.arange(35) * 100 + 0x4000, overlay=15)
    assert rule_of(examination.folder) == "IMG-18"


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
