"""``study.toml``: the settings of every room put together, validated, with two profiles."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator

from tilscope.biology import (
    PAPER_2022_CLUSTERS,
    PAPER_2022_MOLECULES,
    BiologySettings,
    ClusterSettings,
    EnrichmentSettings,
    ExpressionSettings,
    MoleculeSettings,
    RobustnessSettings,
)
from tilscope.preprocessing import (
    PAPER_2022,
    BiasSettings,
    FunctionalVolumeSettings,
    NormalisationSettings,
    RegistrationSettings,
    SegmentationSettings,
)
from tilscope.radiomics import Settings as RadiomicsSettings
from tilscope.signature import (
    PAPER_2022_EVALUATION,
    EvaluationSettings,
    HarmonisationSettings,
    HonestySettings,
    ReproducibilitySettings,
    SelectionSettings,
    SplitSettings,
)
from tilscope.vocabulary import SettingsRecord
from tilscope.vocabulary.settings_file import commented_table, read_toml, settings_fault

Profile = Literal["recommended", "paper-2022"]


class CohortSettings(SettingsRecord):
    """Who takes part, and what the outcome is."""

    name: str = Field(
        "My study", description="Title of the study, shown on the report.", min_length=1, max_length=200
    )
    seed: int = Field(2022, description="Seed of every random choice (split, folds).", ge=0, le=2**32 - 1)
    ordered_levels: dict[str, tuple[str, ...]] = Field(
        {},
        description="Ordered classes of the clinical table with their levels from low to high, such as "
        '{t_stage = ["T1", "T2", "T3", "T4"]}: the recommended Table 1 compares their ranks.',
    )


class ImagingSettings(SettingsRecord):
    """Which phases and which masks are used."""

    n_pre: int = Field(
        1, description="Number of pre-contrast phases at the start of each examination.", ge=1, le=5
    )
    n_post: int | None = Field(
        None,
        description="Post-contrast phases that every patient must have; unset: as most patients have.",
        ge=1,
        le=50,
    )
    phases: tuple[int, ...] | None = Field(
        None,
        description="Acquired phases to use, counted from 0 in order of time, such as [0, 1, 2]; unset: all.",
        min_length=2,
    )
    roi_phase: str = Field(
        "peak",
        description="Phase the masks were drawn on where the file does not tell: post1, post2, ... or peak.",
        pattern=r"^(peak|pre|post[1-9][0-9]?)$",
    )
    roi_reader: str = Field(
        "A", description="Reader whose masks make the features.", pattern=r"^[A-Za-z0-9]{1,20}$"
    )
    roi_segment: str | None = Field(
        None, description="Name of the lesion's segment where a mask file holds several."
    )
    resample_masks: bool = Field(
        False,
        description="Whether masks on another grid in the same space are resampled onto the image.",
    )
    largest_lesion_only: bool = Field(
        False, description="Whether only the largest of several separate parts of a mask is kept."
    )

    @field_validator("phases")
    @classmethod
    def _increase(cls, phases: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if phases is not None and (phases[0] < 0 or any(b <= a for a, b in pairwise(phases))):
            raise ValueError("numbers from 0 that increase")
        return phases


class VoxelSettings(SettingsRecord):
    """Maps of the signature's features over the lesions of a few patients."""

    n_patients: int = Field(
        2,
        description="Patients shown with the highest values of a feature, and as many with the lowest.",
        ge=1,
        le=3,
    )
    max_features: int = Field(5, description="Features shown, those of largest weight first.", ge=1, le=5)
    kernel_radius: int = Field(
        2,
        description="Voxels from the middle of a map's kernel to its faces (2: 5 x 5 x 5 voxels).",
        ge=1,
        le=5,
    )


class StudySettings(SettingsRecord):
    """Everything that can be set; each table of ``study.toml`` belongs to one room."""

    profile: Profile = Field(
        "recommended",
        description="'recommended' (today's reviewers) or 'paper-2022' (the paper to the letter).",
    )
    cohort: CohortSettings = CohortSettings()
    imaging: ImagingSettings = ImagingSettings()
    segmentation: SegmentationSettings = SegmentationSettings()
    functional_volume: FunctionalVolumeSettings = FunctionalVolumeSettings()
    registration: RegistrationSettings = RegistrationSettings()
    bias: BiasSettings = BiasSettings()
    normalisation: NormalisationSettings = NormalisationSettings()
    radiomics: RadiomicsSettings = RadiomicsSettings()
    split: SplitSettings = SplitSettings()
    selection: SelectionSettings = SelectionSettings()
    reproducibility: ReproducibilitySettings = ReproducibilitySettings()
    harmonisation: HarmonisationSettings = HarmonisationSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    honesty: HonestySettings = HonestySettings()
    expression: ExpressionSettings = ExpressionSettings()
    biology: BiologySettings = BiologySettings()
    enrichment: EnrichmentSettings = EnrichmentSettings()
    clusters: ClusterSettings = ClusterSettings()
    robustness: RobustnessSettings = RobustnessSettings()
    molecules: MoleculeSettings = MoleculeSettings()
    voxels: VoxelSettings = VoxelSettings()


# What a profile sets where study.toml is silent; the rooms' own defaults are the profile "recommended".
PROFILES: dict[str, dict[str, dict[str, Any]]] = {
    "recommended": {},
    "paper-2022": PAPER_2022 | PAPER_2022_EVALUATION | PAPER_2022_MOLECULES | PAPER_2022_CLUSTERS,
}


def load_settings(file: Path) -> StudySettings:
    """Read and validate ``study.toml``.

    Raises
    ------
    SettingsError
        SET-01 the file is not TOML; SET-02 an unknown key (with the nearest valid name); SET-03 a wrong type
        or an impossible value. One line per fault, all faults at once.
    """
    return parse_settings(read_toml(file), file.name)


def parse_settings(given: dict[str, Any], file: str = "study.toml") -> StudySettings:
    """Validate settings given as nested dicts; see `load_settings`."""
    profile = given.get("profile", "recommended")
    overlay = PROFILES.get(profile, {}) if isinstance(profile, str) else {}
    merged = {**{table: dict(values) for table, values in overlay.items()}}
    for key, value in given.items():
        merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
    try:
        return StudySettings.model_validate(merged)
    except ValidationError as error:
        raise settings_fault(error, StudySettings, file) from error


def template(profile: Profile = "recommended", name: str = "My study") -> str:
    """Return a commented ``study.toml``: every key with its description and default, commented out."""
    lines = [
        "# Settings of a tilscope study. Keys that are commented out have the value shown.",
        f"# {StudySettings.model_fields['profile'].description}",
        f'profile = "{profile}"',
    ]
    settings = parse_settings({"profile": profile, "cohort": {"name": name}})
    for table, group in settings:
        if isinstance(group, BaseModel):
            lines += ["", *commented_table(table, group, {"name": name})]
    return "\n".join(lines) + "\n"
