"""Volumes from NIfTI and NRRD files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tilscope.reading.doors import existing_file
from tilscope.reading.images import RawImage
from tilscope.reading.nifti import read_nifti
from tilscope.reading.nrrd_files import read_nrrd
from tilscope.reading.voxels import check_voxels
from tilscope.vocabulary import InputError, SeriesError, Volume

READERS: tuple[tuple[str, Callable[[Path], RawImage]], ...] = (
    (".nii", read_nifti),
    (".nii.gz", read_nifti),
    (".nrrd", read_nrrd),
)


def read_raw_image(file: Path | str) -> RawImage:
    """Read an image file by its ending, values as stored."""
    path = existing_file(file, "IMG-00")
    for ending, reader in READERS:
        if path.name.lower().endswith(ending):
            return reader(path)
    raise InputError(
        "IMG-22",
        "this kind of file is not an image that can be read",
        file=path,
        expected=", ".join(ending for ending, _ in READERS),
        remedy="Convert it, or import DICOM.",
    )


def read_one_volume(file: Path | str) -> RawImage:
    """Read an image file that must hold one volume (IMG-30), values as stored."""
    raw = read_raw_image(file)
    if raw.array.ndim != 3:
        raise SeriesError(
            "IMG-30",
            "the file holds more than one volume",
            file=file,
            found=f"{raw.array.shape[3]} layers",
            expected="one volume",
            remedy="Save each phase as its own file.",
        )
    return raw


def read_volume(file: Path | str) -> Volume:
    """Read one image file.

    Parameters
    ----------
    file : path
        ``.nii``, ``.nii.gz`` or ``.nrrd``.

    Returns
    -------
    Volume
        float32 values (z, y, x) in the file's order of voxels; LPS mm.

    Raises
    ------
    InputError
        IMG-00 missing, IMG-22 truncated or damaged, IMG-26 NaN, IMG-27 constant, IMG-28 no or contradictory
        position, IMG-29 impossible spacing or scaling, IMG-30 several volumes in one file.
    """
    raw = read_one_volume(file)
    array = np.ascontiguousarray(raw.array, dtype=np.float32)
    check_voxels(array, file)
    return Volume(array, raw.grid)
