"""Pixels of DICOM slices, in the scanner's units (slope and intercept of each slice applied)."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.dicom_headers import SliceHeader
from tilscope.vocabulary import SeriesError

WRONG_SIGN_FROM = 32768  # stored values from here on are negative numbers read as unsigned (IMG-18)


def read_stack(slices: Sequence[SliceHeader]) -> NDArray[np.float32]:
    """Decode slices into one array of shape (slices, rows, columns).

    Raises
    ------
    SeriesError
        IMG-17 impossible slope, IMG-18 wrong sign, IMG-20 undecodable, IMG-21 truncated.
    """
    stack = np.empty((len(slices), slices[0].rows, slices[0].columns), dtype=np.float32)
    for number, header in enumerate(slices):
        stack[number] = _rescaled(header.file, *_decoded(header.file))
    return stack


def pixel_digest(file: Path) -> str:
    """Return a hash of the stored pixel bytes, to compare two files that claim one SOPInstanceUID."""
    dataset = _dataset(file)
    return hashlib.sha256(_stored(dataset)).hexdigest()


def lossy_note(slices: Sequence[SliceHeader]) -> tuple[str, ...]:
    """Return a note when the first slice says that its pixels were compressed with loss."""
    dataset = _dataset(slices[0].file)
    is_lossy = str(dataset.get("LossyImageCompression", "00")) == "01"
    return ("IMG-20 the images were compressed with loss; texture features suffer",) if is_lossy else ()


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


def _decoded(file: Path) -> tuple[Any, NDArray[Any]]:
    dataset = _dataset(file)
    syntax = getattr(dataset.file_meta, "TransferSyntaxUID", None)
    if syntax is None:
        raise SeriesError(
            "IMG-20", "the file does not say how its pixels are stored", file=file, remedy="Export it again."
        )
    if not syntax.is_compressed or syntax.is_deflated:
        bits = int(dataset.get("BitsAllocated", 16))
        needed = dataset.Rows * dataset.Columns * bits // 8
        found = len(_stored(dataset))
        if found < needed:
            raise _truncated(file, f"{found} bytes of pixels", f"{needed} bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pixels = dataset.pixel_array
        except Exception as fault:
            raise _undecodable(file, syntax, fault) from fault
    return dataset, pixels


def _rescaled(file: Path, dataset: Any, pixels: NDArray[Any]) -> NDArray[np.float64]:
    _refuse_wrong_sign(file, pixels)
    slope = _factor(dataset.get("RescaleSlope"), 1.0)
    intercept = _factor(dataset.get("RescaleIntercept"), 0.0)
    if not (np.isfinite(slope) and np.isfinite(intercept)) or slope == 0:
        raise SeriesError(
            "IMG-17",
            "impossible rescale values",
            file=file,
            found=f"slope {slope}, intercept {intercept}",
            expected="finite numbers, slope not 0",
            remedy="Export the original images.",
        )
    return pixels.astype(np.float64) * slope + intercept


def _factor(value: Any, default: float) -> float:
    """Return a rescale value; absent means the default, unreadable means NaN."""
    if value is None or value == "":
        return default
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _refuse_wrong_sign(file: Path, pixels: NDArray[Any]) -> None:
    """Refuse unsigned values that are negative numbers in truth: both ends filled, nothing in between."""
    if pixels.dtype != np.uint16 or int(pixels.max()) < WRONG_SIGN_FROM:
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
