"""Masks from every format that readers hand over, on the image's own voxels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.dicom_headers import RT_STRUCTURE_SET, SEGMENTATION
from tilscope.reading.doors import existing_file
from tilscope.reading.roi_dicom_seg import describe_seg, open_dicom, referenced_images, seg_blocks
from tilscope.reading.roi_label_maps import describe_label_map, label_map_blocks
from tilscope.reading.roi_lattice import SNAP_VOXEL, place
from tilscope.reading.roi_source import RoiSource
from tilscope.reading.volume_files import READERS
from tilscope.vocabulary import Grid, RoiError, Volume


def read_roi(
    file: Path | str,
    reference: Volume | Grid,
    segment: str | None = None,
    *,
    snap_voxel: float = SNAP_VOXEL,
    min_voxels: int = 1,
) -> NDArray[np.bool_]:
    """Read a lesion mask onto the grid of the image that it was drawn on.

    Parameters
    ----------
    file : path
        NIfTI, NRRD, 3D Slicer ``.seg.nrrd``, or DICOM SEG.
    reference : Volume or Grid
        The image.
    segment : str, optional
        Name, id or label value; needed where the file holds several.
    snap_voxel : float, in (0, 0.5]
        How far from the image's lattice a mask may lie, in voxels; more than the default only if asked for.
    min_voxels : int
        Smallest lesion (ROI-34).

    Returns
    -------
    ndarray of bool, shape of the reference (z, y, x)

    Raises
    ------
    InputError
        ROI-00 missing, ROI-33 empty, ROI-34 too small, ROI-37 several segments, ROI-39 no mask, ROI-42 another
        grid, ROI-43 outside the image, ROI-44 position lost, ROI-48 damaged or contours, IMG-22 truncated.
    """
    path = existing_file(file, "ROI-00", RoiError)
    grid = reference.grid if isinstance(reference, Volume) else reference
    if is_dicom(path):
        blocks = seg_blocks(_segmentation(path), segment, grid, path)
    else:
        _refuse_unknown_ending(path)
        blocks = label_map_blocks(path, segment)
    mask = place(blocks, grid, file=path, snap_voxel=snap_voxel)
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
    return mask


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
    dataset = open_dicom(path)
    if str(dataset.get("SOPClassUID", "")) == RT_STRUCTURE_SET:
        return _describe_contours(dataset)
    return describe_seg(_segmentation(path))


def roi_notes(mask: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return what a human should know of a mask: one slice (ROI-35), border (ROI-43), components (ROI-47)."""
    from scipy import ndimage

    notes = []
    if int(mask.any(axis=(1, 2)).sum()) == 1:
        notes.append("ROI-35 the lesion is drawn on one slice; three-dimensional shape means nothing")
    faces = [np.take(mask, index, axis=axis).any() for axis in range(3) for index in (0, -1)]
    if any(faces):
        notes.append("ROI-43 the lesion touches the border of the image")
    n_parts = int(ndimage.label(mask, np.ones((3, 3, 3)))[1])
    if n_parts > 1:
        notes.append(f"ROI-47 the lesion has {n_parts} separate parts")
    return tuple(notes)


def is_dicom(path: Path) -> bool:
    """Tell whether a file is DICOM, by its preamble."""
    with path.open("rb") as stream:
        return stream.read(132)[128:] == b"DICM"


def _segmentation(path: Path) -> object:
    dataset = open_dicom(path)
    sop_class = str(dataset.get("SOPClassUID", ""))
    if sop_class == SEGMENTATION:
        return dataset
    if sop_class == RT_STRUCTURE_SET:
        names = ", ".join(repr(name) for name in _describe_contours(dataset).segments)
        raise RoiError(
            "ROI-48",
            "contours (RTSTRUCT) are not read yet",
            file=path,
            found=f"structures {names}",
            expected="DICOM SEG, .seg.nrrd, NRRD or NIfTI",
            remedy="Load it in 3D Slicer (SlicerRT) and export a segmentation on this image.",
        )
    raise RoiError(
        "ROI-39",
        "this DICOM file is no segmentation",
        file=path,
        found=f"SOP class {sop_class or 'absent'}",
        expected="DICOM SEG",
        remedy="Name the file of the mask.",
    )


def _describe_contours(dataset: object) -> RoiSource:
    get = getattr(dataset, "get")  # noqa: B009  (pydicom's datasets are untyped)
    frames = [
        str(item.get("FrameOfReferenceUID", "")) for item in get("ReferencedFrameOfReferenceSequence", [])
    ]
    return RoiSource(
        "RTSTRUCT",
        tuple(str(item.get("ROIName", "")) for item in get("StructureSetROISequence", [])),
        patient_id=str(get("PatientID", "")) or None,
        study_uid=str(get("StudyInstanceUID", "")) or None,
        frame_of_reference_uid=next((frame for frame in frames if frame), None),
        referenced_sop_uids=frozenset(referenced_images(dataset)),
    )


def _refuse_unknown_ending(path: Path) -> None:
    if not any(path.name.lower().endswith(ending) for ending, _ in READERS):
        raise RoiError(
            "ROI-39",
            "this kind of file is not a mask that can be read",
            file=path,
            expected="DICOM SEG, .seg.nrrd, .nrrd, .nii or .nii.gz",
            remedy="Export the mask in one of these formats.",
        )
