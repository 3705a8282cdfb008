"""The step that puts the honesty panel together: every repetition, the simple models, the controls, the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from tilscope.pipeline.control_features import CONTROL_KINDS
from tilscope.pipeline.honesty_batches import (
    HONESTY_BATCHES,
    KINDS,
    NESTED,
    PERMUTATIONS,
    SPLITS,
    Panel,
    batch_file,
    batch_names,
    kind_of,
    panel_inputs,
)
from tilscope.pipeline.performance_record import storable
from tilscope.pipeline.signature_step import SIGNATURE
from tilscope.pipeline.step import Products, Step
from tilscope.study import Study, encode_json, encode_tsv, load_json
from tilscope.vocabulary import TableError

Rows = Sequence[Mapping[str, Any]]
MOST_FREQUENT = 30
BASELINE_STREAM = "baselines"


def _honesty(study: Study, _: str) -> Products:
    rows = _results(study)
    done = {kind: [row for row in rows[kind] if "failed" not in row] for kind in rows}
    _refuse_nothing(rows, done)
    panel = Panel(study)
    record: dict[str, Any] = {
        "single": _single(study, done[SPLITS]),
        "splits": _splits(done[SPLITS]),
        "nested": _nested(done[NESTED], study.settings.honesty.n_nested_folds),
        "permutation": _permutation(done[PERMUTATIONS], study.settings.honesty.n_permutation_folds),
        "selection": _selection(done[SPLITS], _feature_names(study)),
        "baselines": _baselines(panel, done[SPLITS]),
        "clinical_left_out": panel.clinical.left_out,
        "controls": {kind: _control(panel, kind, done) for kind in CONTROL_KINDS if rows[kind]},
        "failures": _failures(rows),
    }
    record["verdict"] = _verdict(record)
    folder = study.signature_folder
    files = {
        folder / "honesty.json": encode_json(storable(record)),
        folder / "honesty.tsv": encode_tsv(_all_areas(done), index=False),
    }
    return Products(files, (record["verdict"]["headline"],))


def _results(study: Study) -> dict[str, list[dict[str, Any]]]:
    """Return every repetition by kind, in their order."""
    rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for name in batch_names(study):
        rows[kind_of(name)[0].name] += load_json(batch_file(study, name))["results"]
    return rows


def _refuse_nothing(rows: Mapping[str, Rows], done: Mapping[str, Rows]) -> None:
    if not done[SPLITS]:
        reasons = _failures(rows)
        raise TableError(
            "TAB-60",
            "no random split of these patients could be fitted",
            found=f"{reasons[0]['n']} times {reasons[0]['reason']}" if reasons else "no split",
            expected="splits with enough patients of both classes",
            remedy="Add patients, use fewer folds, or set honesty.n_splits = 0.",
        )


def _failures(rows: Mapping[str, Rows]) -> list[dict[str, Any]]:
    """Return what could not be done, and how often."""
    told = Counter((kind, row["failed"]) for kind in rows for row in rows[kind] if "failed" in row)
    return [{"kind": kind, "reason": reason, "n": n} for (kind, reason), n in told.most_common()]


def _column(rows: Rows, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)


def _single(study: Study, splits: Rows) -> dict[str, Any]:
    """Return the frozen signature's validation, and where it lies among the random splits."""
    validation = load_json(study.signature_folder / "performance.json")["validation"]
    single = {key: validation[key] for key in ("auc", "ci_low", "ci_high", "n_positive", "n_negative")}
    others = _column(splits, "validation_auc")
    known = others[np.isfinite(others)]
    if single["auc"] is not None and known.size:
        single["share_of_splits_below"] = float((known < single["auc"]).mean())
    return single


def _splits(rows: Rows) -> dict[str, Any]:
    from tilscope.signature.repeated_splits import auc_summary

    return {
        "validation": auc_summary(_column(rows, "validation_auc")),
        "training": auc_summary(_column(rows, "training_auc")),
        "n_empty": sum(not row["feature_names"] for row in rows),
        "n_left_out": _n_left_out(rows),
        "median_features": float(np.median([len(row["feature_names"]) for row in rows])),
        "areas": [row["validation_auc"] for row in rows],
    }


def _n_left_out(rows: Rows) -> dict[str, int]:
    """Return in how many repetitions patients had to be left out by their site, and at most how many."""
    counts = [row["n_left_out"] for row in rows]
    return {"n": sum(count > 0 for count in counts), "most": max(counts, default=0)}


def _nested(rows: Rows, n_folds: int) -> dict[str, Any] | None:
    from tilscope.signature.nested import NestedRepeat, gather_nested

    repeats = [NestedRepeat(**{k: _nan(v) for k, v in row.items() if k != "number"}) for row in rows]
    return asdict(gather_nested(repeats)) | {"n_folds": n_folds} if repeats else None


def _nan(value: Any) -> Any:
    return float("nan") if value is None else value


def _permutation(rows: Rows, n_folds: int) -> dict[str, Any] | None:
    from tilscope.signature.permutation import gather_permutations

    observed = [row["auc"] for row in rows if row["number"] == 0]
    permuted = [row["auc"] for row in rows if row["number"] > 0]
    if not observed or not permuted:
        return None
    found = gather_permutations(observed[0], permuted)
    return {
        "observed": found.observed,
        "p_value": found.p_value,
        "n_folds": n_folds,
        "mean": float(found.permuted.mean()),
        "sd": float(found.permuted.std(ddof=1)) if found.permuted.size > 1 else None,
        "permuted": permuted,
    }


def _feature_names(study: Study) -> list[str]:
    record = load_json(study.signature_folder / "signature.json")
    return [feature["name"] for feature in record["features"]]


def _selection(rows: Rows, own: Sequence[str]) -> list[dict[str, Any]]:
    """Return how often features were selected: the most frequent ones, and those of the signature."""
    counts = pd.Series([name for row in rows for name in row["feature_names"]], dtype=str).value_counts()
    ordered = counts.sort_index().sort_values(ascending=False, kind="stable")
    shown = list(dict.fromkeys([*ordered.index[:MOST_FREQUENT], *own]))
    return [
        {
            "feature": name,
            "share": float(ordered.get(name, 0)) / len(rows),
            "is_in_signature": name in own,
        }
        for name in sorted(shown, key=lambda n: (-int(ordered.get(n, 0)), n))
    ]


def _baselines(panel: Panel, splits: Rows) -> dict[str, Any]:
    """Return each simple model on the study's own split, beside the signature, and over the random splits."""
    from tilscope.signature.baselines import baseline_scores
    from tilscope.signature.repeated_splits import auc_summary

    roles = panel.own_roles
    signature = panel.own_scores
    levels = panel.whole_fit.known_levels
    found = {}
    for number, (name, columns) in enumerate(panel.baselines.items()):
        fit = baseline_scores(columns, levels, roles, panel.stream(BASELINE_STREAM, number))
        areas = np.array([_nan(row["baseline_auc"].get(name)) for row in splits], dtype=np.float64)
        found[name] = {
            "columns": list(columns),
            "terms": list(fit.terms),
            "how": fit.how,
            "splits": auc_summary(areas),
            **_compared(levels, signature, fit.scores, panel.study.settings.evaluation.interval),
        }
    return found


def _compared(
    levels: pd.Series, signature: pd.Series, simple: pd.Series, interval: Literal["logit", "delong"]
) -> dict[str, Any]:
    """Return the AUC of a simple model, and the paired test of the signature against it."""
    from tilscope.signature.levels import HIGH
    from tilscope.statistics import delong_test, roc_auc

    both = signature.index.intersection(simple.index)
    truth = levels.loc[both].to_numpy(dtype=object)
    own, other = signature.loc[both].to_numpy(), simple.loc[both].to_numpy()
    area = roc_auc(truth, other, HIGH, interval=interval)
    test = delong_test(truth, own, other, HIGH)
    return {
        "auc": area.auc,
        "ci_low": area.ci_low,
        "ci_high": area.ci_high,
        "difference": test.difference,
        "difference_low": test.ci_low,
        "difference_high": test.ci_high,
        "z": test.z,
        "p_value": test.p_value,
        "n": len(both),
    }


def _control(panel: Panel, kind: str, done: Mapping[str, Rows]) -> dict[str, Any]:
    """Return the validation AUC on a control's features beside the signature's on the same splits."""
    from tilscope.signature.repeated_splits import auc_summary

    rows = done[kind]
    numbers = {row["number"] for row in rows}
    same = [row for row in done[SPLITS] if row["number"] in numbers]
    n_patients = len(panel.whole_fit.known_levels)
    n_with = len(panel.control(kind).known_levels) if rows else 0
    return {
        "splits": auc_summary(_column(rows, "validation_auc")),
        "signature": auc_summary(_column(same, "validation_auc")),
        "areas": [row["validation_auc"] for row in rows],
        "n_patients": n_with,
        "n_without": n_patients - n_with,
    }


def _verdict(record: Mapping[str, Any]) -> dict[str, Any]:
    from tilscope.signature.verdict import RULES, Findings, judge

    nested, permutation, single = record["nested"], record["permutation"], record["single"]
    summary = record["splits"]["validation"]
    findings = Findings(
        nested=None if nested is None else _triple(nested["auc"], nested["ci_low"], nested["ci_high"]),
        p_value=_p_that_counts(permutation),
        validation=_triple(single["auc"], single["ci_low"], single["ci_high"]),
        splits=_triple(summary["mean"], summary["q025"], summary["q975"]),
        baselines={
            name: row["splits"]["mean"]
            for name, row in record["baselines"].items()
            if np.isfinite(row["splits"]["mean"])
        },
        controls={
            kind: (row["splits"]["mean"], row["signature"]["mean"])
            for kind, row in record["controls"].items()
            if row["splits"]["n"] and row["signature"]["n"]
        },
    )
    return asdict(judge(findings)) | {"rules": list(RULES)}


def _p_that_counts(permutation: Mapping[str, Any] | None) -> float | None:
    """Return the p value, unless there are too few permutations for a small one."""
    from tilscope.signature.verdict import SIGNIFICANT

    if permutation is None or 1.0 / (1 + len(permutation["permuted"])) >= SIGNIFICANT:
        return None
    return float(permutation["p_value"])


def _triple(*values: float | None) -> tuple[float, float, float] | None:
    a, b, c = (float("nan") if v is None else float(v) for v in values)
    return (a, b, c) if np.isfinite([a, b, c]).all() else None


def _all_areas(done: Mapping[str, Rows]) -> pd.DataFrame:
    """Return one row per repetition of any kind."""
    rows = []
    for kind, results in done.items():
        for row in results:
            simple = {f"{name}_auc": value for name, value in row.get("baseline_auc", {}).items()}
            rows.append(
                {
                    "kind": kind,
                    "number": row["number"],
                    "auc": row.get("validation_auc", row.get("auc")),
                    "training_auc": row.get("training_auc"),
                    "n_selected": len(row["feature_names"]) if "feature_names" in row else None,
                    **simple,
                }
            )
    return pd.DataFrame(rows)


def _inputs(study: Study, _: str) -> tuple[Path, ...]:
    folder = study.signature_folder
    own = (folder / name for name in ("signature.json", "scores.tsv", "performance.json"))
    return (*panel_inputs(study), *own, *(batch_file(study, name) for name in batch_names(study)))


def _left_out(study: Study) -> str | None:
    if study.settings.honesty.n_splits == 0:
        return "the honesty panel is switched off (honesty.n_splits = 0)"
    return SIGNATURE.left_out(study)


HONESTY = Step(
    "honesty",
    3,
    "repeat the whole fit",
    (*SIGNATURE.settings, "honesty"),
    ("numpy", "numba", "scipy", "pandas"),
    _inputs,
    lambda study, _: study.signature_folder / "honesty.provenance.json",
    _honesty,
    needs=("signature",),
    is_cohort=True,
    left_out=_left_out,
    batches=HONESTY_BATCHES,
)
