"""What is stored of an evaluation: performance.json, whose format ``report.content`` documents."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tilscope.signature import Performance


def performance_record(performance: Performance) -> dict[str, Any]:
    """Return one role's performance as it is stored; a number that is not defined is null."""
    auc, confusion, roc = performance.auc, performance.confusion, performance.roc
    decision, curve = performance.decision, performance.precision_recall
    return {
        "positive": performance.positive,
        "negative": confusion.negative,
        "cutoff": performance.cutoff,
        "auc": storable(auc.auc),
        "ci_low": storable(auc.ci_low),
        "ci_high": storable(auc.ci_high),
        "confidence": auc.confidence,
        "interval": auc.interval,
        "n_positive": auc.n_positive,
        "n_negative": auc.n_negative,
        "tp": confusion.tp,
        "fn": confusion.fn,
        "fp": confusion.fp,
        "tn": confusion.tn,
        "brier": storable(performance.brier),
        "roc": {"fpr": storable(1.0 - roc.specificity), "tpr": storable(roc.sensitivity)},
        "roc_band": {
            name: storable(getattr(performance.band, name)) for name in ("fpr", "ci_low", "ci_high")
        },
        "calibration": storable(performance.calibration),
        "decision_curve": {
            name: storable(getattr(decision, name))
            for name in ("thresholds", "model", "treat_all", "avoided_per_100", "reason")
        },
        "precision_recall": {
            name: storable(getattr(curve, name))
            for name in ("precision", "recall", "average_precision", "baseline", "reason")
        },
        # a test on the patients of the fit would be no test
        "p_value": None if performance.role == "training" else storable(performance.difference.p_value),
        "test": performance.difference.test,
        "statistic": None if performance.role == "training" else storable(performance.difference.statistic),
        "reason": auc.reason,
    }


def storable(value: Any) -> Any:
    """Return records as dicts, arrays and tuples as lists, and numbers that are not finite as None, however deep."""
    if isinstance(value, Mapping):
        return {key: storable(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: storable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple | np.ndarray):
        return [storable(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
