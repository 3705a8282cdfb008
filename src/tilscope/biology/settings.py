"""Settings of the biology step."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tilscope.vocabulary import SettingsRecord

GroupRule = Literal["signature-cutoff", "cohort-median"]
CountsMethod = Literal["voom", "trend"]
SetScores = Literal["ssgsea", "gsva"]


class BiologySettings(SettingsRecord):
    """How genes, sets and signatures are compared between the groups."""

    group_rule: GroupRule = Field(
        "signature-cutoff",
        description="Who is high or low: the signature's frozen cut-off, or the median of the patients with RNA-seq.",
    )
    positive: str = Field(
        "high", min_length=1, description="The group whose mean minus the other's is the log2 fold change."
    )
    covariates: tuple[str, ...] = Field(
        (),
        description="Columns of participants.tsv that are held equal between the groups, gene by gene, such as "
        '["age", "site"]: numbers as they are, words as classes. Patients without a value are left out of the genes.',
    )
    counts: CountsMethod = Field(
        "voom",
        description="How the genes of a count matrix are compared: voom (a weight for every count) or trend "
        "(limma-trend on log2 counts per million).",
    )
    trend: bool = Field(
        default=False,
        description="Let the prior variance follow the mean expression (limma-trend; for RNA-seq that came as log2 "
        "values. Counts follow biology.counts).",
    )
    robust: bool = Field(
        default=False,
        description="Keep genes of outlying variance from misleading the prior of the others (limma's robust).",
    )
    fdr: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="Largest adjusted p value that counts as significant (Benjamini-Hochberg).",
    )
    log2_fc: float = Field(
        1.0, ge=0, description="Smallest absolute log2 fold change that counts as differentially expressed."
    )
    set_scores: SetScores = Field(
        "ssgsea",
        description="Scores of gene sets in single samples: 'ssgsea' (each patient alone) or 'gsva' (each gene "
        "beside the other patients; every score depends on the cohort).",
    )
    alpha: float = Field(0.25, ge=0, le=1, description="Weight of the ranks in ssGSEA (GSVA's tau).")
    normalise: bool = Field(
        default=False,
        description="Divide ssGSEA scores by their range over the cohort; every score then depends on all patients.",
    )
    min_genes: int = Field(5, ge=1, description="A set with fewer genes in the matrix has no score (TAB-58).")
    min_overlap: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Refuse gene sets of which a smaller fraction of genes is found (TAB-58).",
    )
