"""PNG with a palette: a quarter of the bytes and of the time of full colour, for pictures of grey images."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

MAX_COLOURS = 256
MAX_HUES = 160  # the other colours are greys
_COLOUR_BITS = 6  # of each channel, where colours are told apart; greys keep all eight
_INCHES_PER_METRE = 1000.0 / 25.4


def encode_small_png(pixels: NDArray[np.uint8], *, dpi: float) -> bytes:
    """Return the PNG of an opaque picture in at most 256 colours; equal pictures give equal bytes.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (rows, columns, 3 or 4)
        Red, green, blue; a fourth channel is not looked at.
    dpi : float
        Pixels per inch, for print.

    Notes
    -----
    Grey pixels get at least 96 levels, other colours at most 160: the most frequent ones, then those farthest from
    any that is chosen already (a colour bar is small, and must not lose its ends).
    """
    palette, indices = reduced(pixels)
    rows, columns = indices.shape
    scanlines = np.zeros((rows, columns + 1), np.uint8)  # filter 0 before each row
    scanlines[:, 1:] = indices
    per_metre = round(dpi * _INCHES_PER_METRE)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.tobytes()),
        (b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
        (b"IDAT", zlib.compress(scanlines.tobytes(), 6)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def reduced(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a palette, shape (n, 3), and the index of each pixel's colour in it, shape (rows, columns)."""
    channels = [pixels[..., channel] for channel in range(3)]
    red, green, blue = channels
    is_colour = (red != green) | (green != blue)
    coarse = [(channel[is_colour] >> (8 - _COLOUR_BITS)).astype(np.int32) for channel in channels]
    codes = (coarse[0] << 2 * _COLOUR_BITS) | (coarse[1] << _COLOUR_BITS) | coarse[2]
    counts = np.bincount(codes, minlength=1 << 3 * _COLOUR_BITS)
    used = np.flatnonzero(counts)
    kept = _chosen(used, counts[used])
    n_greys = MAX_COLOURS - len(kept)
    greys = np.round(np.linspace(0.0, 255.0, n_greys)).astype(np.uint8)
    palette = np.concatenate([np.repeat(greys[:, None], 3, axis=1), _colours(kept)])
    nearest_grey = np.round(np.arange(256) * (n_greys - 1) / 255.0).astype(np.uint8)
    indices = nearest_grey[red]
    if len(kept):
        place = np.zeros(1 << 3 * _COLOUR_BITS, np.uint8)
        distance = ((_colours(used).astype(int)[:, None] - _colours(kept).astype(int)[None]) ** 2).sum(axis=2)
        place[used] = n_greys + distance.argmin(axis=1)
        indices[is_colour] = place[codes]
    return palette, indices


def _chosen(used: NDArray[np.intp], counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the codes that get a place in the palette: half by their number of pixels, half by their distance."""
    if len(used) <= MAX_HUES:
        return used
    places = list(np.argsort(-counts, kind="stable")[: MAX_HUES // 2])
    colours = _colours(used).astype(int)
    nearest = np.min([((colours - colours[place]) ** 2).sum(axis=1) for place in places], axis=0)
    while len(places) < MAX_HUES:
        places.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, ((colours - colours[places[-1]]) ** 2).sum(axis=1))
    return used[np.array(places)]


def _colours(codes: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Return the middle colour of each coarse cell."""
    mask, half = (1 << _COLOUR_BITS) - 1, 1 << (7 - _COLOUR_BITS)
    parts = [(codes >> shift) & mask for shift in (2 * _COLOUR_BITS, _COLOUR_BITS, 0)]
    return ((np.stack(parts, axis=1) << (8 - _COLOUR_BITS)) + half).astype(np.uint8)
