"""The lesion inside a box, or around a seed, by fuzzy c-means on the subtraction image.

The classical semi-automatic method (Chen 2006): a human says roughly where the lesion is; the voxels there are divided
into two fuzzy clusters by their enhancement, the membership of the brighter one is thresholded, one connected
component is kept, and its holes are filled. Two things are added. The pre-contrast phase is first registered to the
phase of the mask, because motion looks like enhancement at every edge. And the clusters are those of the lesion and a
fixed margin around it, found by repetition, because fuzzy c-means splits the larger cluster when one is rare: so a
generous box and a tight one give the same lesion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.body import body_mask
from tilscope.preprocessing.functional_volume import mean_pre_contrast
from tilscope.preprocessing.index_box import Index, IndexBox, box_around, touched_faces, whole_box
from tilscope.preprocessing.outlining import SegmentationSettings, box_of_points, outline, smoothed
from tilscope.preprocessing.registration import register
from tilscope.preprocessing.settings import RegistrationSettings
from tilscope.vocabulary import DceSeries, Grid, Roi, RoiError, SeriesError, Volume

MIN_CROP_VOXELS = 16  # greedy smooths at a quarter of the resolution, over at least 4 voxels
MOST_MARGIN_MM = 100.0
BRIGHTEST_PERCENT = 95.0
EARLY_FRACTION = 0.8
SEED_REACHES_MM = (30.0, 50.0, 80.0)  # how far from the seeds a lesion may extend, tried in turn


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """An outlined lesion and what led to it.

    Attributes
    ----------
    roi : Roi
        The lesion on the whole grid of its phase.
    phase : str
        Phase that was outlined; all others are registered to it.
    aligned : DceSeries
        Pre-contrast phases, that phase and, if there is one, the last later one, on the crop that was registered
        and aligned to it. Its names count anew: ``post1`` is the phase, ``post2`` the later one.
    aligned_roi : Roi
        The lesion on that crop.
    late_phase : str or None
        Name of that later phase.
    box : IndexBox
        Where the lesion was looked for.
    clustered : IndexBox
        The voxels whose enhancement was clustered last: the lesion's own box and a margin, within ``box``.
    centres : tuple of float
        Enhancement at the centres of the two clusters, in the image's unit.
    n_iterations, n_rounds : int
        Iterations of the last clustering; clusterings until the box stood still.
    notes : tuple of str
        Rule id first.
    """

    roi: Roi
    phase: str
    aligned: DceSeries
    aligned_roi: Roi
    late_phase: str | None
    box: IndexBox
    clustered: IndexBox
    centres: tuple[float, float]
    n_iterations: int
    n_rounds: int
    notes: tuple[str, ...]


def segment_in_box(
    series: DceSeries,
    box: IndexBox,
    settings: SegmentationSettings | None = None,
    *,
    phase: str | None = None,
    seeds: Sequence[Index] = (),
) -> Segmentation:
    """Outline the lesion inside a box.

    Parameters
    ----------
    series : DceSeries
        Phases as acquired, on one grid.
    box : IndexBox
        Around the lesion, with some millimetres of other tissue.
    settings : SegmentationSettings, optional
    phase : str, optional
        Post-contrast phase to outline; by default `early_phase`.
    seeds : sequence of (z, y, x)
        Points inside the lesion; without them the largest enhancing component is taken.

    Raises
    ------
    RoiError
        ROI-52: nothing enhances there. ROI-53: no enhancing tissue at a seed.
    SeriesError
        IMG-03: no such post-contrast phase. REG-06: the registration failed.
    GeometryError
        IMG-15: the phases differ in grid.

    References
    ----------
    Chen, Giger, Bick. A fuzzy c-means (FCM)-based approach for computerized segmentation of breast lesions in dynamic
    contrast-enhanced MR images. Acad Radiol 2006;13:63-72.
    """
    chosen = SegmentationSettings() if settings is None else settings
    name = _checked_phase(series, early_phase(series, box) if phase is None else phase)
    part, late = _two_or_three(series, name)
    aligned, start = _aligned(part, box, chosen)
    subtraction = _subtraction(aligned)
    within = box.moved(start)
    points = [_index_from(seed, start) for seed in seeds]
    _refuse_without_enhancement(series, name, float(smoothed(subtraction)[within.slices].max()), chosen)
    found = outline(subtraction, within, points, chosen)
    roi, aligned_roi = _rois(found.mask, subtraction, series.phase(name), name, start)
    return Segmentation(
        roi,
        name,
        aligned,
        aligned_roi,
        late,
        box,
        found.clustered.moved(_index_from((0, 0, 0), start)),
        found.centres,
        found.n_iterations,
        found.n_rounds,
        _touching_note(box_around(roi.mask), box),
    )


def segment_from_seeds(
    series: DceSeries,
    seeds: Sequence[Index],
    settings: SegmentationSettings | None = None,
    *,
    phase: str | None = None,
) -> Segmentation:
    """Outline the lesion that holds these points.

    The box grows from ``seed_box_mm`` around the seeds until what enhances ends inside it.

    Parameters
    ----------
    seeds : sequence of (z, y, x)
        At least one.
    series, settings, phase
        As of `segment_in_box`.

    Raises
    ------
    RoiError
        ROI-53: no enhancing tissue at a seed. ROI-54: what enhances there has no end within 80 mm.
    TilscopeError
        As `segment_in_box`.
    """
    shape, spacing = series.phases[0].grid.shape, series.phases[0].spacing_mm
    for reach_mm in SEED_REACHES_MM:
        box = box_of_points(seeds).widened(reach_mm, spacing, whole_box(shape))
        found = segment_in_box(series, box, settings, phase=phase, seeds=seeds)
        own = box_around(found.roi.mask)
        # at the border of the image itself there is nothing to grow into
        if touched_faces(own, box) == touched_faces(own, _at_border(box, shape)):
            return found
    raise RoiError(
        "ROI-54",
        "what enhances around the seed does not end",
        found=f"it still touches a box of {SEED_REACHES_MM[-1]:.0f} mm to each side",
        expected="a lesion with other tissue around it",
        remedy="Give a box with --box, or another seed.",
    )


def early_phase(series: DceSeries, box: IndexBox) -> str:
    """Return the first post-contrast phase in which a box enhances nearly as much as it ever does.

    That is, the mean over its brightest 5 % of voxels reaches 80 % of the highest of all phases: later the gland
    around a lesion catches up with it. Phases need not be registered for this.
    """
    pre = mean_pre_contrast(series).array[box.slices]
    strengths = []
    for phase in series.post:
        rise = phase.array[box.slices].astype(np.float64) - pre
        strengths.append(float(rise[rise >= np.percentile(rise, BRIGHTEST_PERCENT)].mean()))
    if not strengths:
        return "post1"
    enough = EARLY_FRACTION * max(strengths)
    return series.phase_names[
        series.n_pre + next(k for k, s in enumerate(strengths) if s >= enough or enough <= 0)
    ]


def _checked_phase(series: DceSeries, name: str) -> str:
    post = series.phase_names[series.n_pre :]
    if series.n_pre < 1 or name not in post:
        raise SeriesError(
            "IMG-03",
            "a lesion is outlined on a post-contrast phase that a pre-contrast phase is subtracted from",
            found=f"{series.n_pre} pre-contrast phase(s), {name}",
            expected=", ".join(post) or "a post-contrast phase",
            remedy="Name one of these phases after --phase.",
        )
    return name


def _two_or_three(series: DceSeries, name: str) -> tuple[DceSeries, str | None]:
    """Return the pre-contrast phases, the named one and the last later one, and that one's name."""
    last = series.phase_names[-1]
    late = None if last == name else last
    chosen = [*series.phases[: series.n_pre], series.phase(name)]
    chosen += [series.phase(late)] if late else []
    return DceSeries(tuple(chosen), None, series.phase_key, series.n_pre), late


def _aligned(part: DceSeries, box: IndexBox, settings: SegmentationSettings) -> tuple[DceSeries, Index]:
    """Return the phases on the box and a margin, registered to the first post-contrast one, and where that starts."""
    grid = part.phases[part.n_pre].grid
    inside = Roi(box.mask(grid.shape), grid, "post1")
    how = RegistrationSettings(
        method=settings.registration, margin_mm=_margin_mm(inside, settings.registration_margin_mm)
    )
    result = register(part, inside, how)
    return result.series, result.start


def _margin_mm(inside: Roi, least_mm: float) -> float:
    """Return the margin in mm whose crop is thick enough for registration, where the image itself is."""
    margin_mm = least_mm
    while margin_mm < MOST_MARGIN_MM:
        start, stop = inside.box(margin_mm)
        edges = [b - a for a, b in zip(start, stop, strict=True)]
        if all(edge >= min(MIN_CROP_VOXELS, n) for edge, n in zip(edges, inside.grid.shape, strict=True)):
            break
        margin_mm = min(1.25 * margin_mm, MOST_MARGIN_MM)
    return margin_mm


def _subtraction(aligned: DceSeries) -> Volume:
    post = aligned.phases[aligned.n_pre]
    return post.with_array(post.array - mean_pre_contrast(aligned).array)


def _refuse_without_enhancement(
    series: DceSeries, name: str, highest: float, settings: SegmentationSettings
) -> None:
    usual = _body_signal(mean_pre_contrast(series), series.phase(name))
    percent = 100.0 * highest / usual if usual > 0.0 else 0.0
    if percent < max(settings.min_enhancement_percent, 1e-6):
        raise RoiError(
            "ROI-52",
            "nothing in the box enhances",
            found=f"a rise by {percent:.0f} % of the body's signal before contrast, at most",
            expected=f"{settings.min_enhancement_percent:g} % or more",
            remedy="Check the box and the phase; a lesion without enhancement must be drawn by hand.",
        )


def _body_signal(pre: Volume, post: Volume) -> float:
    """Return the mean pre-contrast signal of the body, from every second voxel along each axis."""
    every = (slice(None, None, 2),) * 3
    z, y, x = (2.0 * s for s in post.spacing_mm)
    coarse = post.array[every]
    grid = Grid(coarse.shape, (z, y, x), post.origin_mm, post.direction)
    return float(pre.array[every][body_mask(Volume(coarse, grid))].mean(dtype=np.float64))


def _rois(mask: NDArray[np.bool_], crop: Volume, phase: Volume, name: str, start: Index) -> tuple[Roi, Roi]:
    """Return the lesion on the phase's whole grid and on the crop."""
    whole = np.zeros(phase.grid.shape, dtype=bool)
    whole[tuple(slice(a, a + n) for a, n in zip(start, mask.shape, strict=True))] = mask
    return Roi(whole, phase.grid, name), Roi(mask, crop.grid, "post1")


def _touching_note(own: IndexBox, box: IndexBox) -> tuple[str, ...]:
    n_faces = touched_faces(own, box)
    if n_faces == 0:
        return ()
    return (f"ROI-56 the lesion touches {n_faces} of the 6 faces of the box: it may go on beyond it",)


def _at_border(box: IndexBox, shape: Index) -> IndexBox:
    """Return a box that has only those faces of ``box`` which lie at the image's border; the others are far away."""
    far = 1 + max(shape)
    z0, y0, x0 = (0 if a == 0 else -far for a in box.start)
    z1, y1, x1 = (n if b == n else n + far for b, n in zip(box.stop, shape, strict=True))
    return IndexBox((z0, y0, x0), (z1, y1, x1))


def _index_from(index: Index, start: Index) -> Index:
    z, y, x = (i - s for i, s in zip(index, start, strict=True))
    return z, y, x
