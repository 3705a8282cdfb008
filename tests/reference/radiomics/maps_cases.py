"""What PyRadiomics and tilscope are asked for feature maps; used by the recipe and by the test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FAMILIES = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
TICK = 0.5


@dataclass(frozen=True)
class MapCase:
    """One request, in PyRadiomics' words.

    ``volume`` is the name of the arrays in ``maps.npz``; intensity = ticks x `TICK`.
    """

    name: str
    volume: str = "lump"
    radius: int = 1
    masked: bool = True
    settings: dict[str, Any] = field(default_factory=dict)
    families: tuple[str, ...] = FAMILIES
    image_type: str = "Original"


CASES = (
    MapCase("radius_1"),
    MapCase("radius_2", radius=2),
    MapCase("unmasked_1", masked=False),
    MapCase("unmasked_2", radius=2, masked=False, families=("firstorder", "glcm", "glszm", "ngtdm")),
    MapCase("plane_z", settings={"force2D": True}),
    MapCase("plane_y_radius_2", radius=2, settings={"force2D": True, "force2Ddimension": 1}),
    MapCase("plane_x_unmasked", masked=False, settings={"force2D": True, "force2Ddimension": 2}),
    MapCase(
        "distances_1_2_radius_2", radius=2, settings={"distances": [1, 2]}, families=("glcm", "gldm", "ngtdm")
    ),
    MapCase("distance_3_beyond_kernel", settings={"distances": [3]}, families=("glcm", "gldm", "ngtdm")),
    MapCase("euclidean", settings={"weightingNorm": "euclidean"}, families=("glcm", "glrlm")),
    MapCase(
        "infinity_radius_2", radius=2, settings={"weightingNorm": "infinity"}, families=("glcm", "glrlm")
    ),
    MapCase("no_weighting", settings={"weightingNorm": "no_weighting"}, families=("glcm", "glrlm")),
    MapCase("asymmetric", settings={"symmetricalGLCM": False}, families=("glcm",)),
    MapCase(
        "asymmetric_manhattan",
        settings={"symmetricalGLCM": False, "weightingNorm": "manhattan"},
        families=("glcm",),
    ),
    MapCase("alpha_1", settings={"gldm_a": 1}, families=("gldm",)),
    MapCase("few_levels", settings={"binWidth": 100}),
    MapCase("two_levels", settings={"binWidth": 2000}),
    MapCase("one_level", volume="corner", settings={"binWidth": 20000}),
    MapCase(
        "bins_8_shift", settings={"binCount": 8, "voxelArrayShift": 300}, families=("firstorder", "glszm")
    ),
    MapCase("corner", volume="corner", radius=2, masked=False, families=("firstorder", "glrlm", "gldm")),
    MapCase("wavelet", image_type="Wavelet", families=("firstorder", "ngtdm")),
)
