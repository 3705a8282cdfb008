"""Masks from every format that readers hand over, on the image's own voxels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.dicom_headers import RT_STRUCTURE_SET
from tilscope.reading.dicom_setting_aside import SEGMENTATION_CLASSES
from tilscope.reading.doors import existing_file
from tilscope.reading.roi_contours import contour_blocks, describe_contours
from tilscope.reading.roi_dicom_seg import describe_seg, open_dicom, seg_blocks
from tilscope.reading.roi_label_maps import describe_label_map, label_map_blocks
from tilscope.reading.roi_lattice import Block, place
from tilscope.reading.roi_parts import largest_part
from tilscope.reading.roi_resampling import resample
from tilscope.reading.roi_source import RoiSource
from tilscope.reading.volume_files import READERS
from tilscope.vocabulary import GeometryError, Grid, RoiError, Volume


@dataclass(frozen=True, slots=True, eq=False)
class PlacedRoi:
    """A lesion mask on its image's voxels, and what was done to it (rule id first)."""

    mask: NDArray[np.bool_]
    notes: tuple[str, ...] = ()


def read_roi(
    file: Path | str, reference: Volume | Grid, segment: str | None = None, *, min_voxels: int = 1
) -> NDArray[np.bool_]:
    """Read a lesion mask onto the grid of the image that it was drawn on; see `place_roi`.

    Returns
    -------
    ndarray of bool, shape of the reference (z, y, x)
    """
    return place_roi(file, reference, segment, min_voxels=min_voxels).mask


def place_roi(
    file: Path | str,
    reference: Volume | Grid,
    segment: str | None = None,
    *,
    min_voxels: int = 1,
    resample_masks: bool = False,
    largest_lesion_only: bool = False,
) -> PlacedRoi:
    """Read a lesion mask onto the grid of the image that it was drawn on, and say what that took.

    Parameters
    ----------
    file : path
        NIfTI, NRRD, 3D Slicer ``.seg.nrrd``, DICOM SEG, or RTSTRUCT.
    reference : Volume or Grid
        The image.
    segment : str, optional
        Name, id or label value; needed where the file holds several.
    min_voxels : int
        Smallest lesion (ROI-34).
    resample_masks : bool
        Whether a mask on another grid in the same space is resampled; else it is refused (ROI-42).
    largest_lesion_only : bool
        Whether only the largest of several separate parts is kept.

    Raises
    ------
    InputError
        ROI-00 missing, ROI-33 empty, ROI-34 too small, ROI-37 several segments, ROI-39 no mask, ROI-42 another
        grid, ROI-43 outside the image, ROI-44 position lost, ROI-48 damaged or no closed contours, IMG-22
        truncated.
    """
    path = existing_file(file, "ROI-00", RoiError)
    grid = reference.grid if isinstance(reference, Volume) else reference
    blocks, notes = _blocks(path, grid, segment, resample_masks=resample_masks)
    try:
        mask = place(blocks, grid, file=path)
    except GeometryError as fault:
        if not resample_masks or fault.rule != "ROI-42":
            raise
        mask, resampling = resample(blocks, grid, path)
        notes += resampling
    if largest_lesion_only:
        mask, removal = largest_part(mask, grid.voxel_volume_mm3)
        notes += removal
    n_voxels = int(np.count_nonzero(mask))
    if n_voxels < min_voxels:
        raise RoiError(
            "ROI-34",
            "the lesion is too small for texture",
            file=path,
            found=f"{n_voxels} voxels",
            expected=f"at least {min_voxels}",
            remedy="Check the mask, or lower the least number of voxels in the settings.",
        )
    return PlacedRoi(mask, notes)


def _blocks(
    path: Path, grid: Grid, segment: str | None, *, resample_masks: bool
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Return the parts of the chosen mask, and notes on how it was read."""
    if not is_dicom(path):
        _refuse_unknown_ending(path)
        return label_map_blocks(path, segment), ()
    dataset = _dataset(path)
    if _sop_class(dataset) == RT_STRUCTURE_SET:
        return contour_blocks(dataset, segment, grid, path, resample=resample_masks)
    return seg_blocks(dataset, segment, grid, path)


def describe_roi(file: Path | str) -> RoiSource:
    """Tell what a mask file holds, without placing it.

    Raises
    ------
    InputError
        ROI-00 missing, ROI-48 damaged, ROI-39 no mask.
    """
    path = existing_file(file, "ROI-00", RoiError)
    if not is_dicom(path):
        _refuse_unknown_ending(path)
        return describe_label_map(path)
    dataset = _dataset(path)
    if _sop_class(dataset) == RT_STRUCTURE_SET:
        return describe_contours(dataset)
    return describe_seg(dataset)


def is_dicom(path: Path) -> bool:
    """Tell whether a file is DICOM, by its preamble."""
    with path.open("rb") as stream:
        return stream.read(132)[128:] == b"DICM"


def _sop_class(dataset: Any) -> str:
    return str(dataset.get("SOPClassUID", ""))


def _dataset(path: Path) -> Any:
    """Return the dataset of a DICOM mask; any other kind of DICOM is refused (ROI-39)."""
    dataset = open_dicom(path)
    if _sop_class(dataset) in SEGMENTATION_CLASSES:
        return dataset
    raise RoiError(
        "ROI-39",
        "this DICOM file is no segmentation",
        file=path,
        found=f"SOP class {_sop_class(dataset) or 'absent'}",
        expected="a DICOM SEG or an RTSTRUCT",
        remedy="Name the file of the mask.",
    )


def _refuse_unknown_ending(path: Path) -> None:
    if not any(path.name.lower().endswith(ending) for ending, _ in READERS):
        raise RoiError(
            "ROI-39",
            "this kind of file is not a mask that can be read",
            file=path,
            expected="DICOM SEG, RTSTRUCT, .seg.nrrd, .nrrd, .nii or .nii.gz",
            remedy="Export the mask in one of these formats.",
        )
