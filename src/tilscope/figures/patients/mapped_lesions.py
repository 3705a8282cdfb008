"""What the figures from voxel to gene show: a feature, and the lesions at both of its ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ENDS = ("highest", "lowest")


@dataclass(frozen=True, slots=True, eq=False)
class MappedLesion:
    """One lesion at one end of a feature.

    Attributes
    ----------
    label : str
        Short name beside its curve: ``H1`` is the highest, ``L1`` the lowest.
    patient : str
        Participant key.
    end : {"highest", "lowest"}
    value : float
        The feature of the whole lesion.
    tils : str
        Class and percentage of TILs, in words.
    grey : ndarray of float, shape (rows, columns), or None
        First phase after contrast, the axial slice with most lesion, anterior on top, the patient's right on the left.
    inside : ndarray of bool, same shape, or None
        The lesion.
    map : ndarray of float, same shape, or None
        The feature around each voxel; NaN where there is none.
    pixel_mm : tuple of float
        Height and width of a pixel.
    window : tuple of float
        Black and white of the grey picture.
    reason : str
        Why there is no map (or no picture at all).
    times_s : tuple of float, or None
        Times of the phases.
    percent : tuple of float
        Enhancement of the lesion's mean over the phases, in per cent; empty where it is not known.
    """

    label: str
    patient: str
    end: str
    value: float
    tils: str
    grey: NDArray[np.float32] | None
    inside: NDArray[np.bool_] | None
    map: NDArray[np.float32] | None
    pixel_mm: tuple[float, float] = (1.0, 1.0)
    window: tuple[float, float] = (0.0, 1.0)
    reason: str = ""
    times_s: tuple[float, ...] | None = None
    percent: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMaps:
    """A feature of the signature in the patients at both of its ends.

    Attributes
    ----------
    feature : str
        As in the feature table.
    lesions : tuple of MappedLesion
        The highest first.
    n_known : int
        Patients among whom these are the highest and the lowest.
    limits : tuple of float, or None
        Ends of the colour scale, one for all lesions; None where there is no map.
    is_clipped : bool
        Whether some voxels lie beyond the ends of the scale.
    unit : str
        Of the map.
    kernel : str
        Size of the kernel in words.
    names : tuple of str
        Phases in order of time, of the lesions that have a curve.
    has_times : bool
        Whether the times of all of them are known.
    moment : str
        Moment over the phases that the map shows; empty for a map of one phase.
    """

    feature: str
    lesions: tuple[MappedLesion, ...]
    n_known: int
    limits: tuple[float, float] | None
    is_clipped: bool
    unit: str
    kernel: str
    names: tuple[str, ...]
    has_times: bool
    moment: str = ""

    def at(self, end: str) -> tuple[MappedLesion, ...]:
        """Return the lesions of one end, from its extreme inwards."""
        return tuple(lesion for lesion in self.lesions if lesion.end == end)

    @property
    def n_columns(self) -> int:
        """Lesions beside each other."""
        return max(1, *(len(self.at(end)) for end in ENDS))

    @property
    def tiles(self) -> int:
        """Pictures of each lesion: the grey one, and the map where there is one."""
        return 1 if self.limits is None else 2
