"""Settings of the step that asks how much of the biology is chance, the cut-off, or the tissue around."""

from __future__ import annotations

from pydantic import Field

from tilscope.vocabulary import SettingsRecord


class RobustnessSettings(SettingsRecord):
    """How the comparison of genes is called into question."""

    n_permutations: int = Field(
        200,
        ge=0,
        le=100_000,
        description="How often the group labels are dealt anew, to see what chance alone finds; 0: never.",
    )
    covariates: tuple[str, ...] = Field(
        (),
        description='Columns of participants.tsv, or gene sets, such as ["purity", "Fibroblasts"]: the comparison of '
        "genes is repeated with each of them in the model.",
    )
