"""RTSTRUCT: closed contours in slices of the image, as voxels.

A voxel is inside when its centre is. Even-odd: a contour inside another one is a hole, and so is the inside of a
keyhole. A centre that lies exactly on an edge belongs to the side of the larger index, so that two structures
with a common edge share no voxel. Slices without a contour are never filled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.roi_dicom_seg import image_reference
from tilscope.reading.roi_labels import Segment, choose_segment, name_notes
from tilscope.reading.roi_lattice import Block, Float, empty
from tilscope.reading.roi_source import RoiSource
from tilscope.vocabulary import GeometryError, Grid, RoiError

CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
IN_PLANE_VOXEL = 0.1  # of the distance between slices: contour points are rounded to 0.01 mm and worse
MOST_OFF_VOXEL = 0.5
VOLUME_DIFFERS = 0.05  # between voxels and polygons; more is worth a note
SLICES_SHOWN = 8


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """One closed contour: the index of its slice, and its corners in the slice, shape (n, 2), in voxels."""

    index: int
    off_voxel: float
    corners: Float


def describe_contours(dataset: Any) -> RoiSource:
    """Tell which structures an RTSTRUCT holds and where it belongs."""
    structures = list(dataset.get("StructureSetROISequence", []))
    frames = [str(item.get("ReferencedFrameOfReferenceUID", "")) for item in structures]
    frames += [
        str(item.get("FrameOfReferenceUID", ""))
        for item in dataset.get("ReferencedFrameOfReferenceSequence", [])
    ]
    segments = _segments(dataset)
    return RoiSource(
        "RTSTRUCT",
        tuple(segment.name for segment in segments),
        patient_id=str(dataset.get("PatientID", "")) or None,
        study_uid=str(dataset.get("StudyInstanceUID", "")) or None,
        frame_of_reference_uid=next((frame for frame in frames if frame), None),
        referenced_sop_uids=frozenset(_drawn_on(dataset)),
        notes=name_notes(segments),
        details=tuple(segment.detail for segment in segments),
    )


def contour_blocks(
    dataset: Any, wanted: str | None, reference: Grid, file: Path, *, resample: bool = False
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Return the chosen structure on the image's voxels, and notes.

    Parameters
    ----------
    dataset : pydicom dataset
    wanted : str or None
        Name or number of the structure.
    reference : Grid
        The image's; its slices are those of its axes that the contours are parallel to.
    file : Path
        For messages.
    resample : bool
        Whether contours between slices go to the nearest one.

    Raises
    ------
    RoiError, GeometryError
        ROI-33 no contour, ROI-37 several structures, ROI-42 between slices, ROI-43 outside the image,
        ROI-48 no closed planar contours, or slices left out between two that were drawn.
    """
    segments = _segments(dataset)
    drawn = _contour_items(dataset)
    if not segments:
        raise empty(file, "the RTSTRUCT has no structure")
    segment = choose_segment(segments, [bool(drawn.get(s.label)) for s in segments], wanted, file)
    items = drawn.get(segment.label, [])
    if not items:
        raise empty(file, f"the structure {segment.name!r} has no contour")
    points = [_points(item, file) for item in items]
    axis, contours = _in_slices(points, reference, file)
    contours, notes = _checked(contours, axis, reference, file, resample=resample)
    mask, more = _filled(contours, axis, reference, file)
    return (Block(mask, reference),), (*notes, *more)


def fill_polygon(corners: Float, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which voxel centres lie inside a closed polygon, by the even-odd rule.

    Parameters
    ----------
    corners : ndarray of float, shape (n, 2)
        (row, column) in voxels; the last one is joined to the first.
    shape : tuple of int
        Rows and columns; nothing is drawn outside.
    """
    mask = np.zeros(shape, dtype=bool)
    (y1, x1), (y2, x2) = corners.T, np.roll(corners, -1, axis=0).T
    first = max(0, int(np.ceil(y1.min())))
    last = min(shape[0] - 1, int(np.floor(y1.max())))
    for row in range(first, last + 1):
        crosses = (y1 <= row) != (y2 <= row)
        share = (row - y1[crosses]) / (y2[crosses] - y1[crosses])
        columns = np.sort(x1[crosses] + share * (x2[crosses] - x1[crosses]))
        starts = np.clip(np.ceil(columns), 0, shape[1]).astype(int)
        for start, stop in zip(starts[::2], starts[1::2], strict=True):
            mask[row, start:stop] = True
    return mask


def polygon_area(corners: Float) -> float:
    """Return the area inside a polygon, in voxels (shoelace formula)."""
    (y1, x1), (y2, x2) = corners.T, np.roll(corners, -1, axis=0).T
    return float(abs(np.sum(x1 * y2 - x2 * y1)) / 2)


def _segments(dataset: Any) -> list[Segment]:
    kinds = {
        int(item.ReferencedROINumber): str(item.get("RTROIInterpretedType", "") or "")
        for item in dataset.get("RTROIObservationsSequence", [])
        if "ReferencedROINumber" in item
    }
    return [
        Segment(
            name=str(item.get("ROIName", "") or f"structure {item.ROINumber}"),
            key=f"ROI number {item.ROINumber}",
            label=int(item.ROINumber),
            detail=_joined(
                item.get("ROIDescription"),
                kinds.get(int(item.ROINumber)),
                item.get("ROIGenerationAlgorithm"),
            ),
        )
        for item in dataset.get("StructureSetROISequence", [])
    ]


def _joined(*texts: object) -> str:
    return ", ".join(str(text) for text in texts if text)


def _contour_items(dataset: Any) -> dict[int, list[Any]]:
    return {
        int(item.ReferencedROINumber): list(item.get("ContourSequence", []) or [])
        for item in dataset.get("ROIContourSequence", [])
    }


def _drawn_on(dataset: Any) -> Iterator[str]:
    """Return the images that contours name; where none does, those of the whole structure set."""
    own = [
        name
        for contours in _contour_items(dataset).values()
        for contour in contours
        for image in contour.get("ContourImageSequence", [])
        for name in image_reference(image)
    ]
    yield from own or (
        name
        for frame in dataset.get("ReferencedFrameOfReferenceSequence", [])
        for study in frame.get("RTReferencedStudySequence", [])
        for series in study.get("RTReferencedSeriesSequence", [])
        for image in series.get("ContourImageSequence", [])
        for name in image_reference(image)
    )


def _points(item: Any, file: Path) -> Float:
    """Return the corners of a closed contour, shape (n, 3), LPS mm."""
    kind = str(item.get("ContourGeometricType", "") or "of no stated type")
    if kind not in CLOSED:
        raise _no_contour("the structure is not made of closed contours", kind, "CLOSED_PLANAR", file)
    try:
        values = np.array([float(value) for value in item.get("ContourData", [])])
        points = values.reshape(-1, 3)
    except (TypeError, ValueError) as fault:
        raise _no_contour("a contour is damaged", fault, "x, y and z of every point", file) from fault
    stated = item.get("NumberOfContourPoints")
    if not np.isfinite(points).all() or (stated is not None and int(stated) != len(points)):
        raise _no_contour("a contour is damaged", f"{len(points)} points", f"{stated} finite points", file)
    if len(points) > 1 and np.array_equal(points[0], points[-1]):
        points = points[:-1]
    if len(np.unique(points, axis=0)) < 3:
        raise _no_contour("a contour encloses nothing", f"{len(points)} point(s)", "at least 3", file)
    return points


def _no_contour(message: str, found: object, expected: str, file: Path) -> RoiError:
    return RoiError(
        "ROI-48",
        message,
        file=file,
        found=found,
        expected=expected,
        remedy="Draw the lesion as closed contours in the image's own slices, or export a segmentation.",
    )


def _in_slices(points: Sequence[Float], reference: Grid, file: Path) -> tuple[int, list[Contour]]:
    """Return the axis of the grid across the contours, and the contours in its slices."""
    to_index = np.linalg.inv(reference.index_to_lps())
    indices = [(to_index[:3, :3] @ p.T).T + to_index[:3, 3] for p in points]
    spreads = np.max([np.ptp(index, axis=0) for index in indices], axis=0)
    axis = int(np.argmin(spreads))
    if spreads[axis] > IN_PLANE_VOXEL:
        raise _no_contour(
            "a contour does not lie in a slice of the image",
            f"points {spreads[axis] * reference.spacing_mm[axis]:.2f} mm apart across the slices",
            "contours in the image's slices",
            file,
        )
    rest = [k for k in range(3) if k != axis]
    contours = []
    for index in indices:
        place = float(index[:, axis].mean())
        contours.append(Contour(round(place), place - round(place), index[:, rest]))
    return axis, contours


def _checked(
    contours: Sequence[Contour], axis: int, reference: Grid, file: Path, *, resample: bool
) -> tuple[list[Contour], tuple[str, ...]]:
    """Refuse contours outside the image or between its slices; leave out exact copies."""
    spacing = reference.spacing_mm[axis]
    size = np.delete(np.array(reference.shape), axis)
    for contour in contours:
        beyond = max(
            -contour.index,
            contour.index - (reference.shape[axis] - 1),
            float(np.max(-0.5 - contour.corners)),
            float(np.max(contour.corners - (size - 0.5))),
        )
        if beyond > 0:
            raise GeometryError(
                "ROI-43",
                "a contour lies partly outside the image",
                file=file,
                found=f"{beyond:.2f} voxels beyond its border",
                expected="all contours inside",
                remedy="Check that the contours and the image belong together.",
            )
    notes = []
    off_mm = max(abs(contour.off_voxel) for contour in contours) * spacing
    if off_mm > IN_PLANE_VOXEL * spacing:
        notes.append(_between_slices(contours, off_mm, spacing, file, resample=resample))
    unique = {(c.index, c.corners.tobytes()): c for c in contours}
    if len(unique) < len(contours):
        notes.append(f"ROI-48 {len(contours) - len(unique)} exact copies of contours were left out")
    return list(unique.values()), tuple(notes)


def _between_slices(
    contours: Sequence[Contour], off_mm: float, spacing: float, file: Path, *, resample: bool
) -> str:
    """Return the note on contours that go to the nearest slice, where that was asked for and is clear."""
    planes: dict[int, set[float]] = defaultdict(set)
    for contour in contours:
        planes[contour.index].add(round(contour.off_voxel, 2))
    is_clear = all(len(offsets) == 1 for offsets in planes.values())
    if resample and is_clear:
        return f"ROI-42 contours up to {off_mm:.3f} mm from a slice were taken to the nearest one"
    raise GeometryError(
        "ROI-42",
        "the contours lie between the image's slices",
        file=file,
        found=f"up to {off_mm:.3f} mm from the nearest slice"
        + ("" if is_clear else ", several for one slice"),
        expected=f"at most {IN_PLANE_VOXEL * spacing:.3f} mm",
        remedy="Draw them on this image; or set imaging.resample_masks = true in study.toml, which takes each "
        "contour to its nearest slice where no two of them compete for one.",
    )


def _filled(
    contours: Sequence[Contour], axis: int, reference: Grid, file: Path
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Return the mask, and notes on what filling the contours did."""
    mask = np.zeros(reference.shape, dtype=bool)
    slices = np.moveaxis(mask, axis, 0)
    by_slice: dict[int, list[Contour]] = defaultdict(list)
    for contour in contours:
        by_slice[contour.index].append(contour)
    n_crossing = 0
    ml = 0.0
    for index, own in sorted(by_slice.items()):
        parts = [fill_polygon(contour.corners, slices.shape[1:]) for contour in own]
        slices[index] = np.logical_xor.reduce(parts)
        n_crossing += _cross(parts)
        ml += _enclosed(own, parts) * reference.voxel_volume_mm3 / 1000
    _refuse_left_out(slices, by_slice, file)
    return mask, _notes(slices, sorted(by_slice), n_crossing, ml, reference)


def _cross(parts: Sequence[NDArray[np.bool_]]) -> bool:
    """Tell whether two regions overlap without one being inside the other."""
    for number, one in enumerate(parts):
        for other in parts[number + 1 :]:
            common = one & other
            if common.any() and not np.array_equal(common, one) and not np.array_equal(common, other):
                return True
    return False


def _enclosed(contours: Sequence[Contour], parts: Sequence[NDArray[np.bool_]]) -> float:
    """Return the area of a slice's polygons in voxels; those inside an odd number of others are holes."""
    total = 0.0
    for number, (contour, part) in enumerate(zip(contours, parts, strict=True)):
        depth = sum(
            bool(part.any()) and bool((part & other).sum() == part.sum()) and other.sum() > part.sum()
            for k, other in enumerate(parts)
            if k != number
        )
        total += polygon_area(contour.corners) * (-1 if depth % 2 else 1)
    return total


def _refuse_left_out(slices: NDArray[np.bool_], drawn: Mapping[int, object], file: Path) -> None:
    """Refuse slices without a contour between two whose regions lie over each other: they were forgotten."""
    order = sorted(drawn)
    gaps = [(a, b) for a, b in pairwise(order) if b - a > 1 and (slices[a] & slices[b]).any()]
    if not gaps:
        return
    left_out = [index for a, b in gaps for index in range(a + 1, b)]
    steps = {b - a for a, b in pairwise(order)}
    every = f", one slice in {steps.pop()} is drawn" if len(steps) == 1 else ""
    shown = ", ".join(str(index) for index in left_out[:SLICES_SHOWN])
    raise RoiError(
        "ROI-48",
        "slices between the contours are without one",
        file=file,
        found=f"{len(left_out)} such slice(s){every}: {shown}{', ...' if left_out[SLICES_SHOWN:] else ''} from 0",
        expected="a contour in every slice of the lesion",
        remedy="Draw the missing slices, or interpolate them where the contours were made and look at the "
        "result; two lesions above each other are two structures.",
    )


def _notes(
    slices: NDArray[np.bool_], drawn: Sequence[int], n_crossing: int, ml: float, reference: Grid
) -> tuple[str, ...]:
    notes = []
    if n_crossing:
        notes.append(
            f"ROI-48 contours cross each other in {n_crossing} slice(s); where two overlap is outside (even-odd)"
        )
    if n_empty := sum(not slices[index].any() for index in drawn):
        notes.append(f"ROI-48 the contours of {n_empty} slice(s) enclose no voxel's centre")
    voxels_ml = float(slices.sum()) * reference.voxel_volume_mm3 / 1000
    if abs(voxels_ml - ml) > VOLUME_DIFFERS * ml:
        notes.append(f"ROI-48 the voxels fill {voxels_ml:.3f} ml, the contours {ml:.3f} ml")
    return tuple(notes)
