"""Which images of an examination are the phases of its DCE.

The rule, in order: MR images that are neither localisers nor computed from others; original ones before
derived ones; of these the group of one plane, one grid, one frame of reference and one protocol (TR, TE,
flip angle within 10 %) in which slice positions repeat most often, gradient echo before spin echo and
diffusion. A second dynamic series, or a further series of the same plane and protocol on another grid, is
refused: a phase is never left out silently.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tilscope.reading.dicom_geometry import has_geometry, normal_of, position_levels
from tilscope.reading.dicom_headers import SliceHeader
from tilscope.reading.dicom_setting_aside import originals, reason_to_set_aside
from tilscope.vocabulary import GeometryError, SeriesError

SAME_PLANE_COSINE = 0.999_95  # half a degree: scanners repeat the orientation to the last digit
SAME_PROTOCOL = 0.10  # TR, TE and flip angle of one dynamic agree far better than two sequences do


@dataclass(frozen=True, slots=True)
class Choice:
    """The images of the DCE, and what was left out."""

    images: tuple[SliceHeader, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Group:
    images: list[SliceHeader] = field(default_factory=list)

    @property
    def first(self) -> SliceHeader:
        return self.images[0]

    @property
    def n_positions(self) -> int:
        return len(position_levels(self.images)[1])

    @property
    def n_repeats(self) -> int:
        return max(1, round(len(self.images) / self.n_positions))

    @property
    def is_spin_echo_or_planar(self) -> bool:
        """Whether the sequence is T2, T1 spin echo or diffusion, whose repeats are no phases."""
        kinds = set(self.first.sequence)
        return "EP" in kinds or ("SE" in kinds and "GR" not in kinds)


def choose_dce(headers: Sequence[SliceHeader]) -> Choice:
    """Choose the images of the DCE among all files of one examination.

    Raises
    ------
    SeriesError, GeometryError
        IMG-16 no geometry; IMG-15 phases on other grids; IMG-31 no image at all.
    """
    reasons = Counter(reason for header in headers if (reason := reason_to_set_aside(header)))
    images, derived = originals(header for header in headers if reason_to_set_aside(header) is None)
    if not images:
        raise SeriesError(
            "IMG-31",
            "there is no original MR image",
            found=_counted(reasons) or "no file",
            remedy="Name the folder of the dynamic series itself.",
        )
    notes = [f"IMG-31 set aside: {_counted(reasons)}"] if reasons else []
    if derived:
        notes.append(f"IMG-31 set aside: {len(derived)} images of derived series")
    elif images[0].image_type[:1] == ("DERIVED",):
        notes.append(
            "IMG-31 all images are declared as derived; they are read because there are no original ones"
        )
    chosen, left_out = _choose_group(images)
    if left_out:
        notes.append(
            f"IMG-31 set aside: {_series_names(left_out)}, not of the dynamic series' plane and protocol"
        )
    return Choice(tuple(chosen), tuple(notes))


def _choose_group(images: Sequence[SliceHeader]) -> tuple[list[SliceHeader], list[SliceHeader]]:
    placed = [image for image in images if has_geometry(image)]
    if not placed:
        raise _no_geometry(images[0])
    groups = sorted(_groups(placed), key=lambda g: (g.is_spin_echo_or_planar, -g.n_repeats, -len(g.images)))
    stacks = [group for group in groups if group.n_positions > 1] or groups
    best = stacks[0]
    series = {image.series_uid for image in best.images}
    for image in images:
        if image.series_uid in series and not has_geometry(image):
            raise _no_geometry(image)
    for group in groups:
        if group is not best:
            _refuse_stray_phase(best, group)
            _refuse_second_dynamic(best, group)
    kept = {id(image) for image in best.images}
    return best.images, [image for image in images if id(image) not in kept]


def _groups(images: Sequence[SliceHeader]) -> list[_Group]:
    groups: list[_Group] = []
    for image in images:
        home = next((group for group in groups if _belongs(image, group.first)), None)
        if home is None:
            home = _Group()
            groups.append(home)
        home.images.append(image)
    return groups


def _belongs(a: SliceHeader, b: SliceHeader) -> bool:
    return (
        (a.rows, a.columns, a.frame_of_reference) == (b.rows, b.columns, b.frame_of_reference)
        and np.allclose(a.pixel_spacing or (), b.pixel_spacing or (), rtol=1e-4)
        and np.allclose(a.orientation or (), b.orientation or (), atol=1e-3)
        and same_protocol(a, b)
    )


def same_protocol(a: SliceHeader, b: SliceHeader) -> bool:
    """Tell whether nothing in two headers says that they come from different sequences."""
    if a.sequence and b.sequence and a.sequence != b.sequence:
        return False
    return all(
        x is None or y is None or abs(x - y) <= SAME_PROTOCOL * max(abs(x), abs(y))
        for x, y in zip(a.protocol, b.protocol, strict=True)
    )


def _refuse_stray_phase(best: _Group, other: _Group) -> None:
    """Refuse when ``other`` looks like a phase of ``best`` on another grid or in another frame."""
    a, b = best.first, other.first
    shares_series = {i.series_uid for i in best.images} & {i.series_uid for i in other.images}
    is_parallel = abs(float(normal_of(a) @ normal_of(b))) > SAME_PLANE_COSINE
    is_a_stack = 2 * other.n_positions >= best.n_positions
    if not shares_series and not (is_parallel and is_a_stack and same_protocol(a, b)):
        return
    raise GeometryError(
        "IMG-15",
        "phases lie on different grids or in different frames of reference",
        file=b.file.parent,
        found=f"{_describe(a)}, and {_describe(b)}",
        expected="one grid and one frame of reference for all phases",
        remedy="Export all phases of one examination, or move the series that does not belong out of the folder.",
    )


def _refuse_second_dynamic(best: _Group, other: _Group) -> None:
    """Refuse when two series could be the DCE; diffusion (echo-planar) and spin echo could not."""
    if min(best.n_repeats, other.n_repeats) < 2 or other.n_positions < 2 or other.is_spin_echo_or_planar:
        return
    raise SeriesError(
        "IMG-04",
        "two dynamic series are in the examination",
        file=other.first.file.parent,
        found=f"{_describe(best.first)}, and {_describe(other.first)}",
        expected="one dynamic series",
        remedy="Move the series that is not the DCE out of the folder, or name the folder of the DCE.",
    )


def _describe(header: SliceHeader) -> str:
    spacing = " x ".join(f"{value:.3f}" for value in header.pixel_spacing or ())
    number = "" if header.series_number is None else f"series {header.series_number:.0f} with "
    return f"{number}{header.rows} x {header.columns} pixels of {spacing} mm"


def _no_geometry(image: SliceHeader) -> GeometryError:
    missing = [
        name
        for name, value in (
            ("PixelSpacing", image.pixel_spacing and min(image.pixel_spacing) > 0),
            ("ImagePositionPatient", image.position),
            ("ImageOrientationPatient", image.orientation),
        )
        if not value
    ]
    return GeometryError(
        "IMG-16",
        "the image does not say where it lies",
        file=image.file,
        found=f"{', '.join(missing) or 'ImageOrientationPatient'} absent or impossible",
        expected="spacing > 0, position and orientation in every image",
        remedy="Export the original images from the scanner or PACS; 1.0 mm is never assumed.",
    )


def _counted(reasons: Counter[str]) -> str:
    return ", ".join(f"{count} x {reason}" for reason, count in sorted(reasons.items()))


def _series_names(images: Sequence[SliceHeader]) -> str:
    numbers = Counter("?" if i.series_number is None else f"{i.series_number:.0f}" for i in images)
    return ", ".join(f"{count} images of series {number}" for number, count in sorted(numbers.items()))
