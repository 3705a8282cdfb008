"""From voxel to gene: each feature of the signature as maps, curves, and the genes and gene sets that go with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.feature_words import words_of
from tilscope.report.pictures.voxels import tils_in_words
from tilscope.report.results import Results
from tilscope.report.sections.radiogenomics import rho_in_words
from tilscope.report.sections.section import Missing, Section, missing_result, why
from tilscope.report.tables import Table, table
from tilscope.report.wording import NONE, effect_in_words, number, p_value
from tilscope.vocabulary import feature_parts

TOP = 10
LESION_COLUMNS = (
    "Patient",
    "End",
    "Feature",
    "TILs",
    "Volume (ml)",
    "Enhancement, first phase (%)",
    "Largest (%)",
    "Map: mean",
    "Map: range",
)
GENE_COLUMNS = ("Gene", "n", "ρ (95 % CI)", "Size", "p", "p (FDR)")
SET_COLUMNS = ("Gene set", *GENE_COLUMNS[1:])


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return what is told of each feature, that of largest weight first."""
    results = content.results.get("voxels")
    if results is None:
        return missing_result(
            content, "voxels", "The features were not mapped over the lesions.", "tilscope run STUDY"
        )
    record, genes = results.record, content.results.get("radiogenomics")
    return {
        "features": [
            _feature(content, results, genes, number) for number in range(1, len(record["features"]) + 1)
        ],
        "n_signature": record["n_signature_features"],
        "not_shown": record["not_shown"],
        "is_harmonised": record["is_harmonised"],
        "side": 2 * record["kernel_radius"] + 1,
        "no_genes": _no_genes(content),
        "fdr": None if genes is None else genes.record["fdr"],
    }


def _no_genes(content: Content) -> str | None:
    """Return why no genes stand beside the features; None where they do."""
    if "radiogenomics" in content.results:
        return None
    ended = content.missing_step("radiogenomics")
    if ended is not None:
        return f"The step radiogenomics {ended.state_in_words}: {why(ended)}"
    return "The features were not compared with genes."


def _feature(content: Content, results: Results, genes: Results | None, rank: int) -> dict[str, Any]:
    feature = results.record["features"][rank - 1]
    name, parts = feature["name"], feature_parts(feature["name"])
    return {
        "name": name,
        "words": None if parts is None else words_of(parts),
        "is_shape": parts is not None and parts.is_shape,
        "weight": number(feature["weight"]),
        "is_standardised": feature["is_standardised"],
        "direction": "raises" if feature["weight"] > 0 else "lowers",
        "figure": f"feature-maps-{rank}",
        "n_known": feature["n_known"],
        "notes": feature["notes"],
        "failures": [
            {"patient": row["participant_id"], "reason": row["reason"]}
            for row in feature["patients"]
            if row["reason"] is not None and not (parts is not None and parts.is_shape)
        ],
        "lesions": _lesions(content, results, feature) if feature["patients"] else None,
        "genes": None if genes is None else _associated(genes, "feature_genes", "gene", name),
        "sets": None if genes is None else _associated(genes, "feature_sets", "gene_set", name),
    }


def _lesions(content: Content, results: Results, feature: Mapping[str, Any]) -> Table:
    rows = []
    for row in feature["patients"]:
        facts = results.record["patients"].get(row["participant_id"], {})
        percent = facts.get("percent_enhancement") or []
        first = next((k for k, phase in enumerate(facts.get("phases", ())) if phase == "post1"), None)
        after = [] if first is None else percent[first:]
        rows.append(
            (
                row["participant_id"],
                row["end"],
                row["value"],
                tils_in_words(content, row["participant_id"]).removeprefix("TILs ") or NONE,
                facts.get("volume_ml"),
                after[0] if after else None,
                max(after) if after else None,
                row["map_mean"],
                NONE if row["map_min"] is None else f"{number(row['map_min'])} to {number(row['map_max'])}",
            )
        )
    return table(f"Lesions with the highest and the lowest {feature['name']}", LESION_COLUMNS, rows)


def _associated(genes: Results, name: str, column: str, feature: str) -> dict[str, Any] | None:
    """Return the genes or sets of smallest p, and how many pass the limit; None where the feature has none."""
    rows = genes.tables.get(name, pd.DataFrame())
    if rows.empty:
        return None
    own = rows[rows["feature"] == feature].dropna(subset=["p_value"]).sort_values("p_value", kind="stable")
    if own.empty:
        return None
    is_gene = column == "gene"
    n_tested = genes.record["n_genes"] if is_gene else len(own)
    n_passing = (
        genes.record["n_significant"].get(feature, 0)
        if is_gene
        else int((own["p_adjusted"] < genes.record["fdr"]).sum())
    )
    told = "genes" if is_gene else "gene sets and signatures"
    caption = (
        f"The {min(TOP, len(own))} {told} of smallest p with {feature}, of {n_tested:,}; Spearman, family of tests: "
        f"all {told} with this feature"
    )
    return {
        "n_tested": n_tested,
        "n_passing": n_passing,
        "first": _first(own.iloc[0].to_dict(), column),
        "table": table(caption, GENE_COLUMNS if is_gene else SET_COLUMNS, _rows(own.head(TOP), column)),
    }


def _rows(own: pd.DataFrame, column: str) -> Sequence[Sequence[object]]:
    return [
        (
            str(row[column]),
            int(row["n"]),
            rho_in_words(row["rho"], row["ci_low"], row["ci_high"]),
            effect_in_words("Spearman rho", float(row["rho"])),
            p_value(row["p_value"]),
            p_value(row["p_adjusted"]),
        )
        for row in own.to_dict("records")
    ]


def _first(row: Mapping[Any, Any], column: str) -> dict[str, str]:
    return {
        "name": str(row[column]),
        "rho": rho_in_words(row["rho"], row["ci_low"], row["ci_high"]),
        "q": p_value(row["p_adjusted"]),
        "n": f"{int(row['n'])}",
    }


def mapped_over_lesions_in_methods(content: Content) -> str:
    """Return the sentences of the methods text; empty where no feature was mapped."""
    results = content.results.get("voxels")
    if results is None:
        return ""
    record = results.record
    n, side = len(record["features"]), 2 * record["kernel_radius"] + 1
    ends = [Counter(one["end"] for one in feature["patients"]) for feature in record["features"]]
    most = max((count for of_feature in ends for count in of_feature.values()), default=0)
    if not most:
        return ""
    which = (
        "The feature of the signature was"
        if record["n_signature_features"] == 1
        else f"The {n} features of largest weight were"
        if n < record["n_signature_features"]
        else f"The {n} features of the signature were"
    )
    return (
        f"{which} illustrated in the patients with the highest and the lowest values (up to {most} each): in one axial "
        f"slice, the feature of the cube of {side} × {side} × {side} voxels around each voxel of the lesion (summaries "
        "over the phases voxel by voxel), beside the lesions' enhancement curves. These patients were chosen for their "
        "values; the maps test nothing."
    )


VOXELS = Section("voxels", "From voxel to gene", view)
