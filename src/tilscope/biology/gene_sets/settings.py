"""Settings of over-representation and of gene set enrichment analysis."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from tilscope.vocabulary import SettingsRecord

RankingMetric = Literal["t", "log2_fc", "signed_log10_p"]


class EnrichmentSettings(SettingsRecord):
    """Which collections' sets are over-represented or enriched among the genes that differ."""

    ranking: RankingMetric = Field(
        "t", description="Metric that ranks the genes for GSEA: t, log2_fc or signed_log10_p."
    )
    min_set_size: int = Field(
        10, ge=1, description="Smallest gene set that is tested, counted in the matrix."
    )
    max_set_size: int = Field(
        500, ge=1, description="Largest gene set that is tested, counted in the matrix."
    )
    n_permutations: int = Field(
        1000,
        ge=100,
        le=1_000_000,
        description="Random sets of each size for the normalised score and for p values that are not small.",
    )
    smallest_p: float = Field(
        1e-50,
        ge=1e-300,
        lt=1,
        description="P values are not followed further down; smaller ones are told as smaller than this.",
    )
    n_top: int = Field(10, ge=1, le=50, description="Sets of each direction that the report draws.")

    @model_validator(mode="after")
    def _check(self) -> EnrichmentSettings:
        if self.min_set_size > self.max_set_size:
            raise ValueError("min_set_size is larger than max_set_size")
        return self
