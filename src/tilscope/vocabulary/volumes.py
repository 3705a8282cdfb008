"""Images on a physical grid: arrays are (z, y, x), world coordinates are LPS millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary.scanner import Scanner

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

IDENTITY: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the voxels of a volume lie.

    Attributes
    ----------
    shape : tuple of int
        Number of voxels along (z, y, x).
    spacing_mm : tuple of float
        Distance between voxel centres along (z, y, x), in mm, > 0.
    origin_mm : tuple of float
        LPS position (x, y, z) of the centre of voxel (0, 0, 0), in mm.
    direction : 3 x 3 tuple of float
        As in ITK: column k is the LPS unit vector along the index axis x, y, z (k = 0, 1, 2).
    """

    shape: tuple[int, int, int]
    spacing_mm: Vector
    origin_mm: Vector = (0.0, 0.0, 0.0)
    direction: Matrix = IDENTITY

    def index_to_lps(self) -> NDArray[np.float64]:
        """Return the 4 x 4 matrix that takes (z, y, x, 1) indices to (x, y, z, 1) LPS mm."""
        matrix = np.eye(4)
        columns_xyz = np.asarray(self.direction) * np.asarray(self.spacing_mm)[::-1]
        matrix[:3, :3] = columns_xyz[:, ::-1]
        matrix[:3, 3] = self.origin_mm
        return matrix

    def offset_mm(self, other: Grid) -> float:
        """Return the largest distance in mm between equal corner indices of the two grids."""
        corners = np.array(
            [(z, y, x, 1) for z in (0, self.shape[0]) for y in (0, self.shape[1]) for x in (0, self.shape[2])]
        ).T
        difference = (self.index_to_lps() - other.index_to_lps()) @ corners
        return float(np.linalg.norm(difference[:3], axis=0).max())

    def same_as(self, other: Grid, tolerance_voxel: float = 1e-3) -> bool:
        """Tell whether both grids have one shape and agree within a fraction of the smallest voxel edge."""
        return self.shape == other.shape and self.offset_mm(other) <= tolerance_voxel * min(self.spacing_mm)

    def cropped(self, start: tuple[int, int, int], stop: tuple[int, int, int]) -> Grid:
        """Return the grid of the index box ``start <= index < stop`` (z, y, x)."""
        origin = self.index_to_lps() @ np.array([*start, 1.0])
        shape = tuple(int(b - a) for a, b in zip(start, stop, strict=True))
        return Grid(
            (shape[0], shape[1], shape[2]),
            self.spacing_mm,
            (float(origin[0]), float(origin[1]), float(origin[2])),
            self.direction,
        )

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel in mm^3."""
        return float(np.prod(self.spacing_mm))


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """One image: finite float32 values of shape (z, y, x) on a grid."""

    array: NDArray[np.float32]
    grid: Grid

    def __post_init__(self) -> None:
        if self.array.shape != self.grid.shape:
            raise ValueError(f"array of shape {self.array.shape} on a grid of shape {self.grid.shape}")

    @property
    def spacing_mm(self) -> Vector:
        """Distance between voxel centres along (z, y, x), in mm."""
        return self.grid.spacing_mm

    @property
    def origin_mm(self) -> Vector:
        """LPS position (x, y, z) of the first voxel's centre, in mm."""
        return self.grid.origin_mm

    @property
    def direction(self) -> Matrix:
        """ITK direction cosines (columns: index axes x, y, z; rows: LPS)."""
        return self.grid.direction

    def with_array(self, array: NDArray[np.float32]) -> Volume:
        """Return a volume with other values on the same grid."""
        return Volume(np.ascontiguousarray(array, dtype=np.float32), self.grid)

    def cropped(self, start: tuple[int, int, int], stop: tuple[int, int, int]) -> Volume:
        """Return the part inside the index box ``start <= index < stop`` (z, y, x)."""
        box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
        return Volume(np.ascontiguousarray(self.array[box]), self.grid.cropped(start, stop))


@dataclass(frozen=True, slots=True, eq=False)
class Roi:
    """One lesion mask, drawn by a reader on one phase.

    Attributes
    ----------
    mask : ndarray of bool, shape (z, y, x)
        True inside the lesion; at least one voxel is True.
    grid : Grid
        Where the mask lies: the grid of the phase that it was drawn on.
    phase : str
        Name of that phase (``pre``, ``post1``, ...).
    reader, session, label : str
        Who drew it, when (``1``, ``2``, ...), and the segment's name in the source file.
    """

    mask: NDArray[np.bool_]
    grid: Grid
    phase: str = "post1"
    reader: str = "A"
    session: str = "1"
    label: str = "lesion"

    def __post_init__(self) -> None:
        if self.mask.shape != self.grid.shape:
            raise ValueError(f"mask of shape {self.mask.shape} on a grid of shape {self.grid.shape}")

    @property
    def n_voxels(self) -> int:
        """Number of voxels inside."""
        return int(np.count_nonzero(self.mask))

    @property
    def volume_ml(self) -> float:
        """Volume in millilitres."""
        return self.n_voxels * self.grid.voxel_volume_mm3 / 1000.0

    def box(self, margin_mm: float = 0.0) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """Return the index box (start, stop) of the mask, widened by a margin and clipped to the grid."""
        start, stop = [], []
        for axis, (size, spacing) in enumerate(zip(self.grid.shape, self.grid.spacing_mm, strict=True)):
            inside = np.flatnonzero(self.mask.any(axis=tuple(a for a in range(3) if a != axis)))
            margin = int(np.ceil(margin_mm / spacing))
            start.append(max(0, int(inside[0]) - margin))
            stop.append(min(size, int(inside[-1]) + 1 + margin))
        return (start[0], start[1], start[2]), (stop[0], stop[1], stop[2])


TimeZero = Literal["contrast", "post1"]


@dataclass(frozen=True, slots=True)
class PhaseKeyTrial:
    """What a DICOM attribute would have made of the slices that another one told apart into phases.

    Attributes
    ----------
    key : str
        DICOM keyword.
    group_sizes : tuple of int
        Number of slices in each of its groups, in its order.
    n_missing, n_repeated : int
        Slices lacking, and slices too many at a position, summed over the groups; both 0 when the attribute
        would have been accepted too.
    reason : str
        Why it was not used.
    """

    key: str
    group_sizes: tuple[int, ...]
    n_missing: int
    n_repeated: int
    reason: str

    @property
    def told(self) -> str:
        """The groups in words: ``2 groups of 60 + 120 slices``."""
        sizes = self.group_sizes
        shown = " + ".join(map(str, sizes)) if len(sizes) <= 8 else f"{min(sizes)} to {max(sizes)}"
        return f"{len(sizes)} groups of {shown} slices"


@dataclass(frozen=True, slots=True, eq=False)
class DceSeries:
    """The phases of one dynamic contrast-enhanced examination, in order of time.

    Attributes
    ----------
    phases : tuple of Volume
        Pre-contrast phases first, then the post-contrast ones.
    times_s : tuple of float, or None
        Seconds of each phase from ``time_zero``; None where the files do not tell.
    phase_key : str
        Which attribute told the phases apart (``AcquisitionNumber``, ``position order``, ...).
    n_pre : int
        Number of pre-contrast phases.
    notes : tuple of str
        What the reader saw that a human should know (rule id first).
    sop_uids : tuple of tuple of str
        SOP instance UIDs of each phase's slices, so that a segmentation finds its phase; empty without DICOM.
        Frames of a multi-frame file have their number, from 1, behind the file's UID (``1.2.3#12``).
        They can identify a patient: never write them to a file.
    time_zero : str
        What the times count from: the start of the contrast injection, or the first post-contrast phase.
    disagreeing_keys : tuple of PhaseKeyTrial
        Attributes that would have told the phases apart otherwise than ``phase_key``.
    scanner : Scanner or None
        What took the images; None where the files do not tell.
    """

    phases: tuple[Volume, ...]
    times_s: tuple[float, ...] | None
    phase_key: str
    n_pre: int = 1
    notes: tuple[str, ...] = ()
    sop_uids: tuple[tuple[str, ...], ...] = ()
    time_zero: TimeZero = "post1"
    disagreeing_keys: tuple[PhaseKeyTrial, ...] = ()
    scanner: Scanner | None = None

    @property
    def phase_names(self) -> tuple[str, ...]:
        """Names in order: ``pre`` (or ``pre1``, ``pre2``), then ``post1``, ``post2``, ..."""
        return phase_names(len(self.phases), self.n_pre)

    @property
    def n_post(self) -> int:
        """Number of post-contrast phases."""
        return len(self.phases) - self.n_pre

    @property
    def post(self) -> tuple[Volume, ...]:
        """The post-contrast phases."""
        return self.phases[self.n_pre :]

    def phase(self, name: str) -> Volume:
        """Return the phase called ``name``."""
        return self.phases[self.phase_names.index(name)]


def phase_names(n_phases: int, n_pre: int = 1) -> tuple[str, ...]:
    """Return the names of ``n_phases`` phases of which the first ``n_pre`` are pre-contrast."""
    pre = ("pre",) if n_pre == 1 else tuple(f"pre{i + 1}" for i in range(n_pre))
    return pre + tuple(f"post{i + 1}" for i in range(n_phases - n_pre))
