"""An image file as it lies on disk, before anything is demanded of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import GeometryError, Grid
from tilscope.vocabulary.volumes import Vector

ORTHOGONAL = 1e-4  # cosines between index axes; more is a sheared grid


@dataclass(frozen=True, slots=True, eq=False)
class RawImage:
    """An image file's content.

    Attributes
    ----------
    array : ndarray of real numbers
        Values as stored, scaled where the header says so, of shape (z, y, x), or (z, y, x, layer) where the
        file has layers.
    grid : Grid
    header : mapping of str
        What the header says.
    stored_type : dtype, optional
        Type of the voxels on disk, where scaling made another one of it.
    stated_spacing_mm : tuple of float, optional
        Spacing (z, y, x) that the header states beside its matrix (NIfTI's ``pixdim``).
    """

    array: NDArray[Any]
    grid: Grid
    header: Mapping[str, str] = field(default_factory=dict)
    stored_type: np.dtype[Any] | None = None
    stated_spacing_mm: Vector | None = None


def grid_from_columns(
    columns: NDArray[np.float64], origin: NDArray[np.float64], shape: tuple[int, ...], file: Path
) -> Grid:
    """Return the grid of a file.

    Parameters
    ----------
    columns : ndarray of float, shape (3, 3)
        Column k is the LPS step in mm along the index axis x, y, z.
    origin : ndarray of float, shape (3,)
        LPS position of the first voxel's centre, in mm.
    shape : tuple of int
        (z, y, x).
    file : Path
        For the message.

    Raises
    ------
    GeometryError
        IMG-29 when a spacing is zero or not a number; IMG-13 when the axes are not at right angles.
    """
    spacing = np.linalg.norm(columns, axis=0)
    if not (np.isfinite(columns).all() and np.isfinite(origin).all() and (spacing > 0).all()):
        raise GeometryError(
            "IMG-29",
            "the file's voxel spacing is impossible",
            file=file,
            found=", ".join(f"{value:g}" for value in spacing) + " mm",
            expected="three finite spacings > 0",
            remedy="Export the image again from its source; 1.0 mm is never assumed.",
        )
    direction = columns / spacing
    if not np.allclose(direction.T @ direction, np.eye(3), atol=ORTHOGONAL):
        raise GeometryError(
            "IMG-13",
            "the file's axes are not at right angles (sheared grid)",
            file=file,
            expected="orthogonal axes",
            remedy="Resample the image to an orthogonal grid first.",
        )
    rows = [(float(a), float(b), float(c)) for a, b, c in direction]
    return Grid(
        (int(shape[0]), int(shape[1]), int(shape[2])),
        (float(spacing[2]), float(spacing[1]), float(spacing[0])),
        (float(origin[0]), float(origin[1]), float(origin[2])),
        (rows[0], rows[1], rows[2]),
    )
