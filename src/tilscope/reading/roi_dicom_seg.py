"""DICOM Segmentation objects: binary ones, and fractional ones that hold only 0 and the maximum."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.roi_labels import Segment, choose_segment
from tilscope.reading.roi_lattice import Block, empty
from tilscope.reading.roi_source import RoiSource
from tilscope.vocabulary import GeometryError, Grid, RoiError


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
    """Tell which segments a DICOM SEG holds and where it belongs."""
    return RoiSource(
        "DICOM SEG",
        tuple(segment.name for segment in _segments(dataset)),
        patient_id=str(dataset.get("PatientID", "")) or None,
        study_uid=str(dataset.get("StudyInstanceUID", "")) or None,
        frame_of_reference_uid=str(dataset.get("FrameOfReferenceUID", "")) or None,
        referenced_sop_uids=frozenset(referenced_images(dataset)),
    )


def seg_blocks(dataset: Any, wanted: str | None, reference: Grid, file: Path) -> tuple[Block, ...]:
    """Return the chosen segment's frames, one slice each, where they lie.

    Raises
    ------
    RoiError, GeometryError
        ROI-33 empty, ROI-37 several segments, ROI-39 probabilities, ROI-44 no position, ROI-48 truncated.
    """
    segments = _segments(dataset)
    frames = _frames(dataset, file)
    numbers = [_segment_number(dataset, i) for i in range(len(frames))]
    has_voxels = [bool(frame.any()) for frame in frames]
    filled = [any(n == s.label and has for n, has in zip(numbers, has_voxels, strict=True)) for s in segments]
    if not segments:
        raise empty(file, "the DICOM SEG has no segment")
    segment = choose_segment(segments, filled, wanted, file)
    own = [i for i, number in enumerate(numbers) if number == segment.label and has_voxels[i]]
    if not own:
        raise empty(file, f"the segment {segment.name!r} is empty")
    return tuple(Block(frames[i][np.newaxis], _frame_grid(dataset, i, reference, file)) for i in own)


def referenced_images(dataset: Any) -> Iterable[str]:
    """Return the SOP instance UIDs that a dataset refers to, at any depth."""
    import pydicom

    found: list[str] = []

    def visit(_: Any, element: Any) -> None:
        if element.keyword == "ReferencedSOPInstanceUID" and element.value:
            found.append(str(element.value))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reduced = pydicom.Dataset({e.tag: e for e in dataset if e.VR == "SQ"})
        reduced.walk(visit)
    return found


def _segments(dataset: Any) -> list[Segment]:
    return [
        Segment(
            name=str(item.get("SegmentLabel", "") or f"segment {item.SegmentNumber}"),
            key=f"segment number {item.SegmentNumber}",
            label=int(item.SegmentNumber),
        )
        for item in dataset.get("SegmentSequence", [])
    ]


def _frames(dataset: Any, file: Path) -> NDArray[np.bool_]:
    """Return the frames as booleans of shape (frames, rows, columns)."""
    kind = str(dataset.get("SegmentationType", ""))
    if kind not in ("BINARY", "FRACTIONAL"):
        raise RoiError(
            "ROI-39",
            "this kind of DICOM SEG is not read",
            file=file,
            found=kind or "no SegmentationType",
            expected="BINARY",
            remedy="Export a binary segmentation.",
        )
    values = _pixels(dataset, file)
    if kind == "BINARY":
        return values != 0
    full = int(dataset.get("MaximumFractionalValue", 255))
    if not np.isin(np.unique(values), (0, full)).all():
        raise RoiError(
            "ROI-39",
            "the DICOM SEG holds probabilities or occupancies, not a mask",
            file=file,
            found=f"values between 0 and {full}",
            expected="a binary segmentation",
            remedy="Export it as BINARY.",
        )
    return values == full


def _pixels(dataset: Any, file: Path) -> NDArray[Any]:
    bits = int(dataset.BitsAllocated) * int(dataset.NumberOfFrames) * int(dataset.Rows) * int(dataset.Columns)
    stored = len(dataset.get("PixelData") or b"")
    is_compressed = dataset.file_meta.TransferSyntaxUID.is_compressed
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
