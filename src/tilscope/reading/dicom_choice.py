"""Which images of an examination are the phases of its DCE.

The rule, in order: MR images that are neither localisers nor computed from others; original ones before
derived ones; of these the group of one plane, one grid, one frame of reference and one protocol (TR, TE,
flip angle within 10 %) in which slice positions repeat most often, gradient echo before spin echo and
diffusion. Images on another grid that are surely phases of it (`is_phase_elsewhere`) are chosen too, as stacks
of their own. A second dynamic series, or a further series of the same plane and protocol of which that is not
sure, is refused: a phase is never left out silently.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tilscope.reading.dicom_geometry import has_geometry
from tilscope.reading.dicom_groups import (
    Group,
    group_images,
    is_phase_elsewhere,
    looks_like_a_phase,
    same_protocol,
)
from tilscope.reading.dicom_headers import SliceHeader
from tilscope.reading.dicom_setting_aside import originals, reason_to_set_aside
from tilscope.vocabulary import GeometryError, SeriesError


@dataclass(frozen=True, slots=True)
class Choice:
    """The images of the DCE, and what was left out.

    Attributes
    ----------
    stacks : tuple of tuple of SliceHeader
        Images of one grid each; the one with most phases first.
    notes : tuple of str
        Rule id first.
    """

    stacks: tuple[tuple[SliceHeader, ...], ...]
    notes: tuple[str, ...]

    @property
    def images(self) -> tuple[SliceHeader, ...]:
        """All images of the DCE."""
        return tuple(image for stack in self.stacks for image in stack)


def choose_dce(headers: Sequence[SliceHeader]) -> Choice:
    """Choose the images of the DCE among all files of one examination.

    Raises
    ------
    SeriesError, GeometryError
        IMG-04 two dynamic series; IMG-15 phases on other grids; IMG-16 no geometry; IMG-30 frames that cannot
        be told apart; IMG-31 no image at all.
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
    unread = [image for image in images if image.unread]
    groups, left_out = _choose_groups([image for image in images if not image.unread], unread)
    if left_out:
        notes.append(
            f"IMG-31 set aside: {_series_names(left_out)}, not of the dynamic series' plane and protocol"
        )
    if unread:
        notes.append(
            f"IMG-30 set aside: {len(unread)} multi-frame file(s) of another series whose frames cannot be told apart"
        )
    return Choice(tuple(tuple(group.images) for group in groups), tuple(notes))


def _choose_groups(
    images: Sequence[SliceHeader], unread: Sequence[SliceHeader]
) -> tuple[list[Group], list[SliceHeader]]:
    placed = [image for image in images if has_geometry(image)]
    if not placed:
        raise _no_frames(unread[0]) if unread else _no_geometry(images[0])
    groups = sorted(
        group_images(placed), key=lambda g: (g.is_spin_echo_or_planar, -g.n_repeats, -len(g.images))
    )
    stacks = [group for group in groups if group.n_positions > 1] or groups
    best = stacks[0]
    series = {image.series_uid for image in best.images}
    for image in images:
        if image.series_uid in series and not has_geometry(image):
            raise _no_geometry(image)
    for image in unread:
        if image.series_uid in series or best.n_repeats == 1 or _may_be_phase(image, best.first):
            raise _no_frames(image)
    chosen = [best, *(group for group in groups if group is not best and is_phase_elsewhere(best, group))]
    for group in groups:
        if not any(group is other for other in chosen):
            _refuse_stray_phase(best, group)
            _refuse_second_dynamic(best, group)
    kept = {id(image) for group in chosen for image in group.images}
    return chosen, [image for image in images if id(image) not in kept]


def _may_be_phase(image: SliceHeader, of: SliceHeader) -> bool:
    return (image.rows, image.columns) == (of.rows, of.columns) and same_protocol(image, of)


def _refuse_stray_phase(best: Group, other: Group) -> None:
    """Refuse when ``other`` looks like a phase of ``best`` on another grid or in another frame."""
    if not looks_like_a_phase(best, other):
        return
    a, b = best.first, other.first
    is_one_frame = a.frame_of_reference == b.frame_of_reference
    raise GeometryError(
        "IMG-15",
        "phases lie on different grids"
        + (" and are not surely of one dynamic" if is_one_frame else " or in different frames of reference"),
        file=b.file.parent,
        found=f"{_describe(a)}, and {_describe(b)}",
        expected="one grid for all phases, or one frame of reference, protocol (TR, TE) and order in time",
        remedy="Export all phases of one examination, or move the series that does not belong out of the folder.",
    )


def _refuse_second_dynamic(best: Group, other: Group) -> None:
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


def _no_frames(image: SliceHeader) -> SeriesError:
    return SeriesError(
        "IMG-30",
        "the frames of a multi-frame file cannot be told apart",
        file=image.file,
        found=image.unread,
        expected="enhanced MR with the position, orientation and spacing of every frame",
        remedy="Export the original enhanced MR, or classic MR Image Storage; the first frame alone is never read.",
    )


def _counted(reasons: Counter[str]) -> str:
    return ", ".join(f"{count} x {reason}" for reason, count in sorted(reasons.items()))


def _series_names(images: Sequence[SliceHeader]) -> str:
    numbers = Counter("?" if i.series_number is None else f"{i.series_number:.0f}" for i in images)
    return ", ".join(f"{count} images of series {number}" for number, count in sorted(numbers.items()))
