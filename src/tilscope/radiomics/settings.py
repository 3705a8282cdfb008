"""Settings of the extraction, in our own words; the parameter files of PyRadiomics are translated to them."""

from __future__ import annotations

from os import PathLike
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from tilscope.vocabulary import SettingsRecord

ImageTypeName = Literal[
    "original",
    "wavelet",
    "log",
    "square",
    "squareroot",
    "logarithm",
    "exponential",
    "gradient",
    "lbp-2D",
    "lbp-3D",
]
FamilyName = Literal["shape", "shape2D", "firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm"]
ALL_FAMILIES: tuple[FamilyName, ...] = ("shape", "firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
Interpolator = Literal[
    "nearest",
    "linear",
    "bspline",
    "gaussian",
    "label-gaussian",
    "hamming",
    "cosine",
    "welch",
    "lanczos",
    "blackman",
]
Norm = Literal["manhattan", "euclidean", "infinity", "no_weighting"]
Spacing = tuple[float, float, float]

# What a single image type may set for itself; the rest belongs to the lesion or to all images together.
OF_ONE_IMAGE = (
    "bin_width",
    "n_bins",
    "voxel_array_shift",
    "distances",
    "symmetric_glcm",
    "weighting_norm",
    "gldm_alpha",
)


class Settings(SettingsRecord):
    """How features are extracted; the defaults are PyRadiomics' own, with all features on.

    The default bin width of 25 belongs to images of the scale that ``preprocessing`` makes (z-score x 100);
    on a plain z-scored image (scale 1) everything would fall into one or two grey levels.
    """

    image_types: tuple[ImageTypeName, ...] = Field(
        ("original", "wavelet"), min_length=1, description="Images that features are taken from"
    )
    families: tuple[FamilyName, ...] = Field(ALL_FAMILIES, min_length=1, description="Feature families")
    features: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Per family, the only features wanted (empty: all of the family)"
    )

    # Grey levels
    bin_width: float = Field(
        25.0, gt=0, description="Width of one grey level, in intensity units (images: z-score x 100)"
    )
    n_bins: int | None = Field(
        None, ge=2, le=1024, description="Number of grey levels per ROI; if set, bin_width is not used"
    )
    voxel_array_shift: float = Field(
        0.0, description="Added to intensities in Energy, TotalEnergy and RootMeanSquared"
    )
    per_image: dict[ImageTypeName, dict[str, Any]] = Field(
        default_factory=dict,
        description="Per image type, settings of its own, such as {wavelet = {bin_width = 10}}",
    )

    # Texture
    distances: tuple[int, ...] = Field(
        (1,),
        min_length=1,
        description="Distances in voxels (Chebyshev) between neighbours in GLCM, GLDM and NGTDM",
    )
    symmetric_glcm: bool = Field(True, description="Count each pair of the GLCM both ways round")
    weighting_norm: Norm | None = Field(
        None,
        description="If set, GLCM and GLRLM of all directions are merged with weights from this norm of the "
        "offset in mm; unset: features are averaged over the directions",
    )
    gldm_alpha: int = Field(0, ge=0, description="Largest difference of dependent grey levels in the GLDM")
    slice_axis: Literal["z", "y", "x"] | None = Field(
        None, description="If set, texture and wavelets stay within the slices across this axis (2-D)"
    )

    # Filters
    wavelet: str = Field("coif1", description="Name of the discrete wavelet (PyWavelets), undecimated")
    wavelet_levels: int = Field(1, ge=1, le=8, description="Number of wavelet levels")
    wavelet_first_level: int = Field(0, ge=0, le=7, description="Wavelet levels that are passed over")
    log_sigma_mm: tuple[int | float, ...] = Field(
        (), description="Widths of the Laplacian of Gaussian, in mm, one image each"
    )
    gradient_use_spacing: bool = Field(
        True, description="Gradient magnitude per mm (true) or per voxel (false)"
    )
    lbp_2d_radius: float = Field(1.0, gt=0, description="Radius of the 2-D binary pattern, in voxels")
    lbp_2d_samples: int = Field(8, ge=1, le=32, description="Samples on the circle of the 2-D binary pattern")
    lbp_2d_method: Literal["default", "ror", "uniform", "var"] = Field(
        "uniform", description="Kind of the 2-D binary pattern"
    )
    lbp_3d_levels: int = Field(2, ge=1, le=8, description="Levels of spherical harmonics, one image each")
    lbp_3d_radius: float = Field(1.0, gt=0, description="Radius of the 3-D binary pattern, in voxels")
    lbp_3d_subdivisions: int = Field(1, ge=0, le=4, description="Subdivisions of the icosahedron")

    # Before anything is measured
    normalize: bool = Field(False, description="Z-score the whole image first (a study does this elsewhere)")
    normalize_scale: float = Field(1.0, gt=0, description="Factor after the z-score")
    outlier_sd: float | None = Field(
        None, gt=0, description="Clip the z-score at this many standard deviations"
    )
    resampled_spacing_mm: Spacing | None = Field(
        None, description="Resample image and mask to this spacing (z, y, x) in mm; 0 keeps an axis"
    )
    interpolator: Interpolator = Field("bspline", description="Interpolation of the image when resampled")
    pad_voxels: int = Field(5, ge=0, description="Margin around the ROI's box when resampled or cut first")
    pre_crop: bool = Field(
        False, description="Cut the image to the ROI's box and its margin before any filter (as preCrop)"
    )
    resegment_range: tuple[float, ...] | None = Field(
        None,
        min_length=1,
        max_length=2,
        description="Keep only ROI voxels at or above [low] or in [low, high]",
    )
    resegment_mode: Literal["absolute", "relative", "sigma"] = Field(
        "absolute",
        description="The range is in intensities, in shares of the ROI's maximum, or in sd from its mean",
    )
    resegment_shape: bool = Field(False, description="Shape, too, is that of the resegmented ROI")

    # The ROI
    label: int | None = Field(
        None, ge=1, description="Value of the ROI in the mask; unset: the only value that is not 0"
    )
    min_voxels: int = Field(27, ge=2, description="Smallest ROI accepted, in voxels")
    min_dimensions: int = Field(
        2,
        ge=1,
        le=3,
        description="3 refuses an ROI of one slice, 2 accepts it (3-D shape features are then missing), 1 also a line",
    )

    # Conventions
    moments: Literal["population", "sample"] = Field(
        "population", description="Moments over the phases: divided by N, or free of bias (needs 4 phases)"
    )
    constant_over_time: Literal["zero", "missing"] = Field(
        "zero", description="Kurtosis and skewness of a feature that is equal in all phases"
    )
    ibsi: bool = Field(
        False, description="Follow IBSI where PyRadiomics deviates from it, as far as that is possible"
    )

    def for_image(self, image_type: str) -> Self:
        """Return the settings with what one image type sets for itself."""
        own = self.per_image.get(image_type)  # type: ignore[call-overload]
        if not own:
            return self
        checked = type(self)(**own)
        return self.model_copy(update={name: getattr(checked, name) for name in own})

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

    @field_validator("log_sigma_mm")
    @classmethod
    def _positive_sigma(cls, sigma_mm: tuple[float, ...]) -> tuple[float, ...]:
        if any(s <= 0 for s in sigma_mm) or len(set(sigma_mm)) < len(sigma_mm):
            raise ValueError("widths are different numbers above 0")
        return sigma_mm

    @field_validator("resampled_spacing_mm")
    @classmethod
    def _usable_spacing(cls, spacing_mm: Spacing | None) -> Spacing | None:
        if spacing_mm is not None and min(spacing_mm) < 0:
            raise ValueError("a spacing is a number above 0, or 0 to keep an axis as it is")
        return spacing_mm

    @field_validator("features")
    @classmethod
    def _known_features(cls, chosen: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        from tilscope.radiomics.families import FAMILIES

        known = {family.name: family.all_names for family in FAMILIES}
        for family, names in chosen.items():
            if family not in known:
                raise ValueError(f"no family is called {family!r}; there are {', '.join(known)}")
            for name in names:
                if name not in known[family]:
                    raise ValueError(f"{family} has no feature {name!r}; it has {', '.join(known[family])}")
        return chosen

    @model_validator(mode="after")
    def _usable_overrides(self) -> Self:
        for image_type, own in self.per_image.items():
            for name in own:
                if name not in OF_ONE_IMAGE:
                    raise ValueError(
                        f"per_image.{image_type}: {name!r} is not a setting of one image; "
                        f"those are {', '.join(OF_ONE_IMAGE)}"
                    )
            Settings(**own)
        return self

    @model_validator(mode="after")
    def _slices_for_shape_2d(self) -> Self:
        if "shape2D" in self.families and self.slice_axis is None:
            raise ValueError("family 'shape2D' needs slice_axis: the axis across which its one slice lies")
        return self

    @model_validator(mode="after")
    def _sigma_for_log(self) -> Self:
        if "log" in self.image_types and not self.log_sigma_mm:
            raise ValueError("image type 'log' needs log_sigma_mm, such as [2, 4]")
        return self

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

        return cls(**read_parameter_file(file).settings)
