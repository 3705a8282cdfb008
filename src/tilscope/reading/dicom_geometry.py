"""Slices in space: positions along the normal, and the grid that they make."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.dicom_headers import SliceHeader
from tilscope.vocabulary import GeometryError, Grid, SeriesError

SAME_POSITION_MM = 0.1  # repeats of one slice agree far better; breast slices are never that thin
JITTER_OK = 1e-3  # of the slice spacing: rounding of positions (IMG-11)
JITTER_REFUSED = 1e-2  # of the slice spacing (IMG-11)
SHEAR_REFUSED_PIXEL = 0.1  # sideways drift over the whole stack, in pixels (IMG-13)
UNIT_TOLERANCE = 1e-3  # of the orientation's row and column vectors

Float = NDArray[np.float64]


def has_geometry(header: SliceHeader) -> bool:
    """Tell whether the header gives a usable spacing, position and orientation."""
    if header.pixel_spacing is None or header.position is None or header.orientation is None:
        return False
    row, column = np.array(header.orientation[:3]), np.array(header.orientation[3:])
    are_units = abs(row @ row - 1) < UNIT_TOLERANCE and abs(column @ column - 1) < UNIT_TOLERANCE
    return bool(min(header.pixel_spacing) > 0 and are_units and abs(row @ column) < UNIT_TOLERANCE)


def axes_of(header: SliceHeader) -> Float:
    """Return the direction matrix: columns are the unit vectors along x (row), y (column) and the normal."""
    row = np.array(header.orientation[:3] if header.orientation else (1, 0, 0), dtype=float)
    column = np.array(header.orientation[3:] if header.orientation else (0, 1, 0), dtype=float)
    row /= np.linalg.norm(row)
    column -= (column @ row) * row
    column /= np.linalg.norm(column)
    return np.column_stack([row, column, np.cross(row, column)])


def normal_of(header: SliceHeader) -> Float:
    """Return the right-handed unit normal of a slice (row x column)."""
    return axes_of(header)[:, 2]


def positions_of(headers: Sequence[SliceHeader]) -> Float:
    """Return the LPS positions of the slices' first pixels, shape (n, 3), in mm."""
    return np.array([header.position for header in headers], dtype=float)


def position_levels(headers: Sequence[SliceHeader]) -> tuple[NDArray[np.intp], Float]:
    """Rank the distinct slice positions along the normal of the first slice.

    Returns
    -------
    level : ndarray of int, shape (n,)
        For each slice the rank of its position.
    millimetres : ndarray of float, shape (n_levels,)
        The positions, increasing.
    """
    along = positions_of(headers) @ normal_of(headers[0])
    order = np.argsort(along, kind="stable")
    starts = np.concatenate([[True], np.diff(along[order]) > SAME_POSITION_MM])
    level = np.empty(len(along), dtype=np.intp)
    level[order] = np.cumsum(starts) - 1
    return level, along[order][starts]


def stack_grid(slices: Sequence[SliceHeader]) -> tuple[Grid, tuple[str, ...]]:
    """Return the grid of slices that are sorted along their normal.

    Raises
    ------
    GeometryError, SeriesError
        IMG-01 missing slice, IMG-11 uneven spacing, IMG-12 gap, IMG-13 shear.
    """
    first = slices[0]
    axes = axes_of(first)
    spacing_z, notes = _slice_spacing(slices)
    _refuse_shear(slices, axes)
    row_spacing, column_spacing = first.pixel_spacing or (0.0, 0.0)
    x, y, z = first.position or (0.0, 0.0, 0.0)
    direction = tuple((float(a), float(b), float(c)) for a, b, c in axes)
    grid = Grid(
        shape=(len(slices), first.rows, first.columns),
        spacing_mm=(spacing_z, float(row_spacing), float(column_spacing)),
        origin_mm=(float(x), float(y), float(z)),
        direction=(direction[0], direction[1], direction[2]),
    )
    return grid, notes


def _slice_spacing(slices: Sequence[SliceHeader]) -> tuple[float, tuple[str, ...]]:
    if len(slices) < 2:
        raise SeriesError(
            "IMG-01",
            "a volume needs at least two slices",
            file=slices[0].file,
            found="1 slice position",
            remedy="Export the whole series.",
        )
    along = positions_of(slices) @ normal_of(slices[0])
    steps = np.diff(along)
    usual = float(np.median(steps))
    deviation = float(np.abs(steps - usual).max() / usual)
    if deviation > JITTER_REFUSED:
        raise _uneven(slices, steps, usual)
    spacing = float((along[-1] - along[0]) / (len(slices) - 1))
    if deviation > JITTER_OK:
        return spacing, (f"IMG-11 slice positions jitter by {deviation:.2%} of the slice spacing",)
    return spacing, ()


def _uneven(slices: Sequence[SliceHeader], steps: Float, usual: float) -> SeriesError | GeometryError:
    worst = int(np.argmax(np.abs(steps - usual)))
    missing = steps[worst] / usual - 1
    where = f"{steps[worst]:.3f} mm between slices {worst + 1} and {worst + 2} of {len(slices)}"
    file = slices[worst + 1].file
    if missing > 0.5 and abs(missing - round(missing)) < 0.05:
        return SeriesError(
            "IMG-01",
            f"{round(missing)} slice{'s' if round(missing) > 1 else ''} missing inside the stack",
            file=file,
            found=where,
            expected=f"{usual:.3f} mm everywhere",
            remedy="Export the examination again with all its slices.",
        )
    is_one_place = int(np.count_nonzero(np.abs(steps - usual) > JITTER_REFUSED * usual)) == 1
    return GeometryError(
        "IMG-12" if is_one_place and missing > 0 else "IMG-11",
        "there is a gap inside the stack" if is_one_place and missing > 0 else "slices are unevenly spaced",
        file=file,
        found=where,
        expected=f"{usual:.3f} mm everywhere, within 1 %",
        remedy="Export the original reconstruction; volumes need even spacing.",
    )


def _refuse_shear(slices: Sequence[SliceHeader], axes: Float) -> None:
    offsets = positions_of(slices) - positions_of(slices)[0]
    sideways = float(np.linalg.norm(offsets @ axes[:, :2], axis=1).max())
    allowed = SHEAR_REFUSED_PIXEL * min(slices[0].pixel_spacing or (1.0,))
    if sideways > allowed:
        raise GeometryError(
            "IMG-13",
            "slices do not lie behind each other (sheared stack, or tilted gantry)",
            file=slices[0].file,
            found=f"a sideways drift of {sideways:.3f} mm over the stack",
            expected=f"at most {allowed:.3f} mm",
            remedy="Export the original slices, not a reformatted series.",
        )
