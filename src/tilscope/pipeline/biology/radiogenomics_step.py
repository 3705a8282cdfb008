"""The radiogenomic map: the score and the features of the signature against genes and gene sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from tilscope.pipeline.biology.inputs import expression_files, load_expression, load_scores, scores_file
from tilscope.pipeline.loading import read_feature_rows
from tilscope.pipeline.sites import NONE, SCANNER, load_sites, site_inputs
from tilscope.pipeline.step import Products, Step
from tilscope.study import Study, encode_json, encode_tsv

if TYPE_CHECKING:
    from tilscope.biology.landscape.radiogenomic_map import RadiogenomicMap

SET_TABLES = ("ssgsea.tsv", "signatures.tsv")
TOP_GENES = 50
MIN_PATIENTS = 4  # of fewer, no correlation has an interval


def _radiogenomics(study: Study, _: str) -> Products:
    from tilscope.biology.landscape.radiogenomic_map import MapRules, radiogenomic_map

    settings = study.settings.biology
    expression = load_expression(study).log2
    scores = load_scores(study, list(expression.columns)).rename(columns={"rad_tils_score": "score"})
    rules = MapRules(settings.fdr, TOP_GENES, settings.trend, settings.robust)
    found = radiogenomic_map(scores, _features(study, scores.index), expression, _sets(study), rules)
    notes = tuple(
        f"{rule}: {name} has no part in the radiogenomic map, {why}" for name, rule, why in found.excluded
    )
    folder = study.biology_folder / "radiogenomics"
    files: dict[Path, bytes] = {
        folder / "radiogenomics.json": encode_json(_record(found, rules.fdr, notes)),
        folder / "score_genes.tsv": encode_tsv(found.score_genes, index=False),
        folder / "feature_genes.tsv": encode_tsv(found.feature_genes, index=False),
        folder / "feature_sets.tsv": encode_tsv(found.feature_sets, index=False),
    }
    return Products(files, notes)


def _features(study: Study, patients: pd.Index) -> pd.DataFrame:
    """Return the signature's features of these patients, harmonised as in training."""
    from tilscope.signature import Signature

    signature = Signature.from_json((study.signature_folder / "signature.json").read_bytes())
    values = read_feature_rows(study.feature_table_file).reindex(patients)
    return signature.on_training_scale(values, load_sites(study, patients))


def _sets(study: Study) -> pd.DataFrame:
    """Return the single-sample scores of the step `biology`: of gene sets, then of signatures, where there are any."""
    files = [file for name in SET_TABLES if (file := study.biology_folder / name).is_file()]
    tables = [pd.read_csv(file, sep="\t", index_col=0, na_values="n/a") for file in files]
    return pd.concat(tables).dropna(how="all") if tables else pd.DataFrame()


def _record(found: RadiogenomicMap, fdr: float, notes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "n_samples": found.n_samples,
        "n_outside": found.n_outside,
        "n_genes": len(found.score_genes),
        "fdr": fdr,
        "top": TOP_GENES,
        "score_sd": None if pd.isna(found.score_sd) else found.score_sd,
        "n_significant": found.n_significant,
        "feature_order": list(found.feature_order),
        "set_order": list(found.set_order),
        "excluded": [{"name": name, "rule": rule, "reason": why} for name, rule, why in found.excluded],
        "notes": list(notes),
    }


def _inputs(study: Study, _: str) -> tuple[Path, ...]:
    source = study.settings.harmonisation.site
    files = (
        scores_file(study),
        study.signature_folder / "signature.json",
        study.feature_table_file,
        *(study.biology_folder / name for name in SET_TABLES),
        *(() if source in (NONE, SCANNER) else (study.participants_file,)),
        *site_inputs(study, study.patients),
    )
    return (*expression_files(study), *(file for file in files if file.is_file()))


def _left_out(study: Study) -> str | None:
    """Say why there is nothing to map; a small study is told so, it has not failed."""
    groups = study.biology_folder / "groups.tsv"
    if not groups.is_file():
        return None
    n_patients = len(groups.read_text(encoding="utf-8").splitlines()) - 1
    if n_patients < MIN_PATIENTS:
        return f"{n_patients} patients with expression and a score, the map needs {MIN_PATIENTS}"
    return None


RADIOGENOMICS = Step(
    "radiogenomics",
    2,
    "map features to genes",
    ("biology.fdr", "biology.trend", "biology.robust", "harmonisation.site"),
    ("numpy", "scipy", "pandas"),
    _inputs,
    lambda study, _: study.biology_folder / "radiogenomics" / "provenance.json",
    _radiogenomics,
    needs=("biology",),
    is_cohort=True,
    left_out=_left_out,
)
