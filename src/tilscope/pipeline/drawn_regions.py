"""Which ROIs of a mask file `tilscope extract` takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tilscope.reading import check_roi_belongs, describe_roi, place_roi, read_labels, scan_dicom
from tilscope.reading.roi_files import is_dicom
from tilscope.vocabulary import Grid, RoiError

ALL = "all"
CHOOSE = "Choose one with --label (or a column Label), or take each in turn with --label all."
MOST_LABELS_SHOWN = 12
COUNTED_LABELS = 1 << 20  # labels below this are counted, which is faster than sorting them


@dataclass(frozen=True, eq=False)
class Region:
    """One ROI.

    Attributes
    ----------
    label : str
        Its value, or its name where the file has names.
    mask : ndarray of bool, shape (z, y, x)
        On the image's grid.
    labels : ndarray of uint32, shape (z, y, x)
        All labels of the file, or 1 inside the ROI where they cannot lie in one array.
    notes : tuple of str
        What reading the ROI took (rule id first).
    """

    label: str
    mask: NDArray[np.bool_]
    labels: NDArray[np.uint32]
    notes: tuple[str, ...] = ()


def drawn_regions(file: Path, grid: Grid, wanted: str | None) -> tuple[Region, ...]:
    """Return the ROIs of a mask file.

    Parameters
    ----------
    file : Path
    grid : Grid
        The image's. A label map on this very grid is taken as it is; other masks are placed as `place_roi` does.
    wanted : str or None
        Label value or segment's name; ``"all"`` for each; None when there must be one only.

    Raises
    ------
    InputError
        ROI-33 empty, ROI-37 several and none chosen, or the chosen one is not there; else as `place_roi`.
    """
    labels = read_labels(file, grid)
    if labels is None:
        return _placed_regions(file, grid, wanted)
    present = _values(labels)
    if not present:
        raise RoiError(
            "ROI-33",
            "the mask is empty",
            file=file,
            found="no voxel inside",
            expected="a drawn lesion",
            remedy="Draw the lesion, or pick the mask that holds it.",
        )
    return tuple(Region(str(value), labels == value, labels) for value in _chosen(present, wanted, file))


def refuse_foreign(mask: Path, images: Sequence[Path]) -> None:
    """Refuse a DICOM mask that names another examination than the DICOM folder it is used with (ROI-46)."""
    if not (mask.is_file() and is_dicom(mask)):
        return
    for image in images:
        examinations = scan_dicom(image).examinations if image.is_dir() else ()
        if len(examinations) == 1:
            check_roi_belongs(describe_roi(mask), examinations[0], mask)


def _values(labels: NDArray[np.uint32]) -> list[int]:
    few = int(labels.max()) < COUNTED_LABELS
    found = np.flatnonzero(np.bincount(labels.ravel())) if few else np.unique(labels)
    return [int(value) for value in found if value]


def _chosen(present: list[int], wanted: str | None, file: Path) -> list[int]:
    if wanted == ALL or (wanted is None and len(present) == 1):
        return present
    if wanted is None:
        raise _unclear("the mask holds several labels, and none is chosen", present, file)
    if wanted.strip() not in map(str, present):
        raise _unclear(f"the mask has no label {wanted}", present, file)
    return [int(wanted)]


def _placed_regions(file: Path, grid: Grid, wanted: str | None) -> tuple[Region, ...]:
    source = describe_roi(file)
    is_plain = source.kind in ("NIfTI", "NRRD")
    if is_plain and wanted not in (None, ALL, *source.segments):
        raise _unclear(f"the mask has no label {wanted}", source.segments, file)
    names = source.segments if wanted == ALL else (wanted,)
    regions = []
    for name in names:
        try:
            placed = place_roi(file, grid, name)
        except RoiError as error:
            if error.rule == "ROI-37":
                raise _unclear(error.message, source.segments, file) from error
            raise
        label = name or (source.segments[0] if len(source.segments) == 1 else "")
        regions.append(Region(label, placed.mask, placed.mask.astype(np.uint32), placed.notes))
    return tuple(regions)


def _unclear(message: str, present: Sequence[object], file: Path) -> RoiError:
    more = f" and {len(present) - MOST_LABELS_SHOWN} more" if len(present) > MOST_LABELS_SHOWN else ""
    shown = ", ".join(str(label) for label in present[:MOST_LABELS_SHOWN]) + more
    return RoiError("ROI-37", message, file=file, found=shown, expected="one ROI", remedy=CHOOSE)
