"""Settings of the evaluation of a score."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from tilscope.vocabulary import SettingsRecord


class EvaluationSettings(SettingsRecord):
    """How a score is evaluated in each set of patients."""

    interval: Literal["logit", "delong"] = Field(
        default="logit",
        description="Interval of the AUC from DeLong's variance: logit (symmetric on the logit, right with few "
        "patients) or delong (symmetric on the AUC, as R's pROC).",
    )
    confidence: float = Field(
        default=0.95, gt=0.5, lt=1.0, description="Level of all intervals of the evaluation."
    )
    calibration_groups: int = Field(
        default=5, ge=2, le=20, description="Groups of neighbouring scores in the calibration plot."
    )
    decision_thresholds: tuple[float, float] = Field(
        default=(0.01, 0.99), description="Lowest and highest threshold probability of the decision curve."
    )

    @field_validator("decision_thresholds")
    @classmethod
    def _range(cls, thresholds: tuple[float, float]) -> tuple[float, float]:
        if not 0.0 < thresholds[0] < thresholds[1] < 1.0:
            raise ValueError("two numbers between 0 and 1, the lower one first")
        return thresholds


# The paper's intervals (.797-.938 in training) are plain DeLong ones.
PAPER_2022_EVALUATION: dict[str, dict[str, Any]] = {"evaluation": {"interval": "delong"}}
