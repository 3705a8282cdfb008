"""Pixels of DICOM slices, in the scanner's units (slope and intercept of each slice applied)."""

from __future__ import annotations

import hashlib
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.dicom_codecs import register_decoders
from tilscope.reading.dicom_headers import SliceHeader
from tilscope.reading.dicom_unused_bits import OVERLAY_TAGS, without_unused_bits
from tilscope.vocabulary import SeriesError

WRONG_SIGN_FROM = 32768  # stored values from here on are negative numbers read as unsigned (IMG-18)
PIXEL_TAGS = (
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "NumberOfFrames",
    "SamplesPerPixel",
    *OVERLAY_TAGS,
)
ITEM, DELIMITER = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"  # of compressed pixels; always little endian
UNDEFINED_LENGTH = b"\xff\xff\xff\xff"


def read_stack(slices: Sequence[SliceHeader]) -> NDArray[np.float32]:
    """Decode slices into one array of shape (slices, rows, columns).

    A file of several frames is opened once, and only the frames that are asked for are decoded.

    Raises
    ------
    SeriesError
        IMG-17 impossible slope, IMG-18 wrong sign, IMG-20 undecodable, IMG-21 truncated.
    """
    stack = np.empty((len(slices), slices[0].rows, slices[0].columns), dtype=np.float32)
    places: dict[Path, list[int]] = defaultdict(list)
    for place, header in enumerate(slices):
        places[header.file].append(place)
    register_decoders()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd values of hospital exports
        for file, own in places.items():
            own.sort(key=lambda place: slices[place].frame or 0)
            frames = _decoded(file, [slices[place].frame or 0 for place in own])
            for place, pixels in zip(own, frames, strict=True):
                stack[place] = _rescaled(slices[place], pixels)
    return stack


def pixel_digest(file: Path) -> str:
    """Return a hash of the stored pixel bytes, to compare two files that claim one SOPInstanceUID."""
    return hashlib.sha256(_stored(_dataset(file))).hexdigest()


def lossy_note(slices: Sequence[SliceHeader]) -> tuple[str, ...]:
    """Return a note when slices say that their pixels were compressed with loss."""
    n_lossy = sum(header.is_lossy for header in slices)
    if n_lossy == 0:
        return ()
    return (f"IMG-20 {n_lossy} of {len(slices)} slices were compressed with loss; texture features suffer",)


def _dataset(file: Path) -> Any:
    import pydicom

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return pydicom.dcmread(file, force=True)
        except Exception as fault:
            raise _truncated(file, str(fault)) from fault


def _stored(dataset: Any) -> bytes:
    """Return the stored pixel bytes, whole numbers or floating point."""
    keywords = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
    return next((bytes(dataset[keyword].value or b"") for keyword in keywords if keyword in dataset), b"")


def _decoded(file: Path, frames: Sequence[int]) -> Iterator[NDArray[Any]]:
    """Yield the pixels of frames of a file, numbers increasing; stored values, not yet rescaled."""
    from pydicom.pixels import iter_pixels

    syntax, header = _checked_syntax(file)
    # pydicom inflates a deflated file only as a whole
    source = _dataset(file) if syntax.is_deflated else file
    try:
        decoded = iter_pixels(source, indices=list(frames), correct_unused_bits=False)
        yield from (without_unused_bits(pixels, header, file) for pixels in decoded)
    except SeriesError:
        raise
    except Exception as fault:
        raise _undecodable(file, syntax, fault) from fault


def _checked_syntax(file: Path) -> tuple[Any, Any]:
    """Return a file's transfer syntax and `PIXEL_TAGS`; refuse a file without one, and pixels that are cut short."""
    import pydicom

    with file.open("rb") as stream:
        try:
            dataset = pydicom.dcmread(
                stream, stop_before_pixels=True, specific_tags=list(PIXEL_TAGS), force=True
            )
        except Exception as fault:
            raise _truncated(file, str(fault)) from fault
        syntax = getattr(dataset.file_meta, "TransferSyntaxUID", None)
        if syntax is None:
            raise SeriesError(
                "IMG-20",
                "the file does not say how its pixels are stored",
                file=file,
                remedy="Export it again.",
            )
        if not syntax.is_transfer_syntax:
            raise SeriesError(
                "IMG-20",
                "the pixels are stored in a way that no standard describes",
                file=file,
                found=f"transfer syntax {syntax}, private or unknown",
                expected="an uncompressed or losslessly compressed syntax",
                remedy="Export the images uncompressed (Explicit VR Little Endian).",
            )
        if syntax.is_deflated:
            _refuse_cut_values(file, dataset, len(_stored(_dataset(file))))
        elif syntax.is_encapsulated:
            _refuse_cut_fragments(file, stream)
        else:
            start = stream.tell() + (8 if syntax.is_implicit_VR else 12)
            _refuse_cut_values(file, dataset, file.stat().st_size - start)
        return syntax, dataset


def _refuse_cut_values(file: Path, dataset: Any, found: int) -> None:
    n_values = dataset.Rows * dataset.Columns * int(dataset.get("SamplesPerPixel") or 1)
    n_frames = int(dataset.get("NumberOfFrames") or 1)
    needed = n_values * n_frames * int(dataset.get("BitsAllocated") or 16) // 8
    if found < needed:
        raise _truncated(file, f"{max(found, 0)} bytes of pixels", f"{needed} bytes")


def _refuse_cut_fragments(file: Path, stream: Any) -> None:
    """Walk over the fragments of compressed pixels to the mark that ends them, which a cut file lacks."""
    stream.seek(8, 1)
    if stream.read(4) != UNDEFINED_LENGTH:
        return  # the decoder says what is wrong
    size = file.stat().st_size
    while True:
        item = stream.read(8)
        mark, length = item[:4], int.from_bytes(item[4:], "little")
        if mark == DELIMITER and len(item) == 8:
            return
        if mark != ITEM or stream.tell() + length > size:
            raise _truncated(file, "compressed pixels without an end")
        stream.seek(length, 1)


def _rescaled(header: SliceHeader, pixels: NDArray[Any]) -> NDArray[np.float64]:
    if pixels.shape != (header.rows, header.columns):
        raise _truncated(header.file, f"pixels of shape {pixels.shape}", f"{header.rows} x {header.columns}")
    _refuse_wrong_sign(header.file, pixels)
    slope, intercept = header.rescale
    if not (np.isfinite(slope) and np.isfinite(intercept)) or slope == 0:
        raise SeriesError(
            "IMG-17",
            "impossible rescale values",
            file=header.file,
            found=f"slope {slope}, intercept {intercept}",
            expected="finite numbers, slope not 0",
            remedy="Export the original images.",
        )
    return pixels.astype(np.float64) * slope + intercept


def _refuse_wrong_sign(file: Path, pixels: NDArray[Any]) -> None:
    """Refuse unsigned values that are negative numbers in truth: both ends filled, nothing in between."""
    if (pixels.dtype.kind, pixels.dtype.itemsize) != ("u", 2) or int(pixels.max()) < WRONG_SIGN_FROM:
        return
    low, high = pixels[pixels < WRONG_SIGN_FROM], pixels[pixels >= WRONG_SIGN_FROM]
    if low.size and int(high.min()) - int(low.max()) > WRONG_SIGN_FROM // 2:
        raise SeriesError(
            "IMG-18",
            "signed pixels are declared as unsigned",
            file=file,
            found=f"values up to {int(low.max())} and from {int(high.min())}, none between",
            expected="one range of values",
            remedy="Export the original images; PixelRepresentation is wrong in these.",
        )


def _truncated(file: Path, found: str, expected: str = "whole pixel data") -> SeriesError:
    return SeriesError(
        "IMG-21",
        "the file is truncated",
        file=file,
        found=found,
        expected=expected,
        remedy="Export the examination again; a slice is never left out silently.",
    )


def _undecodable(file: Path, syntax: Any, fault: Exception) -> SeriesError:
    reason = str(fault).splitlines()[0][:160].rstrip(".") if str(fault) else type(fault).__name__
    return SeriesError(
        "IMG-20",
        "the pixels cannot be decoded",
        file=file,
        found=f"transfer syntax {syntax} ({syntax.name}): {reason}",
        expected="an uncompressed or losslessly compressed syntax",
        remedy="Export the images uncompressed (Explicit VR Little Endian).",
    )
