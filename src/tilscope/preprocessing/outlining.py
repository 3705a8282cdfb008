"""The lesion in a subtraction image: fuzzy c-means in a box that fits itself to the lesion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import ndimage

from tilscope.preprocessing.fuzzy_clusters import fuzzy_c_means
from tilscope.preprocessing.index_box import Index, IndexBox, box_around
from tilscope.vocabulary import RoiError, SettingsRecord, Volume

MAX_ROUNDS = 20
SEARCH_SMOOTHING_MM = 1.5
SEARCH_FRACTION = 0.5


class SegmentationSettings(SettingsRecord):
    """How `tilscope segment` outlines a lesion."""

    fuzziness: float = Field(2.0, gt=1.0, le=5.0, description="Exponent m of fuzzy c-means.")
    tolerance: float = Field(
        1e-5,
        gt=0.0,
        lt=0.1,
        description="Movement of the cluster centres at which the clustering ends, relative to the values' range.",
    )
    membership: float = Field(
        0.5,
        gt=0.0,
        lt=1.0,
        description="Least membership of the enhancing cluster that belongs to the lesion.",
    )
    margin_mm: float = Field(
        6.0,
        ge=2.0,
        le=30.0,
        description="Tissue around the lesion's own box that is clustered with it, in mm.",
    )
    seed_box_mm: float = Field(
        10.0, ge=3.0, le=50.0, description="Half edge of the first box around a seed, in mm."
    )
    seed_distance_mm: float = Field(
        5.0, ge=0.0, le=30.0, description="How far from enhancing tissue a seed may lie, in mm."
    )
    min_enhancement_percent: float = Field(
        20.0,
        ge=0.0,
        le=500.0,
        description="Strongest enhancement (smoothed) below which nothing is outlined, as a percentage of the "
        "body's mean pre-contrast signal.",
    )
    registration: Literal["greedy", "affine", "none"] = Field(
        "greedy", description="How the pre-contrast phase is brought to the phase of the mask."
    )
    registration_margin_mm: float = Field(
        10.0, ge=5.0, le=50.0, description="Tissue around the box that is registered with it, in mm."
    )


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A lesion in a subtraction image, and the clustering that made it.

    Attributes
    ----------
    mask : ndarray of bool, shape (z, y, x)
    clustered : IndexBox
        The voxels that were clustered last.
    centres : tuple of float
        Enhancement at the centres of the two clusters, in the image's unit.
    n_iterations, n_rounds : int
        Iterations of the last clustering; clusterings until the box stood still.
    """

    mask: NDArray[np.bool_]
    clustered: IndexBox
    centres: tuple[float, float]
    n_iterations: int
    n_rounds: int


def smoothed(volume: Volume) -> NDArray[np.float32]:
    """Return the volume smoothed by a Gaussian of 1.5 mm, in which single voxels of noise do not stand out."""
    sigma = [SEARCH_SMOOTHING_MM / s for s in volume.spacing_mm]
    return np.asarray(ndimage.gaussian_filter(volume.array, sigma, mode="nearest"))


def _brightest_box(subtraction: Volume, box: IndexBox, settings: SegmentationSettings) -> IndexBox:
    """Return where the lesion most likely is: the largest part above half of the box's highest enhancement."""
    smooth = smoothed(subtraction)
    bright = np.zeros(smooth.shape, dtype=bool)
    bright[box.slices] = smooth[box.slices] >= SEARCH_FRACTION * smooth[box.slices].max()
    return box_around(_largest(bright)).widened(settings.margin_mm, subtraction.spacing_mm, box)


def outline(
    subtraction: Volume, within: IndexBox, seeds: Sequence[Index], settings: SegmentationSettings
) -> Outline:
    """Cluster, and cluster again around what was found, until the clustered box stands still.

    Parameters
    ----------
    subtraction : Volume
        Post-contrast less pre-contrast signal; something in ``within`` enhances.
    within : IndexBox
        Where the lesion may lie.
    seeds : sequence of (z, y, x)
        Points inside it; without them it is the largest enhancing component.

    Raises
    ------
    RoiError
        ROI-52: nothing can be told apart. ROI-53: no enhancing tissue at a seed.
    """
    clustered = (
        box_of_points(seeds).widened(settings.seed_box_mm, subtraction.spacing_mm, within)
        if seeds
        else _brightest_box(subtraction, within, settings)
    )
    tried: list[IndexBox] = []
    while True:
        tried.append(clustered)
        found = _clustered(subtraction, clustered, seeds, settings, len(tried))
        following = box_around(found.mask).widened(settings.margin_mm, subtraction.spacing_mm, within)
        if following in tried or len(tried) == MAX_ROUNDS:
            return found
        clustered = following


def _clustered(
    subtraction: Volume, box: IndexBox, seeds: Sequence[Index], settings: SegmentationSettings, n_rounds: int
) -> Outline:
    values = subtraction.array[box.slices].astype(np.float64)
    if np.ptp(values) == 0.0:
        raise _nothing("the same value everywhere")
    clusters = fuzzy_c_means(
        values.reshape(-1, 1), 2, fuzziness=settings.fuzziness, tolerance=settings.tolerance
    )
    enhancing = np.zeros(subtraction.array.shape, dtype=bool)
    enhancing[box.slices] = (clusters.memberships[:, 1] >= settings.membership).reshape(values.shape)
    # far below the lower centre both memberships come near one half
    enhancing[box.slices] &= values > clusters.centres[0, 0]
    if not enhancing.any():
        raise _nothing(f"no voxel with a membership of {settings.membership:g}")
    is_free = not seeds
    mask = _filled(_largest(enhancing) if is_free else enhancing)
    mask = mask if is_free else _at_seeds(mask, seeds, subtraction, settings)
    low, high = (float(c) for c in clusters.centres[:, 0])
    return Outline(mask, box, (low, high), clusters.n_iterations, n_rounds)


def _nothing(found: str) -> RoiError:
    return RoiError(
        "ROI-52",
        "nothing enhances there",
        found=found,
        expected="a lesion brighter than the tissue around it",
        remedy="Check the place and the phase; a lesion without enhancement must be drawn by hand.",
    )


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest part of a mask whose voxels share faces."""
    labels, n = ndimage.label(mask)
    return np.asarray(labels == 1 + int(np.argmax(np.bincount(labels.ravel(), minlength=n + 1)[1:])))


def _at_seeds(
    mask: NDArray[np.bool_], seeds: Sequence[Index], volume: Volume, settings: SegmentationSettings
) -> NDArray[np.bool_]:
    """Return the parts that hold the seeds, or lie nearest to them."""
    labels, _ = ndimage.label(mask)
    inside = np.argwhere(mask)
    wanted = set()
    for seed in seeds:
        distances = np.sqrt((((inside - seed) * volume.spacing_mm) ** 2).sum(axis=1))
        if distances.size == 0 or distances.min() > settings.seed_distance_mm:
            raise RoiError(
                "ROI-53",
                "no enhancing tissue lies at the seed",
                found=f"{distances.min():.0f} mm away" if distances.size else "none around it",
                expected=f"within {settings.seed_distance_mm:g} mm",
                remedy="Put the seed into the enhancing part of the lesion, or give a box.",
            )
        wanted.add(int(labels[tuple(inside[int(np.argmin(distances))])]))
    return np.isin(labels, sorted(wanted))


def _filled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill holes: cavities first, then those of every slice along each of the three axes."""
    filled = ndimage.binary_fill_holes(mask)
    for axis in range(3):
        slices = np.moveaxis(filled, axis, 0)
        filled = np.moveaxis(np.stack([ndimage.binary_fill_holes(one) for one in slices]), 0, axis)
    return np.ascontiguousarray(filled)


def box_of_points(points: Sequence[Index]) -> IndexBox:
    """Return the smallest box that holds all points."""
    z, y, x = (sorted(p[axis] for p in points) for axis in range(3))
    return IndexBox((z[0], y[0], x[0]), (z[-1] + 1, y[-1] + 1, x[-1] + 1))
