"""A small study with awkward names: a patient called ``=cmd``, genes that spreadsheets take for dates, codes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from tilscope.signature import CohortSummary, Signature, SignatureFeature
from tilscope.study import Study

KEYS = ("=cmd|'/C calc'!A0", "sub-1E5", "sub-b", "sub-c", "sub-d")
GENES = ("A1BG-AS1", "DEC1", "MARCH1", "SEPT2", "=HYPERLINK(1)", "NA")
FEATURES = ("shape_MeshVolume", "phase1_wavelet-LLL_glcm_Idmn", "mean_original_firstorder_Entropy")
THIRD = 1 / 3  # needs 17 digits
PRIVATE = "Anna Miller"


def make(root: Path) -> Study:
    """Write it: three patients have features, four have expression, one is known by name only."""
    study = Study(root)
    root.mkdir()
    (root / "study.toml").write_text('profile = "recommended"\n')
    study.source_folder.mkdir()
    (study.source_folder / "linkage.tsv").write_text(f"participant_id\tid\nsub-b\t{PRIVATE}\n")
    cells = {key: [*row] for key, row in zip(KEYS, ROWS, strict=True)}
    _write(
        study.participants_file,
        _tsv(["participant_id", "stils", "age", "code", "er/pr", "ward", "remark"], cells),
    )
    _json(study.participants_file.with_suffix(".json"), {"code": {"Description": "Code of the kit"}})
    _json(study.status_file, {"patients": {key: {"state": "done"} for key in KEYS[:4]}, "cohort": COHORT})
    _json(
        study.provenance_file,
        {"profile": "recommended", "versions": {"numpy": "2.0"}, "settings": {"cohort": {"name": "Café"}}},
    )
    _signature(study)
    _biology(study)
    return study


ROWS = (
    ("10", "51", "007", "+", "1", f"told by {PRIVATE}"),
    ("n/a", "n/a", "1-Mar", "-", "2", "b"),
    ("35.5", "48", "007", "n/a", "n/a", "c"),
    ("60", "39", "007", "+", "1", "d"),
    ("5", "70", "1-Mar", "+", "2", "e"),
)
COHORT = {"enrichment": {"state": "left out", "reason": "no gene sets"}}


def _signature(study: Study) -> None:
    values = pd.DataFrame(
        [[1.0, THIRD, 1e-300], [2.0, np.nan, 12345678901234567.0], [3.0, 0.1, -2.5]],
        pd.Index([KEYS[2], KEYS[0], KEYS[1]], name="participant_id"),
        list(FEATURES),
    )
    study.feature_table_file.parent.mkdir(parents=True)
    values.to_parquet(study.feature_table_file)
    frozen = Signature(
        name="rad-tils",
        features=(SignatureFeature(name=FEATURES[1], coefficient=-0.5, training_mean=0.2, training_sd=0.1),),
        intercept=0.25,
        cutoff=0.5,
        origin="logistic",
        cohort=CohortSummary(n_training=2, n_positive=1, n_negative=1),
    )
    folder = study.signature_folder
    folder.mkdir()
    (folder / "signature.json").write_text(frozen.to_json())
    scores = {KEYS[0]: ["training", "10", "low", str(THIRD), "low"], KEYS[2]: ["validation", *["n/a"] * 4]}
    header = ["participant_id", "role", "til_percent", "til_level", "rad_tils_score", "rad_tils_level"]
    _write(folder / "scores.tsv", _tsv(header, scores))
    read_twice = {FEATURES[1]: ["A and B", "0.9"], FEATURES[0]: ["A and B", "n/a"]}
    _write(folder / "reproducibility.tsv", _tsv(["feature", "design", "icc"], read_twice))


def _biology(study: Study) -> None:
    keys = [KEYS[4], KEYS[2], KEYS[1], KEYS[0]]
    counts = pd.DataFrame(np.arange(24).reshape(6, 4), list(GENES), keys, dtype=float)
    folder = study.biology_folder / "expression"
    folder.mkdir(parents=True)
    np.log2(counts + 1).to_parquet(folder / "expression.parquet")
    counts.to_parquet(folder / "counts.parquet")
    _json(folder / "expression.json", {"scale": "counts"})
    genes = {gene: ["0.5", "1e-09", "up"] for gene in GENES[1:]}
    _write(
        study.biology_folder / "differential_expression.tsv",
        _tsv(["gene", "log2_fc", "p_value", "direction"], genes),
    )
    sets = {"T/NK cells": ["0.1", "0.2", "n/a", "-0.4"], "2": ["1", "2", "3", "4"]}
    _write(study.biology_folder / "ssgsea.tsv", _tsv(["gene_set", *keys], sets))
    clusters = {KEYS[2]: ["1", "0.9", "0.1"], KEYS[4]: ["2", "0.8", "0.2"]}
    (study.biology_folder / "clusters").mkdir()
    _write(
        study.biology_folder / "clusters" / "clusters.tsv",
        _tsv(["participant_id", "cluster", "consensus", "mean_z"], clusters),
    )
    (study.biology_folder / "enrichment").mkdir()  # of an earlier run: must not be read
    _write(study.biology_folder / "enrichment" / "gsea.tsv", _tsv(["gene_set", "nes"], {"old": ["1"]}))


def _tsv(header: list[str], rows: dict[str, list[str]]) -> str:
    return "".join(
        "\t".join(line) + "\n" for line in [header, *([key, *cells] for key, cells in rows.items())]
    )


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _json(file: Path, content: object) -> None:
    _write(file, json.dumps(content))
