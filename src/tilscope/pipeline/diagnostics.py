"""What PyRadiomics calls diagnostics: versions, settings, and facts of the image and the ROI at each stage."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics import Settings
from tilscope.radiomics.preparing import Case, resegmented
from tilscope.vocabulary import Grid, phase_prefix

VERSIONS = (("tilscope", "tilscope"), ("Numpy", "numpy"), ("PyWavelet", "PyWavelets"))
IMAGE_FACTS = ("Spacing", "Size", "Mean", "Minimum", "Maximum")
MASK_FACTS = (
    "Spacing",
    "Size",
    "BoundingBox",
    "VoxelNum",
    "VolumeNum",
    "CenterOfMassIndex",
    "CenterOfMass",
)
INTENSITIES = ("Mean", "Minimum", "Maximum")

Facts = dict[str, Any]


def diagnostic_names(settings: Settings, n_phases: int) -> tuple[str, ...]:
    """Return the names that `diagnose` gives, in order; ``n_phases`` is 1 for a single image.

    Several phases put ``phase1_`` ... before the facts that differ between them.
    """
    names = [f"Versions_{name}" for name, _ in VERSIONS] + ["Versions_Python"]
    names += ["Configuration_Settings", "Configuration_EnabledImageTypes"]
    prefixes = _prefixes(n_phases)
    for prefix in prefixes:
        names += [f"{prefix}Image-original_{fact}" for fact in ("Hash", "Dimensionality", *IMAGE_FACTS)]
    names += [f"Mask-original_{fact}" for fact in ("Hash", *MASK_FACTS)]
    for prefix in prefixes:
        if settings.resampled_spacing_mm is not None:
            names += [f"{prefix}Image-interpolated_{fact}" for fact in IMAGE_FACTS]
            names += [f"{prefix}Mask-interpolated_{fact}" for fact in (*MASK_FACTS, *INTENSITIES)]
        if settings.resegment_range is not None:
            names += [f"{prefix}Mask-resegmented_{fact}" for fact in (*MASK_FACTS, *INTENSITIES)]
    return tuple(f"diagnostics_{name}" for name in names)


def diagnose(
    originals: list[Case], prepared: list[Case], labels: NDArray[np.uint32], settings: Settings
) -> Facts:
    """Return the diagnostics of one ROI.

    Parameters
    ----------
    originals : list of Case
        Each phase as read, with the ROI.
    prepared : list of Case
        The same as the filters meet them.
    labels : ndarray of uint32, shape (z, y, x)
        The mask file's labels (all of them), for the hash.
    settings : Settings

    Returns
    -------
    dict
        Names as `diagnostic_names`; vectors are tuples (x, y, z), lengths in mm.

    References
    ----------
    Equal to PyRadiomics 3.1 ``generalinfo.GeneralInfo`` but for versions and settings, which are tilscope's.
    """
    facts: Facts = {f"Versions_{name}": version(package) for name, package in VERSIONS}
    facts["Versions_Python"] = platform.python_version()
    facts["Configuration_Settings"] = settings.model_dump(mode="json", exclude={"image_types", "per_image"})
    facts["Configuration_EnabledImageTypes"] = {
        name: dict(settings.per_image.get(name, {})) for name in settings.image_types
    }
    prefixes = _prefixes(len(originals))
    for prefix, case in zip(prefixes, originals, strict=True):
        facts[f"{prefix}Image-original_Hash"] = _hash(case.image)
        facts[f"{prefix}Image-original_Dimensionality"] = "3D"
        facts |= _named(f"{prefix}Image-original", _image_facts(case))
    facts["Mask-original_Hash"] = _hash(labels)
    facts |= _named("Mask-original", _mask_facts(originals[0].mask, originals[0].grid))
    for prefix, case in zip(prefixes, prepared, strict=True):
        if settings.resampled_spacing_mm is not None:
            facts |= _named(f"{prefix}Image-interpolated", _image_facts(case))
            facts |= _named(f"{prefix}Mask-interpolated", _mask_facts(case.mask, case.grid))
            facts |= _named(f"{prefix}Mask-interpolated", _intensities(case.image[case.mask]))
        if settings.resegment_range is not None:
            mask = resegmented(case, settings)
            facts |= _named(f"{prefix}Mask-resegmented", _mask_facts(mask, case.grid))
            facts |= _named(f"{prefix}Mask-resegmented", _intensities(case.image[mask]))
    return {f"diagnostics_{name}": fact for name, fact in facts.items()}


def _prefixes(n_phases: int) -> tuple[str, ...]:
    return ("",) if n_phases == 1 else tuple(f"{phase_prefix(k)}_" for k in range(1, n_phases + 1))


def _named(stage: str, facts: Facts) -> Facts:
    return {f"{stage}_{name}": fact for name, fact in facts.items()}


def _hash(array: NDArray[Any]) -> str:
    """Return the SHA-1 of the voxels, x fastest, little-endian: ITK's ``HashImageFilter``."""
    voxels = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return hashlib.sha1(voxels.data, usedforsecurity=False).hexdigest()


def _image_facts(case: Case) -> Facts:
    return _placed(case.grid) | _intensities(case.image)


def _intensities(values: NDArray[Any]) -> Facts:
    exact = values.astype(np.float64)
    return {
        "Mean": float(exact.mean()),
        "Minimum": float(exact.min()),
        "Maximum": float(exact.max()),
    }


def _placed(grid: Grid) -> Facts:
    return {"Spacing": grid.spacing_mm[::-1], "Size": grid.shape[::-1]}


def _mask_facts(mask: NDArray[np.bool_], grid: Grid) -> Facts:
    from scipy import ndimage

    indices = np.argwhere(mask)
    first, last = indices.min(axis=0), indices.max(axis=0)
    centre = indices.mean(axis=0)
    box = tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))
    return _placed(grid) | {
        "BoundingBox": (*first[::-1].tolist(), *(last - first + 1)[::-1].tolist()),
        "VoxelNum": len(indices),
        "VolumeNum": int(ndimage.label(mask[box], np.ones((3, 3, 3)))[1]),
        "CenterOfMassIndex": tuple(centre[::-1].tolist()),
        "CenterOfMass": tuple((grid.index_to_lps() @ [*centre, 1.0])[:3].tolist()),
    }
