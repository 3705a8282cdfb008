"""One role's performance as performance.json holds it; a file of an earlier version lacks some of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from tilscope.statistics import (
    Calibration,
    CalibrationCurve,
    CalibrationGroup,
    Estimate,
    Proportion,
    Ratio,
)
from tilscope.vocabulary import StudyError

Numbers = tuple[float, ...]
COUNTS = ("n_positive", "n_negative", "tp", "fn", "fp", "tn")
_NAN = float("nan")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class NetBenefit:
    """A decision curve: threshold probabilities, and net benefit of acting on the score and on everybody."""

    thresholds: Numbers
    model: Numbers
    treat_all: Numbers
    avoided_per_100: Numbers = ()


@dataclass(frozen=True, slots=True)
class Band:
    """Limits of the sensitivity, as steps over the false positive rate."""

    fpr: Numbers
    ci_low: Numbers
    ci_high: Numbers


@dataclass(frozen=True, slots=True)
class Recall:
    """A precision-recall curve from the highest threshold to the lowest, and its average precision."""

    recall: Numbers
    precision: Numbers
    average_precision: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Performance:
    """One role's performance, as in performance.json; None or empty where it is not defined or not there."""

    role: str
    positive: str
    negative: str
    auc: float | None
    ci_low: float | None
    ci_high: float | None
    n_positive: int
    n_negative: int
    tp: int
    fn: int
    fp: int
    tn: int
    fpr: Numbers
    tpr: Numbers
    confidence: float = 0.95
    p_value: float | None = None
    reason: str | None = None
    interval: str = "delong"
    calibration: Calibration | None = None
    net_benefit: NetBenefit | None = None
    recall: Recall | None = None
    band: Band | None = None
    test: str | None = None
    statistic: float | None = None


def performance_of_record(role: str, row: Mapping[str, Any]) -> Performance:
    """Return one role's performance from its record in performance.json.

    Raises
    ------
    StudyError
        RUN-76 where a count of patients is none.
    """
    wrong = [f"{name} {row.get(name)!r}" for name in COUNTS if not _is_count(row.get(name))]
    if wrong:
        raise StudyError(
            "RUN-76",
            f"the performance of the role {role} has impossible counts",
            file="performance.json",
            found=", ".join(wrong),
            expected="whole numbers of patients from 0",
            remedy="Delete the file and run again: it will be made anew.",
        )
    names = set(Performance.__dataclass_fields__) - {"role", "fpr", "tpr", "calibration", "recall"}
    given = {k: v for k, v in row.items() if k in names and v is not None}
    given = {"auc": None, "ci_low": None, "ci_high": None} | given
    given.setdefault(
        "negative", {"high": "low", "low": "high"}.get(row["positive"], f"not {row['positive']}")
    )
    curve = row.get("roc") or {}
    fpr, tpr = _defined(curve.get("fpr", ())), _defined(curve.get("tpr", ()))
    return Performance(
        role=role,
        fpr=fpr if tpr else (),
        tpr=tpr if fpr else (),
        calibration=_calibration(row["calibration"], row) if row.get("calibration") else None,
        net_benefit=_net_benefit(row.get("decision_curve") or {}),
        recall=_recall(row.get("precision_recall") or {}),
        band=_band(row.get("roc_band") or {}),
        **given,
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and value >= 0


def _defined(values: Any) -> Numbers:
    """Return the numbers of a curve; nothing where one of them is missing (a class is empty: no curve)."""
    return () if None in values else tuple(values)


def _net_benefit(row: Mapping[str, Any]) -> NetBenefit | None:
    found = {
        name: _defined(row.get(name, ())) for name in ("thresholds", "model", "treat_all", "avoided_per_100")
    }
    return NetBenefit(**found) if found["thresholds"] and found["model"] and found["treat_all"] else None


def _band(row: Mapping[str, Any]) -> Band | None:
    found = {name: _defined(row.get(name, ())) for name in ("fpr", "ci_low", "ci_high")}
    return Band(**found) if all(found.values()) else None


def _recall(row: Mapping[str, Any]) -> Recall | None:
    average = row.get("average_precision")
    if average is None:
        return None
    return Recall(_defined(row["recall"]), _defined(row["precision"]), average, row["baseline"])


def _calibration(row: Mapping[str, Any], performance: Mapping[str, Any]) -> Calibration:
    """Return the record that was stored; a number that was not defined is NaN again."""
    groups = tuple(
        CalibrationGroup(group["mean_score"], _record(Proportion, group["observed"]))
        for group in row.get("groups", ())
    )
    curve = CalibrationCurve(**{k: tuple(v) for k, v in (row.get("curve") or {}).items()})
    plain = ("mean_score", "joint_chi2", "joint_p_value", "brier", "scaled_brier")
    return Calibration(
        positive=performance["positive"],
        n=performance["n_positive"] + performance["n_negative"],
        n_positive=performance["n_positive"],
        confidence=performance.get("confidence", 0.95),
        expected_observed=_record(Ratio, row["expected_observed"]),
        intercept=_record(Estimate, row["intercept"]),
        slope=_record(Estimate, row["slope"]),
        groups=groups,
        curve=curve,
        reason=row.get("reason"),
        **{name: _number(row.get(name)) for name in plain},
    )


def _record(kind: type[_R], row: Mapping[str, Any]) -> _R:
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    values = {name: row.get(name) if name == "reason" else _number(row.get(name)) for name in names}
    return kind(**{name: value for name, value in values.items() if name in row or name != "reason"})


def _number(value: Any) -> Any:
    return _NAN if value is None else value
