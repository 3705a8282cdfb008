"""The radiogenomic map: the score and its features against genes and gene sets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.pictures.radiogenomics import REFERENCES
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Table, table
from tilscope.report.wording import NONE, effect_in_words, fixed, p_value

TOP = 30
SCORE = "rad_tils_score"
GENE_COLUMNS = (
    "Gene", "ρ (95 % CI)", "p", "p (FDR)", "ρ outside training (95 % CI)", "log2 per sd of the score (95 % CI)",
)  # fmt: skip
FEATURE_COLUMNS = (
    "Feature",
    "Patients",
    "Genes (FDR)",
    "Largest gene",
    "ρ (95 % CI)",
    "Largest set",
    "ρ (95 % CI) ",
)


def view(content: Content) -> Mapping[str, Any] | Missing | None:
    """Return the sentences and tables; None where there is no biology at all."""
    results = content.results.get("radiogenomics")
    if results is None:
        if content.genes is None:
            return None
        return missing_result(
            content,
            "radiogenomics",
            "The features were not compared with genes.",
            "tilscope run STUDY",
        )
    tables = results.tables
    genes, sets = tables["score_genes"], tables["feature_sets"]
    of_score = sets[sets["feature"] == SCORE]
    return {
        "record": results.record,
        "n_significant": results.record["n_significant"].get(SCORE, 0),
        "gene": _largest(genes, "gene"),
        "set": _largest(of_score, "gene_set"),
        "n_sets": int(of_score["p_value"].notna().sum()),
        "n_sets_significant": int((of_score["p_adjusted"] < results.record["fdr"]).sum()),
        "outside": _outside(of_score),
        "stil": _largest(sets[sets["feature"] == "til_percent"], "gene_set"),
        "genes": _gene_table(genes) if len(genes) else None,
        "features": _feature_table(results.record, _with_score(genes, tables["feature_genes"]), sets),
    }


def _with_score(genes: pd.DataFrame, of_features: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([genes.assign(feature=SCORE), of_features]) if len(genes) else of_features


def _largest(rows: pd.DataFrame, name: str) -> Mapping[str, str] | None:
    """Return the row with the smallest p in words."""
    known = rows.dropna(subset=["p_value"])
    if known.empty:
        return None
    row = known.sort_values("p_value", kind="stable").iloc[0]
    return _told(row.to_dict(), str(row[name]))


def _told(row: Mapping[Any, Any], name: str) -> dict[str, str]:
    return {
        "name": name,
        "rho": rho_in_words(row["rho"], row["ci_low"], row["ci_high"]),
        "size": effect_in_words("Spearman rho", float(row["rho"])),
        "q": p_value(float(row["p_adjusted"])),
        "n": f"{int(row['n'])}",
    }


def _outside(of_score: pd.DataFrame) -> str | None:
    """Return rho outside training of the score's first set."""
    known = of_score.dropna(subset=["p_value", "rho_outside"])
    if known.empty:
        return None
    row = known.sort_values("p_value", kind="stable").iloc[0]
    told = rho_in_words(row["rho_outside"], row["ci_low_outside"], row["ci_high_outside"])
    return f"ρ = {told}, n = {int(row['n_outside'])}"


def rho_in_words(rho: float, low: float, high: float) -> str:
    """Return ``.35 (.15 to .50)``; a dash where there is none."""
    if math.isnan(rho):
        return NONE
    return fixed(rho, 2) if math.isnan(low) else f"{fixed(rho, 2)} ({fixed(low, 2)} to {fixed(high, 2)})"


def _gene_table(genes: pd.DataFrame) -> Table:
    top = genes.dropna(subset=["p_value"]).head(TOP)
    return table(
        f"The {len(top)} genes of smallest p with the Rad-TILs score, of {len(genes):,}; family of tests: all genes",
        GENE_COLUMNS,
        [
            (
                str(row["gene"]),
                rho_in_words(row["rho"], row["ci_low"], row["ci_high"]),
                p_value(row["p_value"]),
                p_value(row["p_adjusted"]),
                rho_in_words(row["rho_outside"], row["ci_low_outside"], row["ci_high_outside"]),
                rho_in_words(row["slope"], row["slope_ci_low"], row["slope_ci_high"]),
            )
            for row in top.to_dict("records")
        ],
    )


def _feature_table(record: Mapping[str, Any], genes: pd.DataFrame, sets: pd.DataFrame) -> Table:
    rows = []
    names = [*REFERENCES, *(n for n in dict.fromkeys(sets["feature"]) if n not in REFERENCES)]
    names += [n for n in dict.fromkeys(genes["feature"]) if n not in names]
    for name in names:
        gene, of_set = (_first(part, name) for part in (genes, sets))
        if gene is None and of_set is None:
            continue
        n_genes = record["n_significant"].get(name)
        rows.append(
            (
                REFERENCES.get(name, name),
                int((gene if gene is not None else of_set or {"n": 0})["n"]),
                n_genes if n_genes is not None else NONE,
                NONE if gene is None else str(gene["gene"]),
                NONE if gene is None else rho_in_words(gene["rho"], gene["ci_low"], gene["ci_high"]),
                NONE if of_set is None else str(of_set["gene_set"]),
                NONE if of_set is None else rho_in_words(of_set["rho"], of_set["ci_low"], of_set["ci_high"]),
            )
        )
    caption = (
        "Every column of the map: genes with an adjusted p below the limit, and the gene and the set of smallest p "
        "(chosen among many, so that their correlations are too large on average)"
    )
    return table(caption, FEATURE_COLUMNS, rows)


def _first(rows: pd.DataFrame, feature: str) -> Mapping[Any, Any] | None:
    own = rows[rows["feature"] == feature].dropna(subset=["p_value"])
    return None if own.empty else own.sort_values("p_value", kind="stable").iloc[0].to_dict()


def mapped_in_methods(content: Content) -> str:
    """Return the sentence of the methods text; empty where there is no map."""
    results = content.results.get("radiogenomics")
    if results is None:
        return ""
    return (
        " The score and each feature of the signature were correlated with every gene and with the single-sample "
        f"scores of {len(results.record['set_order'])} gene sets and signatures (Spearman; intervals of Bonett and "
        f"Wright [@bonett]; Benjamini-Hochberg per score or feature) in {results.record['n_samples']} patients."
    )


RADIOGENOMICS = Section("radiogenomics", "Radiogenomic map", view)
