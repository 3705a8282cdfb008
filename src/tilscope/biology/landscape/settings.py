"""Settings of the clusters of tumours."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tilscope.vocabulary import SettingsRecord

ClusterMethod = Literal["consensus", "kmeans"]


class ClusterSettings(SettingsRecord):
    """How tumours are clustered by their immune-cell scores."""

    method: ClusterMethod = Field(
        "consensus",
        description="'consensus' (clusters of how often two patients fall together over resamples) "
        "or 'kmeans'.",
    )
    k: Annotated[int, Field(ge=2, le=12)] | Literal["auto"] = Field(
        "auto",
        description="Number of clusters; 'auto' takes the most stable one, or none where random data without "
        "clusters are as stable.",
    )
    max_k: int = Field(6, ge=2, le=12, description="Largest number of clusters that is looked at.")
    resamples: int = Field(
        500, ge=20, le=10_000, description="Random parts of the cohort that are clustered."
    )
    fraction: float = Field(0.8, gt=0.3, lt=1, description="Share of the patients in each part.")
    null_cohorts: int = Field(
        60,
        ge=19,
        le=1000,
        description="Random cohorts with the same correlations and no clusters, to which the stability is compared.",
    )
    min_patients: int = Field(20, ge=6, description="Fewer patients with scores are not clustered (TAB-60).")


PAPER_2022_CLUSTERS: dict[str, dict[str, Any]] = {"clusters": {"method": "kmeans", "k": 3}}
"""Three clusters by k-means; the paper names no algorithm."""
