"""The biology of the score: genes, gene sets and immune signatures between high and low Rad-TILs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tilscope.pipeline.step import Products, Step
from tilscope.reading import read_expression, read_gene_sets
from tilscope.study import Study, encode_json, encode_tsv
from tilscope.vocabulary import ExpressionError


def _groups(study: Study, samples: list[str]) -> pd.Series:
    """Return high or low Rad-TILs of every sample, by the rule of the settings."""
    scores = pd.read_csv(
        study.signature_folder / "scores.tsv", sep="\t", index_col="participant_id", na_values="n/a"
    )
    known = scores.loc[scores.index.intersection(samples)].sort_index()
    if study.settings.biology.group_rule == "cohort-median":
        score = known["rad_tils_score"]
        return (score >= score.median()).map({True: "high", False: "low"}).rename("group")
    return known["rad_tils_level"].dropna().rename("group")


def _gene_sets(study: Study) -> dict[str, tuple[str, ...]]:
    sets: dict[str, tuple[str, ...]] = {}
    for file in study.gene_set_files:
        twice = sorted(set(sets) & set(found := read_gene_sets(file)))
        if twice:
            raise ExpressionError(
                "TAB-58",
                "two gene-set files have sets of one name",
                file=file.name,
                found=", ".join(twice[:5]),
                remedy="Rename the sets or leave one file out.",
            )
        sets |= found
    return sets


def _biology(study: Study, _: str) -> Products:
    from tilscope.biology import (
        GENE_LISTS,
        check_overlap,
        compare_sets,
        differential_expression,
        score_gene_sets,
        score_signatures,
    )
    from tilscope.biology.scale import log2_scale

    settings, folder = study.settings.biology, study.biology_folder
    matrix = read_expression(study.expression_file)
    log2, offset, scale_note = log2_scale(matrix.values, matrix.scale)
    groups = _groups(study, list(log2.columns))
    expression = log2[groups.index]
    genes = differential_expression(expression, groups, settings)
    table = genes.table.rename_axis("gene")
    signatures = score_signatures(expression, log2_offset=offset)
    families = {
        "signature_tests.tsv": compare_sets(signatures.scores, groups, settings.positive, "immune signatures")
    }
    notes = [*scale_note, *matrix.warnings, *signatures.warnings]
    files: dict[Path, bytes] = {}
    sets = _gene_sets(study)
    if sets:
        check_overlap(expression.index, sets, settings.min_overlap)
        scored = score_gene_sets(
            expression, sets, alpha=settings.alpha, normalise=settings.normalise, min_genes=settings.min_genes
        )
        families["immune_cells.tsv"] = compare_sets(
            scored.scores, groups, settings.positive, "gene sets (ssGSEA)"
        )
        files[folder / "ssgsea.tsv"] = encode_tsv(scored.scores.rename_axis("gene_set"))
        notes += scored.warnings
    design = {
        "group_name": "Rad-TILs",
        "positive": settings.positive,
        "negative": genes.other,
        "n_positive": genes.n_positive,
        "n_negative": genes.n_other,
        "group_rule": settings.group_rule,
        "max_p_adjusted": settings.fdr,
        "min_abs_log2_fc": settings.log2_fc,
        "named_genes": sorted({g for gene_list in GENE_LISTS for g in gene_list.genes} & set(table.index)),
        "notes": notes,
        "signature_notes": list(signatures.notes),
    }
    files |= {folder / name: encode_tsv(frame, index=False) for name, frame in families.items()}
    files |= {
        folder / "differential_expression.tsv": encode_tsv(table),
        folder / "signatures.tsv": encode_tsv(signatures.scores.rename_axis("signature")),
        folder / "groups.tsv": encode_tsv(groups.to_frame().rename_axis("participant_id")),
        folder / "design.json": encode_json(design),
    }
    return Products(files, tuple(notes))


BIOLOGY = Step(
    "biology",
    1,
    "compare genes and immune cells",
    ("biology",),
    ("numpy", "scipy", "pandas"),
    lambda study, _: (study.signature_folder / "scores.tsv", study.expression_file, *study.gene_set_files),
    lambda study, _: study.biology_folder / "provenance.json",
    _biology,
    needs=("signature",),
    is_cohort=True,
    left_out=lambda study: None if study.expression_file.is_file() else "no expression matrix",
)
