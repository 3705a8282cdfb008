"""Settings of the extraction, in our own words."""

from __future__ import annotations

from os import PathLike
from typing import Literal, Self

from pydantic import Field, field_validator

from tilscope.vocabulary import SettingsRecord

ImageTypeName = Literal["original", "wavelet"]
FamilyName = Literal["shape", "firstorder", "glcm"]


class Settings(SettingsRecord):
    """How features are extracted; the defaults are PyRadiomics' own.

    The default bin width of 25 belongs to images of the scale that ``preprocessing`` makes (z-score x 100);
    on a plain z-scored image (scale 1) everything would fall into one or two grey levels.
    """

    bin_width: float = Field(
        25.0, gt=0, description="Width of one grey level, in intensity units (images: z-score x 100)"
    )
    n_bins: int | None = Field(
        None, ge=2, le=1024, description="Number of grey levels per ROI; if set, bin_width is not used"
    )
    image_types: tuple[ImageTypeName, ...] = Field(
        ("original", "wavelet"), min_length=1, description="Images that features are taken from"
    )
    wavelet: str = Field(
        "coif1", description="Name of the discrete wavelet (PyWavelets), one level, undecimated"
    )
    families: tuple[FamilyName, ...] = Field(
        ("shape", "firstorder", "glcm"), min_length=1, description="Feature families"
    )
    features: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Per family, the only features wanted (empty: all of the family)"
    )
    voxel_array_shift: float = Field(
        0.0, description="Added to intensities in Energy, TotalEnergy and RootMeanSquared"
    )
    distances: tuple[int, ...] = Field(
        (1,),
        min_length=1,
        description="Distances in voxels (Chebyshev) between the two voxels of a GLCM pair",
    )
    min_voxels: int = Field(27, ge=2, description="Smallest ROI accepted, in voxels")
    min_dimensions: int = Field(
        2,
        ge=2,
        le=3,
        description="2 accepts an ROI of one slice (shape features are then missing), 3 refuses it",
    )

    @field_validator("wavelet")
    @classmethod
    def _known_wavelet(cls, name: str) -> str:
        import pywt

        if name not in pywt.wavelist(kind="discrete"):
            raise ValueError(
                f"no discrete wavelet is called {name!r}; PyWavelets knows coif1, db2, haar, ..."
            )
        return name

    @field_validator("distances")
    @classmethod
    def _positive_distances(cls, distances: tuple[int, ...]) -> tuple[int, ...]:
        if min(distances) < 1 or len(set(distances)) < len(distances):
            raise ValueError("distances are different whole numbers from 1")
        return distances

    @field_validator("image_types", "families")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError("a name appears twice")
        return names

    @field_validator("features")
    @classmethod
    def _known_features(cls, chosen: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        from tilscope.radiomics.families import FAMILIES

        known = {family.name: family.feature_names for family in FAMILIES}
        for family, names in chosen.items():
            if family not in known:
                raise ValueError(f"no family is called {family!r}; there are {', '.join(known)}")
            for name in names:
                if name not in known[family]:
                    raise ValueError(f"{family} has no feature {name!r}; it has {', '.join(known[family])}")
        return chosen

    @classmethod
    def from_pyradiomics(cls, file: str | PathLike[str]) -> Self:
        """Read a PyRadiomics parameter file (YAML or JSON).

        Raises
        ------
        SettingsError
            SET-20 (not readable), SET-21 (unknown key), SET-22 (value that tilscope does not support),
            SET-23 (image type, family or feature that tilscope does not have); nothing is ever ignored.
        """
        from tilscope.radiomics.parameter_file import read_parameter_file

        return cls(**read_parameter_file(file))
