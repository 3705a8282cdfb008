"""JPEG lossless (process 14, the usual compression in archives) for pydicom, which has no decoder of its own.

Decoded by the GDCM inside SimpleITK, which opens files only: each frame is handed over as a file that holds the
compressed pixels and nothing else, in a private folder that is gone afterwards.
"""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"
JPEG_LOSSLESS_FIRST_ORDER = "1.2.840.10008.1.2.4.70"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"  # 12 bits; lossy
NAME = "tilscope-simpleitk"

# What pydicom asks of the module of a decoder.
DECODER_DEPENDENCIES = dict.fromkeys(
    (JPEG_LOSSLESS, JPEG_LOSSLESS_FIRST_ORDER, JPEG_EXTENDED), ("SimpleITK",)
)


def is_available(uid: str) -> bool:
    """Tell pydicom whether this module decodes a transfer syntax."""
    return uid in DECODER_DEPENDENCIES


def register_decoders() -> None:
    """Make pydicom use this module where it has no decoder of its own; may be called again."""
    from pydicom.pixels import get_decoder

    for syntax in DECODER_DEPENDENCIES:
        decoder = get_decoder(syntax)
        if NAME not in decoder.available_plugins:
            decoder.add_plugin(NAME, (__name__, "decode_frame"))


def decode_frame(source: bytes, runner: Any) -> bytes:
    """Decode one compressed frame; pydicom calls this.

    Parameters
    ----------
    source : bytes
        The frame's JPEG stream.
    runner : pydicom.pixels.decoders.base.DecodeRunner
        Says rows, columns and bits; is told how many bits the result has.

    Returns
    -------
    bytes
        Stored values, row by row, little endian.

    Raises
    ------
    RuntimeError
        When GDCM cannot decode the frame.
    """
    sitk: Any = import_module("SimpleITK")
    with tempfile.TemporaryDirectory(prefix="tilscope-") as folder:
        file = Path(folder) / "frame.dcm"
        _write_bare(file, source, runner)
        reader = sitk.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(str(file))
        values = sitk.GetArrayFromImage(reader.Execute())
    if values.size != runner.rows * runner.columns:
        raise RuntimeError(f"{values.size} pixels instead of {runner.rows * runner.columns}")
    bits = 8 * values.dtype.itemsize
    runner.set_option("bits_allocated", bits)
    return bytes(values.astype(values.dtype.newbyteorder("<")).tobytes())


def _write_bare(file: Path, source: bytes, runner: Any) -> None:
    """Write a DICOM file of pixels alone: no patient, no place, no scaling."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.uid import SecondaryCaptureImageStorage, generate_uid

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = runner.transfer_syntax
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.Rows, dataset.Columns = runner.rows, runner.columns
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored = runner.bits_allocated, runner.bits_stored
    dataset.HighBit = runner.bits_stored - 1
    dataset.PixelRepresentation = runner.pixel_representation
    dataset.PixelData = encapsulate([source])
    dataset["PixelData"].VR = "OB"
    dataset.save_as(file, enforce_file_format=True)
