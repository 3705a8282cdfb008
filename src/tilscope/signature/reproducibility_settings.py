"""Settings of the filter for features that readers do not reproduce."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tilscope.vocabulary import SettingsRecord


class ReproducibilitySettings(SettingsRecord):
    """Which features count as reproducible, where patients were read twice."""

    filter: bool = Field(
        default=True,
        description="Whether features that second readings do not reproduce are left out before the selection; "
        "judged on training patients only.",
    )
    form: Literal["ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"] = Field(
        default="ICC(2,1)",
        description="Form of the intraclass correlation (Shrout and Fleiss); ICC(2,1): absolute agreement of single "
        "readings, two-way random.",
    )
    min_icc: float = Field(
        default=0.75, gt=0.0, le=1.0, description="A feature is kept from this ICC on (>=), in every design."
    )
    judged_on: Literal["estimate", "lower"] = Field(
        default="estimate",
        description="What is held against min_icc: the estimate, or the lower bound of its 95 % interval (stricter).",
    )
    min_patients: int = Field(
        default=10,
        ge=3,
        description="A design with fewer training patients read twice is not used by the filter (a note says so).",
    )
