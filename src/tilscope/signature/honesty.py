"""What the honesty panel computes, and how often."""

from __future__ import annotations

from pydantic import Field

from tilscope.vocabulary import SettingsRecord


class HonestySettings(SettingsRecord):
    """How it is tested how much of the result is luck; the whole fit runs inside each repetition."""

    n_splits: int = Field(
        default=200, ge=0, le=10_000, description="Random splits that are fitted and validated; 0: no panel."
    )
    n_nested_folds: int = Field(
        default=10, ge=2, le=100, description="Outer folds of the nested cross-validation."
    )
    n_nested_repeats: int = Field(
        default=5, ge=0, le=1000, description="How often the nested cross-validation is dealt anew; 0: none."
    )
    n_permutations: int = Field(
        default=200,
        ge=0,
        le=10_000,
        description="Permutations of the classes; the smallest p is 1 / (1 + this number); 0: none.",
    )
    n_permutation_folds: int = Field(
        default=5,
        ge=2,
        le=100,
        description="Folds of the one cross-validation that is done for each permutation (the fit runs in each).",
    )
    controls: bool = Field(
        default=True,
        description="Whether features are also taken with the lesion's voxels shuffled and with the ROI moved.",
    )
    n_control_splits: int = Field(
        default=20, ge=1, le=10_000, description="Splits that are fitted on each of these negative controls."
    )
    clinical_columns: tuple[str, ...] | None = Field(
        default=None,
        description="Columns of participants.tsv for the clinical-only model; unset: all that are complete enough "
        "and do not look like an outcome; []: none.",
    )
