"""Bits of stored pixels above those that the header declares: filling, an old overlay, or a wrong header."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import SeriesError

# Until 2004 an overlay could lie in bits of the pixels that are not used otherwise (DICOM PS3.3, C.9.2).
OVERLAY_GROUPS = tuple(range(0x6000, 0x6020, 2))
BITS_ALLOCATED, BIT_POSITION = 0x0100, 0x0102
OVERLAY_TAGS = tuple(
    (group << 16) + element for group in OVERLAY_GROUPS for element in (BITS_ALLOCATED, BIT_POSITION)
)


def without_unused_bits(pixels: NDArray[Any], header: Any, file: object) -> NDArray[Any]:
    """Return stored values of the declared bits alone; refuse values that need more (IMG-18).

    The unused bits may repeat the sign, be zero, or hold overlays that the header declares.

    Parameters
    ----------
    pixels : ndarray of whole or floating-point numbers
        As decoded, all allocated bits.
    header : pydicom.Dataset
        With BitsStored and the overlays' attributes (`OVERLAY_TAGS`).
    file : object
        For messages.

    Raises
    ------
    SeriesError
        IMG-18 when other bits are set.
    """
    n_stored = int(header.get("BitsStored") or 0)
    n_unused = 8 * pixels.dtype.itemsize - n_stored
    if pixels.dtype.kind not in "iu" or n_stored == 0 or n_unused <= 0:
        return pixels
    is_signed = pixels.dtype.kind == "i"
    words = pixels.astype(f"u{pixels.dtype.itemsize}")
    unused = words >> n_stored
    if not unused.any() and not is_signed:
        return pixels
    every_bit = (1 << n_unused) - 1
    not_overlay = words.dtype.type(every_bit & ~(_overlay_bits(header) >> n_stored))
    is_filled = (unused & not_overlay) == 0
    if is_signed:
        is_negative = (words >> (n_stored - 1)) & 1 == 1
        is_filled |= is_negative & ((unused & not_overlay) == not_overlay)
    if not is_filled.all():
        beyond = pixels[~is_filled]
        reach = f"from {beyond.min()} to {beyond.max()}"
        raise SeriesError(
            "IMG-18",
            "pixels use more bits than the header declares",
            file=file,
            found=f"{beyond.size} of {pixels.size} pixels beyond {n_stored} bits, {reach}",
            expected=f"BitsStored is {n_stored}; other bits empty, or declared as overlays",
            remedy="Export the original images; BitsStored is wrong in these, and bits are never cut off.",
        )
    shifted = (words << n_unused).view(f"{pixels.dtype.kind}{pixels.dtype.itemsize}")
    values: NDArray[Any] = np.right_shift(shifted, n_unused)
    return values


def _overlay_bits(header: Any) -> int:
    """Return the bits of a pixel that hold overlays; one with data of its own has one bit allocated."""
    bits = 0
    for group in OVERLAY_GROUPS:
        allocated, position = (header.get((group, element)) for element in (BITS_ALLOCATED, BIT_POSITION))
        if allocated is not None and position is not None and int(allocated.value or 1) > 1:
            bits |= 1 << int(position.value or 0)
    return bits
