"""What a study decides about preprocessing; the defaults are the profile ``recommended``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tilscope.vocabulary import SettingsRecord

MethodName = Literal["greedy", "syn", "affine", "none"]
BiasName = Literal["n3", "n4", "none"]
Scope = Literal["image", "body", "roi"]
Statistics = Literal["per-phase", "reference-phase", "pooled"]
Iterations = tuple[int, int, int]
Step = Annotated[float, Field(gt=0.0, le=2.0)]
Steps = tuple[Step, Step, Step]


class GreedySettings(SettingsRecord):
    """Greedy deformable registration (picsl-greedy) and its affine start."""

    ncc_radius_voxel: int = Field(
        2, ge=1, le=8, description="Radius of the window of the local cross-correlation, in voxels."
    )
    affine_iterations: Iterations = Field(
        (60, 40, 0), description="Iterations of the affine start at quarter, half and full resolution."
    )
    deformable_iterations: Iterations = Field(
        (60, 100, 10), description="Iterations of the deformable stage at quarter, half and full resolution."
    )
    steps_voxel: Steps = Field(
        (0.5, 0.5, 0.35),
        description=(
            "Length of one iteration's step at quarter, half and full resolution, in voxels of that level. The "
            "last one is how far from the optimum the result may hover."
        ),
    )
    gradient_smoothing_mm: float = Field(
        14.0,
        ge=0.0,
        le=50.0,
        description=(
            "Gaussian smoothing of each update (fluid-like regularisation), sd in mm; less lets enhancement "
            "pass for growth."
        ),
    )
    warp_smoothing_mm: float = Field(
        3.0,
        ge=0.0,
        le=50.0,
        description="Gaussian smoothing of the whole warp (elastic-like), sd in mm; more loses the motion.",
    )


class SynSettings(SettingsRecord):
    """Symmetric normalisation (ANTs SyN); the defaults are those of ``ants.registration``."""

    metric: Literal["mattes", "CC"] = Field(
        "mattes",
        description="Similarity: mattes (mutual information, ANTs' default) or CC (local correlation).",
    )
    metric_bins_or_radius: int = Field(
        32, ge=2, le=128, description="Histogram bins of mattes (32) or window radius of CC in voxels (4)."
    )
    iterations: Iterations = Field(
        (40, 20, 0), description="Iterations of the deformable stage at quarter, half and full resolution."
    )
    gradient_step: float = Field(0.2, gt=0.0, le=1.0, description="Gradient step of SyN.")
    flow_smoothing_voxel: float = Field(
        3.0, ge=0.0, le=20.0, description="Smoothing of the update field, variance in voxels."
    )
    total_smoothing_voxel: float = Field(
        0.0, ge=0.0, le=20.0, description="Smoothing of the total field, variance in voxels."
    )


class RegistrationSettings(SettingsRecord):
    """How every phase is brought to the first post-contrast phase."""

    method: MethodName = Field(
        "greedy",
        description="greedy (recommended), syn (ANTs SyN, the paper's), affine, or none (phases are used as they are).",
    )
    margin_mm: float = Field(
        25.0, ge=5.0, le=200.0, description="Tissue around the ROI's box that is registered and kept, in mm."
    )
    moving_margin_mm: float = Field(
        10.0, ge=0.0, le=100.0, description="Extra tissue of the moving phase beyond that crop, in mm."
    )
    seed: int = Field(20220922, ge=1, le=2**31 - 1, description="Seed of the engines' random sampling.")
    greedy: GreedySettings = Field(GreedySettings(), description="Settings of greedy and affine.")
    syn: SynSettings = Field(SynSettings(), description="Settings of syn.")
    max_displacement_mm: float = Field(
        10.0,
        gt=0.0,
        description="A lesion that moves further between two phases is reported (REG-01), in mm.",
    )
    max_volume_change: float = Field(
        0.05,
        gt=0.0,
        le=1.0,
        description="A lesion whose Jacobian departs further from 1 is reported (REG-02).",
    )
    min_similarity: float = Field(
        0.4, ge=0.0, le=1.0, description="A similarity after registration below this is reported (REG-03)."
    )
    max_roi_change: float = Field(
        0.30,
        gt=0.0,
        le=1.0,
        description="A travelling ROI whose volume changes by more than this fraction is refused (REG-05).",
    )


class N3Settings(SettingsRecord):
    """Nonparametric nonuniform intensity normalisation (Sled 1998)."""

    control_point_mm: float = Field(
        100.0, ge=20.0, le=500.0, description="Distance of the control points of the field's B-spline, in mm."
    )
    stiffness: float = Field(
        0.001,
        ge=0.0,
        le=1e4,
        description="Weight of the spline's roughness against the data; larger is smoother.",
    )
    field_width: float = Field(
        0.15,
        gt=0.0,
        le=1.0,
        description="Full width at half maximum of the log field's assumed distribution.",
    )
    noise: float = Field(0.01, gt=0.0, le=1.0, description="Noise constant of the Wiener filter.")
    iterations: int = Field(100, ge=1, le=1000, description="Largest number of iterations.")
    tolerance: float = Field(
        1e-3,
        gt=0.0,
        lt=1.0,
        description="Change of the field (coefficient of variation) at which the fit stops.",
    )
    sampling_mm: float = Field(
        5.0, ge=1.0, le=20.0, description="Size of the blocks whose means enter the fit, in mm."
    )


class N4Settings(SettingsRecord):
    """N4ITK (SimpleITK)."""

    sampling_mm: float = Field(
        10.0,
        ge=1.0,
        le=40.0,
        description="Size of the blocks whose means enter the fit, in mm; small volumes use less.",
    )
    min_body_blocks: int = Field(300, ge=100, description="Blocks of body that must remain.")
    iterations: int = Field(100, ge=1, le=1000, description="Largest number of iterations per level.")
    fitting_levels: int = Field(
        2,
        ge=1,
        le=6,
        description="Levels of the field's B-spline; each doubles the number of control points.",
    )
    tolerance: float = Field(1e-5, gt=0.0, lt=1.0, description="Change of the field at which a level stops.")


class BiasSettings(SettingsRecord):
    """How the slow intensity field of the receive coils is estimated."""

    method: BiasName = Field("n3", description="n3 (Sled 1998, the paper's), n4 (Tustison 2010), or none.")
    n3: N3Settings = Field(N3Settings(), description="Settings of n3.")
    n4: N4Settings = Field(N4Settings(), description="Settings of n4.")
    field_step_mm: float = Field(
        8.0, ge=1.0, le=30.0, description="Spacing at which the log field is stored, in mm."
    )


class NormalisationSettings(SettingsRecord):
    """Over which voxels and phases the z-score is computed."""

    scope: Scope = Field("body", description="Voxels of mean and sd: image (all), body (without air) or roi.")
    statistics: Statistics = Field(
        "reference-phase",
        description=(
            "per-phase (each phase its own mean and sd: removes the enhancement between phases), "
            "reference-phase (those of post1 for all) or pooled (all phases together)."
        ),
    )
    scale: float = Field(
        100.0,
        gt=0.0,
        description=(
            "Factor after the z-score. With 1 and a bin width of 25 an image falls into one grey level; "
            "100 suits a bin width of 25."
        ),
    )


PAPER_2022: dict[str, dict[str, Any]] = {
    "registration": {"method": "syn"},
    "bias": {"method": "n3"},
    "normalisation": {"scope": "image", "statistics": "per-phase"},
}
"""What the profile ``paper-2022`` sets otherwise than ``recommended``, by group of settings."""
