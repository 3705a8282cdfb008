"""DICOM Segmentation objects: binary, fractional (from one half of the maximum on), and label maps."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.roi_labels import Segment, choose_segment, name_notes
from tilscope.reading.roi_lattice import Block, empty
from tilscope.reading.roi_source import RoiSource
from tilscope.vocabulary import GeometryError, Grid, RoiError

BINARY, FRACTIONAL, LABELMAP = "BINARY", "FRACTIONAL", "LABELMAP"


def open_dicom(file: Path) -> Any:
    """Return the dataset of a DICOM file that is no image."""
    import pydicom

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pydicom.dcmread(file)
    except Exception as fault:
        raise RoiError(
            "ROI-48", "the DICOM file is cut or damaged", file=file, found=fault, remedy="Export it again."
        ) from fault


def describe_seg(dataset: Any) -> RoiSource:
    """Tell which segments a DICOM SEG holds, what it says of them, and where it belongs."""
    segments = _segments(dataset)
    return RoiSource(
        "DICOM SEG",
        tuple(segment.name for segment in segments),
        patient_id=str(dataset.get("PatientID", "")) or None,
        study_uid=str(dataset.get("StudyInstanceUID", "")) or None,
        frame_of_reference_uid=str(dataset.get("FrameOfReferenceUID", "")) or None,
        referenced_sop_uids=frozenset(referenced_images(dataset)),
        notes=name_notes(segments),
        details=tuple(segment.detail for segment in segments),
    )


def seg_blocks(
    dataset: Any, wanted: str | None, reference: Grid, file: Path
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Return the chosen segment's frames, one slice each, where they lie, and notes.

    Raises
    ------
    RoiError, GeometryError
        ROI-33 empty, ROI-37 several segments, ROI-39 no known kind, ROI-44 no position, ROI-48 truncated.
    """
    kind = _kind(dataset, file)
    segments = _segments(dataset)
    if not segments:
        raise empty(file, "the DICOM SEG has no segment")
    values = _pixels(dataset, file)
    numbers = [0 if kind == LABELMAP else _segment_number(dataset, i) for i in range(len(values))]
    full = int(dataset.get("MaximumFractionalValue", 255)) if kind == FRACTIONAL else 1
    frames = {s.label: _frames_of(s.label, kind, values, numbers, full) for s in segments}
    segment = choose_segment(segments, [bool(frames[s.label]) for s in segments], wanted, file)
    own = frames[segment.label]
    if not own:
        raise empty(file, f"the segment {segment.name!r} is empty")
    blocks = tuple(
        Block(frame[np.newaxis], _frame_grid(dataset, i, reference, file), _step_mm(dataset, i))
        for i, frame in own.items()
    )
    return blocks, _fraction_notes(dataset, segment, values, numbers, full) if kind == FRACTIONAL else ()


def _frames_of(
    label: int, kind: str, values: NDArray[Any], numbers: list[int], full: int
) -> dict[int, NDArray[np.bool_]]:
    """Return a segment's frames that hold anything, by their number."""
    if kind == LABELMAP:
        return {i: frame == label for i, frame in enumerate(values) if (frame == label).any()}
    # one half of the maximum counts as inside
    own = ((i, 2 * values[i].astype(np.int64) >= full) for i, number in enumerate(numbers) if number == label)
    return {i: frame for i, frame in own if frame.any()}


def _fraction_notes(
    dataset: Any, segment: Segment, values: NDArray[Any], numbers: list[int], full: int
) -> tuple[str, ...]:
    own = values[[i for i, number in enumerate(numbers) if number == segment.label]]
    n_between = int(np.count_nonzero((own > 0) & (own < full)))
    if not n_between:
        return ()
    kind = str(dataset.get("SegmentationFractionalType", "") or "of no stated type")
    return (
        f"ROI-39 the DICOM SEG is fractional ({kind}): from 0.5 of {full} on a voxel is inside; "
        f"{n_between} voxels lay between 0 and {full}",
    )


def referenced_images(dataset: Any) -> Iterator[str]:
    """Return the SOP instance UIDs that a dataset refers to, at any depth; of frames ``1.2.3#12``, from 1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for element in dataset:
            if element.VR == "SQ":
                for item in element.value:
                    yield from image_reference(item)
                    yield from referenced_images(item)


def image_reference(item: Any) -> Iterator[str]:
    """Return the image that an item of a sequence names, or its frames where it names some."""
    uid = str(item.get("ReferencedSOPInstanceUID", "") or "")
    if not uid:
        return
    frames = item.get("ReferencedFrameNumber")
    numbers = [] if frames in (None, "") else ([frames] if isinstance(frames, (int, str)) else list(frames))
    yield from [f"{uid}#{int(number)}" for number in numbers] or [uid]


def _segments(dataset: Any) -> list[Segment]:
    # a label map may describe its background, with the number 0
    return [
        Segment(
            name=str(item.get("SegmentLabel", "") or f"segment {item.SegmentNumber}"),
            key=f"segment number {item.SegmentNumber}",
            label=int(item.SegmentNumber),
            detail=_detail(item),
        )
        for item in dataset.get("SegmentSequence", [])
        if int(item.SegmentNumber) != 0
    ]


def _detail(item: Any) -> str:
    """Return what a segment says of itself: description, type, algorithm."""
    types = item.get("SegmentedPropertyTypeCodeSequence", []) or []
    texts = [
        item.get("SegmentDescription"),
        *(code.get("CodeMeaning") for code in types),
        item.get("SegmentAlgorithmType"),
        item.get("SegmentAlgorithmName"),
    ]
    return ", ".join(str(text) for text in texts if text)


def _kind(dataset: Any, file: Path) -> str:
    kind = str(dataset.get("SegmentationType", ""))
    if kind not in (BINARY, FRACTIONAL, LABELMAP):
        raise RoiError(
            "ROI-39",
            "this kind of DICOM SEG is not read",
            file=file,
            found=kind or "no SegmentationType",
            expected=f"{BINARY}, {FRACTIONAL} or {LABELMAP}",
            remedy="Export a binary segmentation.",
        )
    return kind


def _pixels(dataset: Any, file: Path) -> NDArray[Any]:
    bits = int(dataset.BitsAllocated) * int(dataset.NumberOfFrames) * int(dataset.Rows) * int(dataset.Columns)
    stored = len(dataset.get("PixelData") or b"")
    syntax = dataset.file_meta.TransferSyntaxUID
    is_compressed = not syntax.is_transfer_syntax or syntax.is_compressed
    if stored == 0 or (not is_compressed and stored * 8 < bits):
        raise RoiError(
            "ROI-48",
            "the DICOM SEG is truncated",
            file=file,
            found=f"{stored} bytes of pixels",
            expected=f"{-(-bits // 8)} bytes",
            remedy="Export it again.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values: NDArray[Any] = np.asarray(dataset.pixel_array)
    except Exception as fault:
        raise RoiError(
            "ROI-48",
            "the DICOM SEG cannot be decoded",
            file=file,
            found=fault,
            remedy="Export it uncompressed.",
        ) from fault
    return values.reshape(-1, int(dataset.Rows), int(dataset.Columns))


def _group(dataset: Any, frame: int, name: str) -> Any:
    """Return a functional group of a frame: its own, or the shared one."""
    groups = (
        dataset.get("PerFrameFunctionalGroupsSequence", [None] * (frame + 1))[frame],
        *dataset.get("SharedFunctionalGroupsSequence", []),
    )
    return next((group[name][0] for group in groups if group is not None and name in group), None)


def _segment_number(dataset: Any, frame: int) -> int:
    item = _group(dataset, frame, "SegmentIdentificationSequence")
    return 0 if item is None else int(item.ReferencedSegmentNumber)


def _step_mm(dataset: Any, frame: int) -> float | None:
    """Return the distance between slices that the file states, if it states one."""
    measures = _group(dataset, frame, "PixelMeasuresSequence")
    value = None if measures is None else measures.get("SpacingBetweenSlices", measures.get("SliceThickness"))
    return float(value) if value else None


def _frame_grid(dataset: Any, frame: int, reference: Grid, file: Path) -> Grid:
    """Return the grid of one frame; along its normal it takes the reference's spacing."""
    position = _group(dataset, frame, "PlanePositionSequence")
    orientation = _group(dataset, frame, "PlaneOrientationSequence")
    measures = _group(dataset, frame, "PixelMeasuresSequence")
    if position is None or orientation is None or measures is None:
        raise GeometryError(
            "ROI-44",
            "the DICOM SEG does not say where its frames lie",
            file=file,
            expected="plane position, plane orientation and pixel measures",
            remedy="Export it again from software that writes them.",
        )
    cosines = np.array(orientation.ImageOrientationPatient, dtype=float)
    row, column = cosines[:3], cosines[3:]
    normal = np.cross(row, column)
    axes = np.column_stack([row, column, normal])
    across = 2 - int(np.argmax(np.abs(normal @ np.array(reference.direction))))
    spacing_y, spacing_x = (float(value) for value in measures.PixelSpacing)
    x, y, z = (float(value) for value in position.ImagePositionPatient)
    rows = [(float(a), float(b), float(c)) for a, b, c in axes]
    return Grid(
        (1, int(dataset.Rows), int(dataset.Columns)),
        (reference.spacing_mm[across], spacing_y, spacing_x),
        (x, y, z),
        (rows[0], rows[1], rows[2]),
    )
