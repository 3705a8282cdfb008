"""Images of one plane, grid, frame of reference and protocol belong together; here they are grouped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tilscope.reading.dicom_geometry import (
    JITTER_REFUSED,
    SAME_POSITION_MM,
    normal_of,
    position_levels,
)
from tilscope.reading.dicom_headers import SliceHeader

SAME_PLANE_COSINE = 0.999_95  # half a degree: scanners repeat the orientation to the last digit
SAME_PROTOCOL = 0.10  # TR, TE and flip angle of one dynamic agree far better than two sequences do
SAME_RATIO = 0.05  # of slice spacing to slice thickness, where two series have different spacings
MOST_COARSER = 2.05  # a phase has voxels at most twice as long as another's; more is another acquisition


@dataclass(slots=True)
class Group:
    """Images that could be stacked into the phases of one grid."""

    images: list[SliceHeader] = field(default_factory=list)

    @property
    def first(self) -> SliceHeader:
        """The image that the others were compared with."""
        return self.images[0]

    @property
    def n_positions(self) -> int:
        """Number of distinct slice positions."""
        return len(position_levels(self.images)[1])

    @property
    def n_repeats(self) -> int:
        """How often positions are repeated, rounded."""
        return max(1, round(len(self.images) / self.n_positions))

    @property
    def extent_mm(self) -> float:
        """Distance between the outermost slices."""
        millimetres = position_levels(self.images)[1]
        return float(millimetres[-1] - millimetres[0])

    @property
    def is_spin_echo_or_planar(self) -> bool:
        """Whether the sequence is T2, T1 spin echo or diffusion, whose repeats are no phases."""
        kinds = set(self.first.sequence)
        return "EP" in kinds or ("SE" in kinds and "GR" not in kinds)

    @property
    def seconds(self) -> tuple[float, float] | None:
        """First and last time of the images, of acquisition or else of content; None where untold."""
        for times in ([i.acquisition_s for i in self.images], [i.content_s for i in self.images]):
            told = [time for time in times if time is not None]
            if len(told) == len(times):
                return min(told), max(told)
        return None


def group_images(images: Sequence[SliceHeader]) -> list[Group]:
    """Group images that say where they lie."""
    groups: list[Group] = []
    for image in images:
        home = next((group for group in groups if _belongs(image, group.first)), None)
        if home is None:
            home = Group()
            groups.append(home)
        home.images.append(image)
    return [part for group in groups for part in _by_slice_positions(group)]


def same_protocol(a: SliceHeader, b: SliceHeader) -> bool:
    """Tell whether nothing in two headers says that they come from different sequences."""
    if a.sequence and b.sequence and a.sequence != b.sequence:
        return False
    return all(
        x is None or y is None or abs(x - y) <= SAME_PROTOCOL * max(abs(x), abs(y))
        for x, y in zip(a.protocol, b.protocol, strict=True)
    )


def looks_like_a_phase(best: Group, other: Group) -> bool:
    """Tell whether images on another grid, or in another frame of reference, may be phases of ``best``."""
    a, b = best.first, other.first
    shares_series = {i.series_uid for i in best.images} & {i.series_uid for i in other.images}
    is_parallel = abs(float(normal_of(a) @ normal_of(b))) > SAME_PLANE_COSINE
    is_a_stack = 2 * other.n_positions >= best.n_positions or 2 * other.extent_mm >= best.extent_mm
    return bool(shares_series) or (is_parallel and is_a_stack and same_protocol(a, b))


def is_phase_elsewhere(best: Group, other: Group) -> bool:
    """Tell whether images on another grid are surely phases of ``best``, and can be brought onto its grid.

    They say that they lie in the same frame of reference, were taken with the same protocol (TR and TE told),
    in voxels at most twice as long or short, and before or after ``best``, not between its phases.
    """
    a, b = best.first, other.first
    is_one_frame = bool(a.frame_of_reference) and a.frame_of_reference == b.frame_of_reference
    is_told = None not in (*a.protocol[:2], *b.protocol[:2])
    if not (is_one_frame and is_told and same_protocol(a, b) and looks_like_a_phase(best, other)):
        return False
    ratios = [x / y for x, y in zip(a.pixel_spacing or (), b.pixel_spacing or (), strict=True)]
    if max([*ratios, *(1 / ratio for ratio in ratios)]) > MOST_COARSER:
        return False
    own, theirs = best.seconds, other.seconds
    return own is not None and theirs is not None and (theirs[1] < own[0] or own[1] < theirs[0])


def _belongs(a: SliceHeader, b: SliceHeader) -> bool:
    return (
        (a.rows, a.columns, a.frame_of_reference) == (b.rows, b.columns, b.frame_of_reference)
        and _are_near(a.pixel_spacing, b.pixel_spacing, 1e-4 * min(b.pixel_spacing or (0.0,)))
        and _are_near(a.orientation, b.orientation, 1e-3)
        and same_protocol(a, b)
    )


def _are_near(a: tuple[float, ...] | None, b: tuple[float, ...] | None, tolerance: float) -> bool:
    return all(abs(x - y) <= tolerance for x, y in zip(a or (), b or (), strict=True))


def _by_slice_positions(group: Group) -> list[Group]:
    """Part the series of a group whose slices lie between, or wider than, those of the others.

    A series that only lacks slices stays, so that the missing ones are found.
    """
    series: dict[str, list[SliceHeader]] = defaultdict(list)
    for image in group.images:
        series[image.series_uid].append(image)
    parts: list[Group] = []
    for images in series.values():
        home = next((part for part in parts if not _lie_between(images, part.images)), None)
        if home is None:
            parts.append(Group(list(images)))
        else:
            home.images.extend(images)
    return parts


def _lie_between(images: Sequence[SliceHeader], others: Sequence[SliceHeader]) -> bool:
    """Tell whether the slices of a whole stack are not those of another, by spacing or by a part of it."""
    own, theirs = _even_levels(images, others[0]), _even_levels(others, others[0])
    if own is None or theirs is None:
        return False
    (start, step), (other_start, other_step) = own, theirs
    thick, other_thick = images[0].slice_thickness, others[0].slice_thickness
    if not thick or not other_thick:
        return False
    ratio = step / other_step
    if abs(ratio - 1) <= JITTER_REFUSED:
        # two halves of one stack, every other slice each, have wide gaps; stacks of their own have none
        offset = (start - other_start) / other_step
        is_whole = min(thick, other_thick) >= (1 - SAME_RATIO) * step
        return is_whole and abs(offset - round(offset)) * other_step > SAME_POSITION_MM
    # twice the spacing may be a stack that lost every other slice; the thickness tells
    return abs(thick / other_thick / ratio - 1) <= SAME_RATIO


def _even_levels(images: Sequence[SliceHeader], reference: SliceHeader) -> tuple[float, float] | None:
    """Return first position and spacing along the reference's normal; None where the spacing is uneven."""
    placed = np.array([image.position for image in images], dtype=float) @ normal_of(reference)
    levels = np.sort(placed)
    levels = levels[np.concatenate([[True], np.diff(levels) > SAME_POSITION_MM])]
    steps = np.diff(levels)
    if len(steps) == 0 or np.ptp(steps) > 2 * JITTER_REFUSED * float(np.median(steps)):
        return None
    return float(levels[0]), float(np.mean(steps))
