"""Every key of a PyRadiomics parameter file: what values it may have, and which field of ours it sets.

The types are those of PyRadiomics' own schema, taken strictly: no text is read as a number, no truth value as
1, no 1.5 as a whole number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tilscope.radiomics.preparing import ITK_INTERPOLATORS
from tilscope.radiomics.settings import OF_ONE_IMAGE

ReadValue = Callable[[Any], Any]
"""From the value in the file to ours; raises `UnfitValueError`."""


class UnfitValueError(ValueError):
    """A value that a key cannot have."""

    def __init__(self, expected: str, remedy: str = "Correct the value.") -> None:
        super().__init__(expected)
        self.expected = expected
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Attributes
    ----------
    name : str
        PyRadiomics' word.
    field : str or None
        The field of `Settings` that it sets; None: it steers others, or is only known to be off.
    read : callable
        From its value to ours.
    """

    name: str
    field: str | None
    read: ReadValue


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise UnfitValueError("true or false")
    return value


def _whole(low: int | None = None, high: int | None = None) -> ReadValue:
    expected = "a whole number"
    if low is not None:
        expected += f" from {low}" if high is None else f" from {low} to {high}"

    def read(value: Any) -> int:
        fits = type(value) is int and (low is None or value >= low) and (high is None or value <= high)
        if not fits:
            raise UnfitValueError(expected)
        return int(value)

    return read


def _number(*, above: float = -math.inf, least: float = -math.inf) -> ReadValue:
    expected = "a number"
    if above > -math.inf:
        expected += f" above {above:g}"
    if least > -math.inf:
        expected += f" of at least {least:g}"

    def read(value: Any) -> float:
        fits = type(value) in (int, float) and math.isfinite(value) and value > above and value >= least
        if not fits:
            raise UnfitValueError(expected)
        return value  # a whole number stays one: its text is part of the names of LoG images

    return read


def _several(read_one: ReadValue, n_least: int = 1, n_most: int | None = None) -> ReadValue:
    def read(values: Any) -> tuple[Any, ...]:
        n = len(values) if isinstance(values, list) else -1
        if n < n_least or (n_most is not None and n > n_most):
            how_many = (
                f"at least {n_least}" if n_most is None else " or ".join(map(str, sorted({n_least, n_most})))
            )
            raise UnfitValueError(f"a list of {how_many}")
        try:
            return tuple(read_one(value) for value in values)
        except UnfitValueError as unfit:
            raise UnfitValueError(f"a list, each {unfit.expected}") from unfit

    return read


def _word(words: Mapping[Any, Any]) -> ReadValue:
    def read(value: Any) -> Any:
        if type(value) not in (str, int) or value not in words:
            raise UnfitValueError(", ".join(map(str, words)))
        return words[value]

    return read


def _or_nothing(read: ReadValue, nothing: Any = None) -> ReadValue:
    """Let the value be missing (``key:`` with nothing after it)."""

    def read_or_nothing(value: Any) -> Any:
        return nothing if value is None else read(value)

    return read_or_nothing


def _off(accepted: Any, remedy: str) -> ReadValue:
    """Accept a key that tilscope does not follow only where it does nothing."""

    def read(value: Any) -> None:
        if value is not None and not (type(value) is type(accepted) and value == accepted):
            raise UnfitValueError("nothing" if accepted is None else str(accepted).lower(), remedy)

    return read


def _wavelet(value: Any) -> str:
    import pywt

    if type(value) is not str or value not in pywt.wavelist(kind="discrete"):
        raise UnfitValueError("a discrete wavelet of PyWavelets, such as coif1, db2, haar")
    return value


def _initial_value(value: Any) -> float:
    """Read the number outside of a feature map; ``nan`` is text in YAML, and PyRadiomics takes it as it is meant."""
    if value == "nan" or (type(value) is float and math.isnan(value)):
        return math.nan
    return float(_number()(value))


_NAMES = {itk: ours for ours, itk in ITK_INTERPOLATORS.items()}
_NUMBERS = dict(enumerate(ITK_INTERPOLATORS, start=1))  # as SimpleITK counted them when the format was made
_NORMS = {norm: norm for norm in ("euclidean", "manhattan", "infinity", "no_weighting")}
_SWITCH = _or_nothing(_truth, nothing=False)
_SPACING = _several(_number(least=0), 3, 3)
_ELSEWHERE = "Remove the key; bring the mask onto the image's grid before, then tilscope checks that it is."

SETTING_KEYS = (
    Key("minimumROIDimensions", "min_dimensions", _whole(1, 3)),
    Key("minimumROISize", "min_voxels", _or_nothing(lambda size: _whole(1)(size) + 1, nothing=2)),
    Key("geometryTolerance", None, _off(None, _ELSEWHERE)),
    Key("correctMask", None, _off(False, _ELSEWHERE)),
    Key("additionalInfo", None, _SWITCH),
    Key("label", "label", _whole(1)),
    Key("label_channel", None, _off(0, "Remove the key, and choose the segment where the mask is read.")),
    Key("binWidth", "bin_width", _number(above=0)),
    Key("binCount", "n_bins", _or_nothing(_whole(1))),
    Key("normalize", "normalize", _SWITCH),
    Key("normalizeScale", "normalize_scale", _number(above=0)),
    Key("removeOutliers", "outlier_sd", _or_nothing(_number(above=0))),
    Key("resampledPixelSpacing", "resampled_spacing_mm", _or_nothing(lambda xyz: _SPACING(xyz)[::-1])),
    Key("interpolator", "interpolator", _or_nothing(_word(_NAMES | _NUMBERS))),
    Key("padDistance", "pad_voxels", _whole(0)),
    Key("preCrop", "pre_crop", _SWITCH),
    Key("distances", "distances", _several(_whole(1))),
    Key("force2D", None, _SWITCH),
    Key("force2Ddimension", None, _whole(0, 2)),
    Key("resegmentRange", "resegment_range", _or_nothing(_several(_number(), 1, 2))),
    Key("resegmentMode", "resegment_mode", _word({m: m for m in ("absolute", "relative", "sigma")})),
    Key("resegmentShape", "resegment_shape", _SWITCH),
    Key("sigma", "log_sigma_mm", _several(_number(above=0))),
    Key("start_level", "wavelet_first_level", _whole(0)),
    Key("level", "wavelet_levels", _whole(1)),
    Key("wavelet", "wavelet", _wavelet),
    Key("gradientUseSpacing", "gradient_use_spacing", _truth),
    Key("lbp2DRadius", "lbp_2d_radius", _number(above=0)),
    Key("lbp2DSamples", "lbp_2d_samples", _whole(1)),
    Key("lbp2DMethod", "lbp_2d_method", _word({m: m for m in ("default", "ror", "uniform", "var")})),
    Key("lbp3DLevels", "lbp_3d_levels", _whole(1)),
    Key("lbp3DIcosphereRadius", "lbp_3d_radius", _number(above=0)),
    Key("lbp3DIcosphereSubdivision", "lbp_3d_subdivisions", _whole(0)),
    Key("voxelArrayShift", "voxel_array_shift", _whole()),
    Key("symmetricalGLCM", "symmetric_glcm", _truth),
    Key("weightingNorm", "weighting_norm", _or_nothing(_word(_NORMS))),
    Key("gldm_a", "gldm_alpha", _whole(0)),
)
"""Section ``setting``, in the order of PyRadiomics' schema."""

VOXEL_KEYS = (
    Key("kernelRadius", None, _whole(1)),
    Key("maskedKernel", None, _truth),
    Key("initValue", None, _initial_value),
    Key("voxelBatch", None, _whole(1)),
)
"""Section ``voxelSetting``."""

OF_EVERY_IMAGE_TYPE = tuple(key for key in SETTING_KEYS if key.field in OF_ONE_IMAGE)
"""Keys that any image type may set for itself."""


@dataclass(frozen=True, slots=True)
class ImageTypeWord:
    """PyRadiomics' word of an image type, ours, and the keys of its own filter."""

    name: str
    ours: str
    filter_keys: tuple[str, ...] = ()


IMAGE_TYPE_WORDS = (
    ImageTypeWord("Original", "original"),
    ImageTypeWord("Wavelet", "wavelet", ("wavelet", "level", "start_level")),
    ImageTypeWord("LoG", "log", ("sigma",)),
    ImageTypeWord("Square", "square"),
    ImageTypeWord("SquareRoot", "squareroot"),
    ImageTypeWord("Logarithm", "logarithm"),
    ImageTypeWord("Exponential", "exponential"),
    ImageTypeWord("Gradient", "gradient", ("gradientUseSpacing",)),
    ImageTypeWord("LBP2D", "lbp-2D", ("lbp2DRadius", "lbp2DSamples", "lbp2DMethod")),
    ImageTypeWord("LBP3D", "lbp-3D", ("lbp3DLevels", "lbp3DIcosphereRadius", "lbp3DIcosphereSubdivision")),
)
"""Section ``imageType``."""

WITHOUT_VALUE = {
    ("glcm", "SumVariance"): "it equals ClusterTendency; ask for that",
    ("glcm", "Dissimilarity"): "it equals DifferenceAverage; ask for that",
    ("glcm", "Homogeneity1"): "it equals Id; ask for that",
    ("glcm", "Homogeneity2"): "it equals Idm; ask for that",
    ("gldm", "GrayLevelNonUniformityNormalized"): "it equals Uniformity of firstorder; ask for that",
    ("gldm", "DependencePercentage"): "it is always 1",
}
"""Deprecated features that PyRadiomics accepts in a file and gives no value for."""
