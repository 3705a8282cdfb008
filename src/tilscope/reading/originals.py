"""Images and label maps in the file's own numbers, for features that must be equal to PyRadiomics'.

PyRadiomics reads through ITK. Its filters and its resampling work, and round, in the type that the voxels have
there, and its shape features take the spacing that ITK reports; `read_volume` changes both in the last digits.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.doors import existing_file
from tilscope.reading.images import RawImage
from tilscope.reading.roi_files import is_dicom
from tilscope.reading.roi_label_maps import read_raw_mask
from tilscope.reading.roi_labels import whole_labels
from tilscope.reading.volume_files import read_one_volume
from tilscope.vocabulary import GeometryError, Grid, RoiError

SPACING_ROUNDING = 1e-4  # pixdim and sform are float32; a larger share is a contradiction


def read_original(file: Path | str) -> RawImage:
    """Read one image file as ITK does.

    Parameters
    ----------
    file : path
        ``.nii``, ``.nii.gz`` or ``.nrrd``.

    Returns
    -------
    RawImage
        ``array`` (z, y, x) in the type of the file (int16 stays int16), or float32 where whole numbers are
        scaled; ``grid`` with the spacing that the header states.

    Raises
    ------
    InputError
        As `read_volume`, but NaN and constant images are let in: only the ROI decides. IMG-28 also when a
        NIfTI's pixdim contradicts its sform.

    References
    ----------
    ITK 5.4, ``NiftiImageIO`` and ``NrrdImageIO``.
    """
    raw = read_one_volume(file)
    scaled = raw.stored_type is not None and raw.array.dtype != raw.stored_type
    dtype = _scaled_type(raw.stored_type) if scaled else raw.array.dtype.newbyteorder("=")
    array = np.ascontiguousarray(raw.array, dtype=dtype)
    return replace(raw, array=array, grid=_with_stated_spacing(raw, file))


def read_labels(file: Path | str, reference: Grid) -> NDArray[np.uint32] | None:
    """Read a plain label map that lies on the image's grid.

    Parameters
    ----------
    file : path
        A mask of any kind that `read_roi` reads.
    reference : Grid
        The image's grid.

    Returns
    -------
    ndarray of uint32, shape of the reference (z, y, x), or None
        None for every other mask (another extent or order of voxels, layers, named segments, DICOM SEG):
        `read_roi` places those.

    Raises
    ------
    InputError
        ROI-00 missing, ROI-39 no labels, ROI-44 position lost, IMG-22 truncated.
    """
    path = existing_file(file, "ROI-00", RoiError)
    if is_dicom(path):
        return None
    raw = read_raw_mask(path)
    has_names = any(key.startswith("Segment0_") for key in raw.header)
    if raw.array.ndim != 3 or has_names or not raw.grid.same_as(reference):
        return None
    return np.ascontiguousarray(whole_labels(raw.array, path), dtype=np.uint32)


def _scaled_type(stored: np.dtype[Any] | None) -> np.dtype[Any]:
    return np.dtype(
        np.float64 if stored is not None and stored.itemsize == 8 and stored.kind == "f" else np.float32
    )


def _with_stated_spacing(raw: RawImage, file: Path | str) -> Grid:
    stated = raw.stated_spacing_mm
    if stated is None:
        return raw.grid
    if not np.allclose(stated, raw.grid.spacing_mm, rtol=SPACING_ROUNDING, atol=0):
        raise GeometryError(
            "IMG-28",
            "the file's two spacings contradict each other",
            file=file,
            found=f"pixdim {_listed(stated)} mm, matrix {_listed(raw.grid.spacing_mm)} mm (z, y, x)",
            expected="one spacing",
            remedy="Find out which is right, and save the image again with that one in both.",
        )
    return replace(raw.grid, spacing_mm=stated)


def _listed(spacing_mm: tuple[float, ...]) -> str:
    return " x ".join(f"{value:g}" for value in spacing_mm)
