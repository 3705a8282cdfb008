"""Tests of the radiogenomic map: the score and its features against genes and gene sets."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.register.family import BH, Family, as_rows

FOLDER = "biology/radiogenomics"
SCORE = "rad_tils_score"
NAMES = {SCORE: "Rad-TILs score", "til_percent": "sTIL (%)"}


def radiogenomics(content: Content) -> Iterator[Family]:
    """Yield the correlations of the score with every gene, of each feature with them, and of both with sets."""
    results = content.results.get("radiogenomics")
    if results is None:
        return
    limit, n_genes = results.record["fdr"], results.record["n_genes"]
    genes = results.tables["score_genes"]
    if len(genes):
        rows = _spearman(genes, genes["gene"], NAMES[SCORE])
        source = f"{FOLDER}/score_genes.tsv p_value"
        yield Family("radiogenomics", "Score and genes", source, rows, BH, limit, is_listed=False)
        source = f"{FOLDER}/score_genes.tsv slope_p_value"
        yield Family(
            "radiogenomics", "Score and genes, slope", source, _slopes(genes), BH, limit, is_listed=False
        )
    for table, of, what in (("feature_genes", "gene", "genes"), ("feature_sets", "gene_set", "gene sets")):
        for feature, own in results.tables[table].groupby("feature", sort=False):
            name = NAMES.get(str(feature), str(feature))
            yield Family(
                "radiogenomics",
                f"{name} and {what}",
                f"{FOLDER}/{table}.tsv p_value",
                _spearman(own, own[of], name),
                BH,
                limit,
                is_listed=False,
                n_ran=max(n_genes, len(own)) if table == "feature_genes" else None,
            )


def _spearman(found: pd.DataFrame, variable: pd.Series, other: str) -> pd.DataFrame:
    return as_rows(
        variable=variable,
        compared=other,
        n=found["n"],
        test="Spearman",
        value=found["rho"],
        effect="Spearman's ρ",
        effect_size=found["rho"],
        ci_low=found["ci_low"],
        ci_high=found["ci_high"],
        p_value=found["p_value"],
        p_adjusted=found["p_adjusted"],
    )


def _slopes(genes: pd.DataFrame) -> pd.DataFrame:
    return as_rows(
        variable=genes["gene"],
        compared=NAMES[SCORE],
        n=genes["n"],
        test="moderated t",
        value=genes.get("slope_t"),
        effect="log2 per sd of the score",
        effect_size=genes["slope"],
        ci_low=genes["slope_ci_low"],
        ci_high=genes["slope_ci_high"],
        p_value=genes["slope_p_value"],
        p_adjusted=genes["slope_p_adjusted"],
    )
