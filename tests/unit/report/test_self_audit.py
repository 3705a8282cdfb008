"""The report recomputes its own numbers: a true one says so, a tampered one says that."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tilscope.report import build, read_content
from tilscope.report.performances import performance_of_record
from tilscope.report.self_audit import audit_own
from tilscope.statistics import confusion_matrix, roc_auc
from tilscope.study import Study


@pytest.fixture
def own_study(study: Study, tmp_path: Path) -> Study:
    shutil.copytree(study.root, tmp_path / "copy")
    return Study(tmp_path / "copy")


def tamper(study: Study, **changes: object) -> None:
    file = study.signature_folder / "performance.json"
    content = json.loads(file.read_text())
    content["training"] |= changes
    file.write_text(json.dumps(content))


def test_a_true_report_is_consistent(page: str, study: Study) -> None:
    own = audit_own(read_content(study.root))
    assert not own.contradictions
    places = {f.place for f in own.findings}
    assert {"Flow of patients", "Table 1", "Training performance", "Validation performance"} <= places
    n = len(own.findings)
    assert n > 20
    assert f"Numbers recomputed: {n} of {n} consistent" in page
    assert "AUD-94" not in page


def test_matrix_and_auc_are_made_anew_from_the_scores(study: Study) -> None:
    claims = [f.claim for f in audit_own(read_content(study.root)).findings]
    assert sum(claim.startswith("confusion matrix tp") for claim in claims) == 2
    assert sum(claim.startswith("AUC") and claim.endswith("of the scores") for claim in claims) == 4


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (
            lambda row: {"tp": row["tp"] - 1, "fn": row["fn"] + 1},
            "confusion matrix",
        ),  # adds up, but is not so
        (lambda row: {"tp": row["tp"] + 1}, "sensitivity"),
        (lambda row: {"n_negative": row["n_negative"] + 1}, "Training patients"),
        (lambda row: {"auc": row["auc"] - 0.05}, "of the scores"),
        (lambda row: {"ci_low": row["auc"] + 0.01}, "AUC"),
        (lambda row: {"ci_low": row["ci_low"] + 0.01}, "AUC interval"),
    ],
)
def test_a_tampered_performance_is_told(own_study: Study, change, word: str) -> None:
    file = own_study.signature_folder / "performance.json"
    tamper(own_study, **change(json.loads(file.read_text())["training"]))
    own = audit_own(read_content(own_study.root))
    assert any(word in f"{f.place} {f.claim}" for f in own.contradictions)


@pytest.mark.usefixtures("blank_figures")
def test_the_page_shows_the_contradiction_first(own_study: Study, whole: Callable[[Path], str]) -> None:
    row = json.loads((own_study.signature_folder / "performance.json").read_text())["training"]
    tamper(own_study, tp=row["fn"], fn=row["tp"])
    first = build(own_study)
    page = first.read_text(encoding="utf-8")
    assert "AUD-94: numbers of this report contradict each other." in page
    assert page.index("AUD-94") < page.index('id="summary"')
    own = audit_own(read_content(own_study.root))
    assert f"{len(own.findings) - len(own.contradictions)} of {len(own.findings)} consistent" in whole(first)


def test_what_cannot_be_read_as_a_number_is_told(own_study: Study) -> None:
    content = read_content(own_study.root)
    wrong = dataclasses.replace(content.performance[0], n_positive=-7)
    own = audit_own(dataclasses.replace(content, performance=(wrong, *content.performance[1:])))
    assert "printed numbers" in [f.claim for f in own.contradictions]


def test_nothing_to_recompute_is_no_fault(tmp_path: Path) -> None:
    own = audit_own(read_content(tmp_path))
    assert own.findings == own.contradictions == ()


@pytest.mark.parametrize("profile", ["recommended", "paper-2022"])
def test_table_one_of_both_profiles_is_recomputed(own_study: Study, profile: str) -> None:
    content = json.loads(own_study.provenance_file.read_text()) | {"profile": profile}
    own_study.provenance_file.write_text(json.dumps(content))
    own = audit_own(read_content(own_study.root))
    assert not own.contradictions
    assert any(f.place == "Table 1" and ": p " in f.claim for f in own.findings)


def _true_cohort(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a clinical table with missing values, rare levels and tiny numbers, and scores, some of them tied."""
    n = int(rng.integers(12, 120))
    latent = rng.normal(size=n)
    score = 1 / (1 + np.exp(-latent * rng.uniform(0.3, 4)))
    if rng.random() < 0.4:
        score = score.round(1)
    index = pd.Index([f"sub-{i}" for i in range(n)], name="participant_id")
    truth = latent + rng.normal(size=n) * rng.uniform(0.1, 2) > 0
    scores = pd.DataFrame(
        {
            "role": rng.choice(["training", "validation"], n),
            "til_percent": 10.0,
            "til_level": np.where(truth, "high", "low"),
            "rad_tils_score": score,
            "rad_tils_level": np.where(score >= np.median(score), "high", "low"),
        },
        index=index,
    )
    table = pd.DataFrame(
        {
            "age": rng.normal(54, 11, n).round(),
            "volume": rng.lognormal(3, 1, n),
            "tiny": rng.normal(0, 1e-3, n),
            "menopause": rng.choice(["pre", "post"], n),
            "n_stage": rng.choice(["0", "1", "2", "3"], n, p=[0.6, 0.25, 0.1, 0.05]),
        },
        index=index,
    )
    return table.mask(rng.random(table.shape) < rng.uniform(0, 0.3)), scores


def _record(rows: pd.DataFrame, kind: Any) -> dict[str, Any]:
    level = rows["til_level"].to_numpy(dtype=object)
    found = roc_auc(level, rows["rad_tils_score"].to_numpy(), "high", interval=kind)
    matrix = confusion_matrix(level, rows["rad_tils_level"].to_numpy(dtype=object), "high", negative="low")
    numbers = {name: getattr(found, name) for name in ("auc", "ci_low", "ci_high")}
    return {
        "positive": "high", "negative": "low", "interval": kind, "reason": found.reason,
        "n_positive": found.n_positive, "n_negative": found.n_negative,
        **{name: float(value) if np.isfinite(value) else None for name, value in numbers.items()},
        **{name: getattr(matrix, name) for name in ("tp", "fn", "fp", "tn")},
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_true_cohorts_never_contradict_themselves(study: Study, seed: int) -> None:
    """Run over 160 such cohorts once: 10,302 findings, no contradiction."""
    table, scores = _true_cohort(np.random.default_rng(seed))
    kind = ("logit", "delong")[seed % 2]
    content = dataclasses.replace(
        read_content(study.root),
        participants=table,
        scores=scores,
        profile=("recommended", "paper-2022")[seed // 2 % 2],
        performance=tuple(
            performance_of_record(str(role), _record(rows, kind)) for role, rows in scores.groupby("role")
        ),
    )
    own = audit_own(content)
    assert [f"{f.place}: {f.claim}; {f.says}" for f in own.contradictions] == []
    assert len(own.findings) > 25
