"""Every compressed syntax, written for real and read back exactly; loss told; cut streams refused."""

import io

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from tilscope.reading import read_dicom_series
from tilscope.vocabulary import SeriesError

SIZE = {"rows": 33, "columns": 41}


def jpeg_lossless(values, predictor):
    """Encode 16-bit values by ITU-T T.81, process 14, with one fixed Huffman table of five-bit codes."""
    v = values.view(np.uint16).astype(np.int64)  # JPEG knows no sign
    left, above, corner = v[1:, :-1], v[:-1, 1:], v[:-1, :-1]
    inner = {
        1: left,
        2: above,
        3: corner,
        4: left + above - corner,
        5: left + ((above - corner) >> 1),
        6: above + ((left - corner) >> 1),
        7: (left + above) >> 1,
    }[predictor]
    expected = np.empty_like(v)
    expected[0, 0], expected[0, 1:], expected[1:, 0], expected[1:, 1:] = 32768, v[0, :-1], v[:-1, 0], inner
    bits = []
    for difference in ((v - expected + 32768) % 65536 - 32768).ravel().tolist():
        size = abs(difference).bit_length()
        bits.append(f"{size:05b}")
        if 0 < size < 16:
            bits.append(f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    scan = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")
    table = bytes([0, 0, 0, 0, 0, 17, *[0] * 11, *range(17)])
    rows, columns = v.shape
    frame = bytes([16, *rows.to_bytes(2, "big"), *columns.to_bytes(2, "big"), 1, 1, 0x11, 0])
    parts = (b"\xc4", table), (b"\xc3", frame), (b"\xda", bytes([1, 1, 0, predictor, 0, 0]))
    head = b"".join(b"\xff" + mark + (len(data) + 2).to_bytes(2, "big") + data for mark, data in parts)
    return b"\xff\xd8" + head + scan + b"\xff\xd9"


def set_stream(dataset, syntax, stream):
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].VR = "OB"


def by_predictor(predictor):
    def encode(dataset, values, _folder):
        syntax = JPEGLosslessSV1 if predictor == 1 else JPEGLossless
        set_stream(dataset, syntax, jpeg_lossless(values, predictor))

    return encode


def by_pydicom(syntax):
    return lambda dataset, _values, _folder: dataset.compress(syntax)


def by_gdcm(compressor):
    """Encode with the GDCM inside SimpleITK, and take over the stream."""

    def encode(dataset, values, folder):
        writer = sitk.ImageFileWriter()
        writer.SetImageIO("GDCMImageIO")
        writer.SetFileName(str(folder / "gdcm.dcm"))
        writer.UseCompressionOn()
        writer.SetCompressor(compressor)
        writer.Execute(sitk.GetImageFromArray(values))
        made = dcmread(folder / "gdcm.dcm")
        dataset.file_meta.TransferSyntaxUID = made.file_meta.TransferSyntaxUID
        dataset.PixelData = made.PixelData
        dataset["PixelData"].VR = "OB"

    return encode


def by_pillow(dataset, values, _folder):
    stream = io.BytesIO()
    Image.fromarray(values.astype(np.uint16)).save(stream, "JPEG2000", irreversible=False, no_jp2=True)
    set_stream(dataset, JPEG2000Lossless, stream.getvalue())


def big_endian(dataset, values, _folder):
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    dataset.PixelData = values.astype(values.dtype.newbyteorder(">")).tobytes()


def syntax_only(syntax):
    return lambda dataset, _values, _folder: setattr(dataset.file_meta, "TransferSyntaxUID", syntax)


ENCODERS = {
    "implicit little endian": syntax_only(ImplicitVRLittleEndian),
    "deflated": syntax_only(DeflatedExplicitVRLittleEndian),
    "big endian": big_endian,
    "RLE": by_pydicom(RLELossless),
    "JPEG-LS": by_pydicom(JPEGLSLossless),
    "JPEG 2000 of GDCM": by_gdcm("JPEG2000"),
    "JPEG lossless of GDCM": by_gdcm("JPEG"),
    **{f"JPEG lossless, predictor {k}": by_predictor(k) for k in range(1, 8)},
}
SYNTAXES = {
    "JPEG 2000 of GDCM": "1.2.840.10008.1.2.4.90",
    "JPEG lossless of GDCM": "1.2.840.10008.1.2.4.70",
    "JPEG lossless, predictor 1": "1.2.840.10008.1.2.4.70",
    "JPEG lossless, predictor 6": "1.2.840.10008.1.2.4.57",
}


def values_of(phase, index, dtype):
    """The full range of 16 bits in a smooth image with noise; different in every slice."""
    rng = np.random.default_rng([phase, index])
    ramp = np.add.outer(np.arange(33) * 600, np.arange(41) * 1000) + 800 * phase + 50 * index
    values = (ramp + rng.integers(0, 300, ramp.shape)) % 65536
    return values.astype(np.uint16).view(dtype).copy()


@pytest.fixture
def written(make_examination, tmp_path, timed):
    def write(encode, dtype=np.uint16, edit_slice=None):
        made = make_examination(tmp_path / "dicom", n_phases=2, n_slices=3, **SIZE)

        def edit(dataset, phase, index):
            timed(dataset, phase, index)
            values = values_of(phase, index, dtype)
            dataset.PixelRepresentation = int(np.issubdtype(dtype, np.signedinteger))
            dataset.PixelData = values.tobytes()
            encode(dataset, values, tmp_path)
            if edit_slice is not None:
                edit_slice(dataset, phase, index)

        return made.write(edit)

    return write


@pytest.mark.parametrize("dtype", [np.uint16, np.int16])
@pytest.mark.parametrize("name", ENCODERS)
def test_lossless_syntaxes_give_every_value(written, name, dtype):
    files = written(ENCODERS[name], dtype)
    syntax = dcmread(files[0], stop_before_pixels=True).file_meta.TransferSyntaxUID
    assert str(syntax) == SYNTAXES.get(name, str(syntax))
    series = read_dicom_series(files)
    for phase, volume in enumerate(series.phases):
        expected = np.stack([values_of(phase, index, dtype) for index in range(3)])
        np.testing.assert_array_equal(volume.array, expected)
    assert not any(note.startswith("IMG-20") for note in series.notes)


def test_jpeg_2000_of_another_encoder(written):
    series = read_dicom_series(written(by_pillow))
    np.testing.assert_array_equal(series.phases[1].array[2], values_of(1, 2, np.uint16))


def test_twelve_bits_stored_in_sixteen(written):
    def encode(dataset, _values, folder):
        dataset.BitsStored, dataset.HighBit = 12, 11
        values = np.arange(33 * 41, dtype=np.uint16).reshape(33, 41) % 4096
        by_predictor(1)(dataset, values, folder)

    series = read_dicom_series(written(encode))
    np.testing.assert_array_equal(series.phases[0].array[0].ravel(), np.arange(33 * 41) % 4096)


def test_loss_is_told_by_the_syntax_alone(written):
    """Twelve-bit JPEG that does not say LossyImageCompression; at most a few grey levels from the truth."""

    def encode(dataset, _values, _folder):
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        smooth = np.add.outer(np.arange(33), np.arange(41)).astype(np.uint8)
        stream = io.BytesIO()
        Image.fromarray(smooth).save(stream, "JPEG", quality=95)
        set_stream(dataset, "1.2.840.10008.1.2.4.50", stream.getvalue())

    series = read_dicom_series(written(encode))
    assert any(note.startswith("IMG-20 6 of 6 slices") for note in series.notes)
    assert np.abs(series.phases[0].array[0] - np.add.outer(np.arange(33), np.arange(41))).max() <= 3


@pytest.mark.parametrize("name", ["RLE", "JPEG-LS", "JPEG 2000 of GDCM", "JPEG lossless of GDCM"])
@pytest.mark.parametrize("keep", [-1, -9, 0.9, 0.6])
def test_a_cut_compressed_file_is_refused(written, name, keep):
    files = written(ENCODERS[name])
    data = files[4].read_bytes()
    files[4].write_bytes(data[: keep if keep < 0 else int(keep * len(data))])
    with pytest.raises(SeriesError) as caught:
        read_dicom_series(files)
    assert caught.value.rule == "IMG-21"
    assert files[4].name in str(caught.value)


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.100"]
)
def test_what_no_decoder_reads_is_refused_by_its_uid(written, syntax):
    def nonsense(dataset, _values, _folder):
        set_stream(dataset, syntax, b"\xff\xd8 nothing that a decoder knows")

    with pytest.raises(SeriesError, match=syntax.replace(".", r"\.")) as caught:
        read_dicom_series(written(nonsense))
    assert caught.value.rule == "IMG-20"


def test_one_slice_in_another_syntax(written):
    files = written(syntax_only(ImplicitVRLittleEndian))
    dataset = dcmread(files[2])
    dataset.compress(RLELossless)
    dataset.save_as(files[2])
    series = read_dicom_series(files)
    for phase, volume in enumerate(series.phases):
        np.testing.assert_array_equal(
            volume.array, np.stack([values_of(phase, index, np.uint16) for index in range(3)])
        )


def test_wrong_sign_is_seen_in_big_endian_files_too(written):
    """Negative air around zero, declared as unsigned."""

    def encode(dataset, _values, folder):
        values = (np.arange(33 * 41, dtype=np.int16).reshape(33, 41) % 200 - 20).view(np.uint16)
        big_endian(dataset, values, folder)

    with pytest.raises(SeriesError) as caught:
        read_dicom_series(written(encode))
    assert caught.value.rule == "IMG-18"
