"""NRRD files with attached data: images, label maps, 3D Slicer's segmentations."""

from __future__ import annotations

import bz2
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.doors import existing_file, unpacked
from tilscope.reading.images import RawImage, grid_from_columns
from tilscope.vocabulary import GeometryError, InputError, SeriesError

TO_LPS = {
    "left-posterior-superior": (1, 1, 1),
    "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
    "las": (1, -1, 1),
}


def read_nrrd(file: Path | str) -> RawImage:
    """Read an NRRD file.

    Raises
    ------
    InputError
        IMG-00 missing, IMG-22 truncated or damaged, IMG-28 no position in space, IMG-29 impossible
        spacing, IMG-30 more than three dimensions of space.
    """
    path = existing_file(file, "IMG-00")
    data = path.read_bytes()
    header, start = _header(data, path)
    dtype = _dtype(header, path)
    sizes = [int(n) for n in header["sizes"]]
    body = _body(header, data[start:], path)
    expected = int(np.prod(sizes)) * dtype.itemsize
    if len(body) != expected:
        raise _damaged(
            path, f"{len(body)} bytes of voxels", f"{expected} for {' x '.join(map(str, sizes))} {dtype}"
        )
    values = np.frombuffer(body, dtype).reshape(sizes[::-1])
    return _placed(values, header, path)


def _header(data: bytes, path: Path) -> tuple[dict[str, Any], int]:
    import nrrd

    stream = io.BytesIO(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = dict(nrrd.read_header(stream))
    except Exception as fault:
        raise _damaged(path, f"an unreadable header ({fault})", "a whole NRRD header") from fault
    if "sizes" not in header or "type" not in header:
        raise _damaged(path, "a header without sizes or type", "a whole NRRD header")
    if "data file" in header or "datafile" in header:
        raise _damaged(path, "a header whose voxels are in another file", "one file with attached data")
    if int(header.get("line skip", 0)) or int(header.get("byte skip", 0)):
        raise _damaged(path, "line skip or byte skip", "voxels right after the header")
    return header, stream.tell()


def _dtype(header: dict[str, Any], path: Path) -> np.dtype[Any]:
    import nrrd

    try:
        name = nrrd.reader._TYPEMAP_NRRD2NUMPY[str(header["type"])]
    except KeyError as fault:
        raise _damaged(path, f"voxels of type {header['type']}", "integers or real numbers") from fault
    dtype = np.dtype(name)
    if dtype.itemsize == 1:
        return dtype
    orders = {"little": "<", "big": ">"}
    if header.get("endian") not in orders:
        raise _damaged(path, "no byte order (endian)", "little or big")
    return dtype.newbyteorder(orders[header["endian"]])


def _body(header: dict[str, Any], body: bytes, path: Path) -> bytes:
    encoding = str(header.get("encoding", "")).lower()
    if encoding == "raw":
        return body
    if encoding in ("gzip", "gz"):
        return unpacked(body, path, "IMG-22", SeriesError)
    if encoding in ("bzip2", "bz2"):
        try:
            return bz2.decompress(body)
        except (OSError, ValueError) as fault:
            raise _damaged(path, str(fault), "a whole bzip2 stream") from fault
    raise _damaged(path, f"encoding {encoding or 'unstated'}", "raw, gzip or bzip2")


def _placed(values: NDArray[Any], header: dict[str, Any], path: Path) -> RawImage:
    signs = TO_LPS.get(str(header.get("space", "")).lower())
    directions = header.get("space directions")
    if signs is None or directions is None or "space origin" not in header:
        raise GeometryError(
            "IMG-28",
            "the file does not say where it lies",
            file=path,
            found=f"space {header.get('space', 'absent')}",
            expected="a space (LPS or RAS), space directions and space origin",
            remedy="Save it from software that keeps the scanner's coordinates, such as 3D Slicer.",
        )
    steps = np.array([np.full(3, np.nan) if d is None else d for d in directions], dtype=float)
    is_space = np.isfinite(steps).all(axis=1)
    if int(is_space.sum()) != 3 or len(steps) > 4:
        raise SeriesError(
            "IMG-30",
            "the file does not hold one volume in space",
            file=path,
            found=f"{int(is_space.sum())} axes in space of {len(steps)}",
            expected="three axes in space, and at most one of layers",
            remedy="Save one volume per file.",
        )
    flip = np.array(signs, dtype=float)
    # numpy's axes run from slowest to fastest, the header's from fastest to slowest
    numpy_axes = [values.ndim - 1 - int(axis) for axis in np.flatnonzero(is_space)]
    layers = [axis for axis in range(values.ndim) if axis not in numpy_axes]
    array = values.transpose([*numpy_axes[::-1], *layers])
    columns = (steps[is_space] * flip).T
    origin = np.asarray(header["space origin"], dtype=float) * flip
    grid = grid_from_columns(columns, origin, array.shape[:3], path)
    return RawImage(array, grid, {str(key): str(value) for key, value in header.items()})


def _damaged(path: Path, found: object, expected: object) -> InputError:
    return SeriesError(
        "IMG-22",
        "the NRRD file is truncated or damaged",
        file=path,
        found=found,
        expected=expected,
        remedy="Copy or export the file again.",
    )
