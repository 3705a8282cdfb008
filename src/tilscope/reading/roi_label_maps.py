"""Masks in NIfTI and NRRD files, 3D Slicer's ``.seg.nrrd`` among them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.images import RawImage
from tilscope.reading.roi_labels import Segment, choose_segment, value_notes, whole_labels
from tilscope.reading.roi_lattice import Block, empty
from tilscope.reading.roi_source import RoiSource
from tilscope.reading.volume_files import read_raw_image
from tilscope.vocabulary import GeometryError, RoiError

SLICER_SEGMENT = re.compile(r"Segment(\d+)_(ID|Name|LabelValue|Layer)")


def describe_label_map(file: Path) -> RoiSource:
    """Tell which segments a NIfTI or NRRD mask holds."""
    raw = read_raw_mask(file)
    layers = _layers(raw, file)
    segments = _segments(raw.header, layers)
    is_slicer = bool(_slicer_segments(raw.header))
    kind = (
        "Slicer segmentation" if is_slicer else ("NRRD" if file.name.lower().endswith(".nrrd") else "NIfTI")
    )
    notes = () if is_slicer else value_notes([segment.label for segment in segments])
    return RoiSource(kind, tuple(segment.name for segment in segments), notes=notes)


def label_map_blocks(file: Path, wanted: str | None) -> tuple[Block, ...]:
    """Return the chosen segment of a NIfTI or NRRD mask on the file's own grid."""
    raw = read_raw_mask(file)
    layers = _layers(raw, file)
    segments = _segments(raw.header, layers)
    if not segments or layers[..., 0].size == 1:
        raise empty(file)
    filled = [bool((layers[..., s.layer] == s.label).any()) for s in segments]
    segment = choose_segment(segments, filled, wanted, file)
    mask = layers[..., segment.layer] == segment.label
    if not mask.any():
        raise empty(file, f"the segment {segment.name!r} is empty")
    return (Block(mask, raw.grid),)


def read_raw_mask(file: Path) -> RawImage:
    """Read a NIfTI or NRRD mask as it lies on disk; without a position it is ROI-44."""
    try:
        return read_raw_image(file)
    except GeometryError as fault:
        if fault.rule != "IMG-28":
            raise
        raise GeometryError(
            "ROI-44",
            f"the mask has no position in space: {fault.message}",
            file=file,
            found=fault.found,
            expected=fault.expected,
            remedy="Export it again with the image's geometry (3D Slicer: choose the image as reference volume).",
        ) from fault


def _layers(raw: RawImage, file: Path) -> NDArray[Any]:
    """Return whole labels of shape (z, y, x, layers)."""
    array = raw.array if raw.array.ndim == 4 else raw.array[..., np.newaxis]
    if array.ndim != 4:
        raise RoiError(
            "ROI-39", "the mask has too many dimensions", file=file, found=f"{array.ndim}", expected="3"
        )
    return whole_labels(array, file)


def _segments(header: Mapping[str, str], layers: NDArray[Any]) -> list[Segment]:
    """Return Slicer's named segments, or one nameless segment per label value."""
    named = _slicer_segments(header)
    if named:
        return [segment for segment in named if segment.layer < layers.shape[3]]
    return [
        Segment(str(label), "", int(label), layer)
        for layer in range(layers.shape[3])
        for label in np.unique(layers[..., layer])
        if label
    ]


def _slicer_segments(header: Mapping[str, str]) -> list[Segment]:
    fields: dict[int, dict[str, str]] = {}
    for key, value in header.items():
        if match := SLICER_SEGMENT.fullmatch(key):
            fields.setdefault(int(match[1]), {})[match[2]] = value
    return [
        Segment(
            name=own.get("Name", own.get("ID", f"segment {number}")),
            key=own.get("ID", f"Segment_{number}"),
            label=int(own.get("LabelValue", "1")),
            layer=int(own.get("Layer", "0")),
        )
        for number, own in sorted(fields.items())
    ]
