"""`tilscope maps`: an image file and a mask file in, one NIfTI per feature out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.pipeline.drawn_regions import ALL, drawn_regions, refuse_foreign
from tilscope.pipeline.extract_settings import extraction_request
from tilscope.pipeline.extracting import read_phases
from tilscope.radiomics import Maps, MapSettings, Settings, feature_maps, image_feature_names
from tilscope.radiomics.mappers import MAPPERS
from tilscope.reading import encode_nifti_map
from tilscope.study import commit
from tilscope.vocabulary import Grid, RoiError, SeriesError, StudyError

ENDING = ".nii.gz"
PARAMETER_FILES = (".yaml", ".yml", ".json")
OUTSIDE = 0.0
"""PyRadiomics' ``initValue`` where a parameter file says nothing."""


@dataclass(frozen=True)
class MapRequest:
    """Which maps are made, and how.

    Attributes
    ----------
    features : tuple of str
        Names, each once.
    settings : Settings
    map_settings : MapSettings
    """

    features: tuple[str, ...]
    settings: Settings
    map_settings: MapSettings


@dataclass(frozen=True, eq=False)
class MappedCase:
    """The maps of one ROI.

    Attributes
    ----------
    maps : Maps
    image : ndarray, shape (z, y, x)
        As it was read; after resampling it lies on another grid than the maps.
    grid : Grid
        The image's.
    """

    maps: Maps
    image: NDArray[Any]
    grid: Grid

    def without_value(self) -> dict[str, int]:
        """Return for each map how many voxels of the ROI have no value, where there are any."""
        inside = self.maps.mask
        counts = {name: int(np.isnan(box[inside]).sum()) for name, box in self.maps.values.items()}
        return {name: n for name, n in counts.items() if n}


def map_request(
    file: Path | None,
    features: Sequence[str],
    *,
    kernel_radius: int | None = None,
    masked: bool | None = None,
) -> MapRequest:
    """Read how maps are made.

    Parameters
    ----------
    file : Path or None
        As of `extraction_request`. Of a PyRadiomics parameter file, ``voxelSetting`` is followed.
    features : sequence of str
        Names of the maps; if empty, all features that a parameter file asks for.
    kernel_radius, masked
        Win over the file.

    Raises
    ------
    SettingsError
        SET-01 to SET-03, SET-20 to SET-23.
    """
    settings = extraction_request(file).settings
    told: dict[str, Any] = {}
    if file is not None and file.suffix.lower() in PARAMETER_FILES:
        told = _voxel_settings(file)
        if not features:
            names = image_feature_names(settings)
            features = tuple(name for name in names if name.rsplit("_", 2)[1] in MAPPERS)
    own = {"kernel_radius": kernel_radius, "masked_kernel": masked}
    told |= {name: value for name, value in own.items() if value is not None}
    return MapRequest(tuple(dict.fromkeys(features)), settings, MapSettings(**told))


def _voxel_settings(file: Path) -> dict[str, Any]:
    from tilscope.radiomics.parameter_file import read_parameter_file

    voxel = read_parameter_file(file).voxel or {}
    words = {"kernelRadius": "kernel_radius", "maskedKernel": "masked_kernel", "voxelBatch": "voxel_batch"}
    told = {field: voxel[word] for word, field in words.items() if word in voxel}
    return told | {"initial_value": voxel.get("initValue", OUTSIDE)}


def map_case(
    image: str,
    mask: str,
    label: str | None,
    request: MapRequest,
    on_progress: Callable[[int, int], None] | None = None,
) -> MappedCase:
    """Read an image and its mask, and measure the maps.

    Raises
    ------
    SeriesError
        IMG-04: a DICOM folder of several phases.
    RoiError
        ROI-37: several ROIs and none chosen.
    InputError, SettingsError
        As `drawn_regions` and `feature_maps`.
    """
    from threadpoolctl import threadpool_limits

    phases = read_phases(Path(image), n_pre=0)
    if len(phases) != 1:
        raise SeriesError(
            "IMG-04",
            "a map is of one image",
            file=image,
            found=f"{len(phases)} phases",
            remedy="Name the file or the folder of one phase.",
        )
    if label == ALL:
        raise RoiError(
            "ROI-37", "maps are of one ROI", found=f"--label {ALL}", remedy="Name one value of the mask."
        )
    array, grid = phases[0]
    refuse_foreign(Path(mask), [Path(image)])
    chosen = label if label is not None or request.settings.label is None else str(request.settings.label)
    (region,) = drawn_regions(Path(mask), grid, chosen)
    with threadpool_limits(1):  # sums in another order would be other numbers
        maps = feature_maps(
            array,
            region.mask,
            grid.spacing_mm,
            request.features,
            request.settings.model_copy(update={"label": None}),
            map_settings=request.map_settings,
            grid=grid,
            on_progress=on_progress,
        )
    told = replace(maps, warnings=(*region.notes, *maps.warnings))
    return MappedCase(told, array, grid)


def checked_folder(folder: Path, features: Sequence[str], *, force: bool) -> None:
    """Refuse, before anything is computed, to write over files (RUN-75)."""
    there = [name for name in features if (folder / f"{name}{ENDING}").exists()]
    if folder.is_file() or (there and not force):
        raise StudyError(
            "RUN-75",
            "this is a file" if folder.is_file() else "the folder holds such a map already",
            file=folder if folder.is_file() else folder / f"{there[0]}{ENDING}",
            expected="a new folder",
            remedy="Choose another folder." if folder.is_file() else "Choose another folder, or add --force.",
        )


def write_maps(case: MappedCase, folder: Path) -> list[Path]:
    """Write each map on the grid of the whole image; after resampling, of the resampled one.

    Raises
    ------
    SeriesError
        IMG-26: a map holds an infinite value; nothing is written.
    StudyError
        As `commit`.
    """
    for name, box in case.maps.values.items():
        if np.isinf(box[case.maps.mask]).any():
            raise SeriesError(
                "IMG-26",
                f"the map {name} has infinite values",
                remedy="Check the intensities around the lesion.",
            )
    files = []
    for name in case.maps.values:
        files.append(folder / f"{name}{ENDING}")
        commit(files[-1], encode_nifti_map(case.maps.on_whole_image(name), case.maps.whole))
    return files
