"""One case of `tilscope extract`: image files and a mask file in, one row of numbers per ROI out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tilscope.pipeline.diagnostics import diagnose
from tilscope.pipeline.drawn_regions import Region, drawn_regions, refuse_foreign
from tilscope.pipeline.extract_settings import ExtractionRequest
from tilscope.pipeline.outcome import unexpected
from tilscope.radiomics import Extraction, Settings, extract_image, extract_series
from tilscope.radiomics.preparing import Case, prepared
from tilscope.reading import read_dicom_series, read_original
from tilscope.reading.roi_files import is_dicom
from tilscope.vocabulary import GeometryError, Grid, SeriesError, TilscopeError, phase_prefix

AS_PREPARED: dict[str, Any] = {
    "normalize": False,
    "outlier_sd": None,
    "resampled_spacing_mm": None,
    "pre_crop": False,
    "label": None,
}
"""Settings of what is done already when the features are taken."""


@dataclass(frozen=True)
class ExtractionCase:
    """What belongs together.

    Attributes
    ----------
    name : str
        What messages call it.
    images : tuple of str
        One image, or the post-contrast phases in order of time, as the user wrote their paths.
    mask : str
        The mask, as the user wrote its path.
    label : str or None
        Value or name of the ROI in the mask; ``"all"`` takes each in turn; None: there must be one only.
    folder : Path
        Where relative paths start.
    """

    name: str
    images: tuple[str, ...]
    mask: str
    label: str | None = None
    folder: Path = field(default_factory=Path)


@dataclass(frozen=True)
class RegionRow:
    """The numbers of one ROI, or why there are none.

    Attributes
    ----------
    label : str
        Which ROI of the mask.
    n_phases : int
        Number of images that the features are of; 0 when it failed.
    features, diagnostics : dict
        In order; features are floats, NaN where one does not exist.
    warnings : tuple of str
        Rule id first.
    error : dict or None
        `TilscopeError.as_record` of the fault.
    """

    label: str = ""
    n_phases: int = 0
    features: dict[str, float] = field(default_factory=dict)
    diagnostics: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    error: dict[str, str | None] | None = None


def extract_case(case: ExtractionCase, request: ExtractionRequest) -> tuple[RegionRow, ...]:
    """Read one case and take its features; a fault becomes a row that says so, never an exception."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # sums in another order would be other numbers
        try:
            images, grid = _read_images(case, request.n_pre)
            refuse_foreign(case.folder / case.mask, [case.folder / image for image in case.images])
            label = case.label if case.label is not None else _label_of(request.settings)
            regions = drawn_regions(case.folder / case.mask, grid, label)
        except Exception as error:  # noqa: BLE001  (one case must not stop the others)
            return (_failed(case, "" if case.label in (None, "all") else str(case.label), error),)
        return tuple(_extract_region(case, images, grid, region, request) for region in regions)


def _extract_region(
    case: ExtractionCase,
    images: Sequence[NDArray[Any]],
    grid: Grid,
    region: Region,
    request: ExtractionRequest,
) -> RegionRow:
    settings = request.settings
    try:
        originals = [Case(image, region.mask, grid) for image in images]
        ready = [
            prepared(image, region.mask, grid, settings, name=_image_name(k, len(images)))
            for k, image in enumerate(images, start=1)
        ]
        result = _features(ready, settings)
        facts = diagnose(originals, ready, region.labels, settings) if request.has_diagnostics else {}
    except Exception as error:  # noqa: BLE001  (see above)
        return _failed(case, region.label, error)
    return RegionRow(region.label, len(images), result.values, facts, (*region.notes, *result.warnings))


def _features(ready: Sequence[Case], settings: Settings) -> Extraction:
    rest = settings.model_copy(update=AS_PREPARED)
    first = ready[0]
    if len(ready) == 1:
        return extract_image(first.image, first.mask, first.grid.spacing_mm, rest, grid=first.grid)
    return extract_series(
        [case.image for case in ready], first.mask, first.grid.spacing_mm, rest, grid=first.grid
    )


def _image_name(number: int, n_images: int) -> str:
    return "the image" if n_images == 1 else phase_prefix(number)


def _label_of(settings: Settings) -> str | None:
    return None if settings.label is None else str(settings.label)


def _read_images(case: ExtractionCase, n_pre: int) -> tuple[list[NDArray[Any]], Grid]:
    """Return the images of a case, all on the first one's grid."""
    found = [phase for image in case.images for phase in read_phases(case.folder / image, n_pre)]
    first = found[0][1]
    for number, (_, grid) in enumerate(found[1:], start=2):
        if not grid.same_as(first):
            raise GeometryError(
                "IMG-15",
                f"image {number} of this case lies on another grid than the first",
                found=_described(grid),
                expected=_described(first),
                remedy="Register and resample the phases to one grid first (a study does this by itself).",
            )
    return [image for image, _ in found], first


def read_phases(path: Path, n_pre: int) -> list[tuple[NDArray[Any], Grid]]:
    """Return the image of a file, or the post-contrast phases of a DICOM folder, each with its grid."""
    if path.is_dir() or (path.is_file() and is_dicom(path)):
        return [(volume.array, volume.grid) for volume in read_dicom_series(path, n_pre=n_pre).post]
    if not path.exists():
        raise SeriesError(
            "IMG-00", "there is no such image", file=path, remedy="Check the path and its spelling."
        )
    raw = read_original(path)
    return [(raw.array, raw.grid)]


def _described(grid: Grid) -> str:
    shape, spacing = (
        " x ".join(f"{n:.4g}" for n in values[::-1]) for values in (grid.shape, grid.spacing_mm)
    )
    return f"{shape} voxels of {spacing} mm"


def _failed(case: ExtractionCase, label: str, error: Exception) -> RegionRow:
    fault = error if isinstance(error, TilscopeError) else unexpected(error)
    return RegionRow(label, error=fault.as_record() | {"file": _as_written(fault.file, case)})


def _as_written(file: str | None, case: ExtractionCase) -> str | None:
    """Return a path of a message in the words of the user, whose folders are nobody else's business."""
    if file is None:
        return None
    for written in (case.mask, *case.images):
        named = case.folder / written
        if Path(file).is_relative_to(named):
            return str(Path(written) / Path(file).relative_to(named))
    return Path(file).name
