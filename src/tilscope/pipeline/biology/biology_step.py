"""The biology of the score: genes, gene sets and immune signatures between high and low Rad-TILs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tilscope.pipeline.biology.gene_comparison import compare_genes
from tilscope.pipeline.biology.inputs import (
    collection_files,
    expression_files,
    load_collections,
    load_expression,
    load_groups,
    scores_file,
    sets_for,
)
from tilscope.pipeline.loading import load_participants
from tilscope.pipeline.step import Products, Step
from tilscope.study import Study, encode_json, encode_tsv

SET_SCORES = {"ssgsea": "ssGSEA", "gsva": "GSVA"}


def _biology(study: Study, _: str) -> Products:
    from tilscope.biology import (
        GENE_LISTS,
        check_overlap,
        compare_sets,
        score_sets,
        score_signatures,
    )

    settings, folder = study.settings.biology, study.biology_folder
    cohort = load_expression(study)
    groups = load_groups(study, list(cohort.log2.columns))
    expression = cohort.log2[groups.index]
    genes = compare_genes(cohort, groups, load_participants(study), settings)
    table = genes.table.rename_axis("gene")
    signatures = score_signatures(expression, log2_offset=cohort.offset)
    families = {
        "signature_tests.tsv": compare_sets(signatures.scores, groups, settings.positive, "immune signatures")
    }
    notes = [*cohort.record["notes"], *signatures.warnings]
    files: dict[Path, bytes] = {}
    sets = sets_for(load_collections(study), "cells")
    if sets:
        check_overlap(expression.index, sets, settings.min_overlap)
        scored = score_sets(expression, sets, settings)
        tests = compare_sets(
            scored.scores, groups, settings.positive, f"gene sets ({SET_SCORES[settings.set_scores]})"
        )
        counts = scored.coverage.loc[tests["variable"], ["n_present", "n_genes"]]
        families["immune_cells.tsv"] = pd.concat([tests, counts.reset_index(drop=True)], axis=1)
        files[folder / "ssgsea.tsv"] = encode_tsv(scored.scores.rename_axis("gene_set"))
        notes += scored.warnings
    if genes.mean_variance is not None:
        files[folder / "mean_variance.tsv"] = encode_tsv(genes.mean_variance.rename_axis("gene"))
    design = {
        "group_name": "Rad-TILs",
        "positive": settings.positive,
        "negative": genes.other,
        "n_positive": int((genes.groups == settings.positive).sum()),
        "n_negative": int((genes.groups == genes.other).sum()),
        "model": genes.record,
        "group_rule": settings.group_rule,
        "set_scores": settings.set_scores,
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


def _inputs(study: Study, _: str) -> tuple[Path, ...]:
    # without covariates nothing here reads the clinical table, and a new column of it must not repeat the step
    clinical = (study.participants_file,) if study.settings.biology.covariates else ()
    return (scores_file(study), *clinical, *expression_files(study), *collection_files(study))


BIOLOGY = Step(
    "biology",
    4,
    "compare genes and immune cells",
    ("biology", "expression.identifiers"),
    ("numpy", "scipy", "pandas"),
    _inputs,
    lambda study, _: study.biology_folder / "provenance.json",
    _biology,
    needs=("signature", "expression"),
    is_cohort=True,
)
