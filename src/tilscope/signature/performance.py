"""How well a score tells high from low TILs in one set of patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tilscope.signature.levels import HIGH, LOW
from tilscope.statistics import AucResult, ConfusionMatrix, RocCurve, confusion_matrix, roc_auc, roc_curve
from tilscope.vocabulary import TableError


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """Discrimination and calibration in one role.

    Attributes
    ----------
    role : str
        ``training``, ``validation`` or ``external``.
    positive : str
        Name of the positive class.
    n : int
        Patients.
    cutoff : float
        Scores >= cutoff are called positive; frozen from training.
    auc : AucResult
        With DeLong's interval; NaN with a reason where only one class is there.
    roc : RocCurve
        All thresholds.
    confusion : ConfusionMatrix
        At the cut-off, with exact intervals.
    brier : float in [0, 1]
        Mean squared error of the score as a probability of the positive class.
    """

    role: str
    positive: str
    n: int
    cutoff: float
    auc: AucResult
    roc: RocCurve
    confusion: ConfusionMatrix
    brier: float


def evaluate(
    levels: pd.Series,
    scores: pd.Series,
    cutoff: float,
    positive: str = HIGH,
    *,
    role: str = "validation",
    confidence: float = 0.95,
) -> Performance:
    """Evaluate a score against the truth.

    Parameters
    ----------
    levels : Series of labels
        True class by participant.
    scores : Series of float in [0, 1]
        Score by participant; the same participants, in any order.
    cutoff : float
        Frozen cut-off.
    positive : str
        The class that high scores speak for.
    role : str
        Which patients these are.
    confidence : float in (0, 1)
        Level of all intervals.

    Raises
    ------
    TableError
        ``TAB-59`` where participants differ, or a class or score is missing.
    """
    if set(levels.index) != set(scores.index) or len(levels) != len(scores) or levels.empty:
        raise TableError(
            "TAB-59",
            "levels and scores are not of the same patients",
            found=f"{len(levels)} and {len(scores)} patients",
            expected="one level and one score for each",
        )
    truth = levels.to_numpy(dtype=object)
    values = scores.reindex(levels.index).to_numpy(dtype=np.float64)
    auc = roc_auc(truth, values, positive, confidence=confidence)
    others = sorted({str(label) for label in truth} - {positive})
    other = others[0] if others else (LOW if positive == HIGH else HIGH)
    called = np.where(values >= cutoff, positive, other)
    return Performance(
        role=role,
        positive=positive,
        n=len(truth),
        cutoff=float(cutoff),
        auc=auc,
        roc=roc_curve(truth, values, positive),
        confusion=confusion_matrix(truth, called, positive, negative=other, confidence=confidence),
        brier=float(np.mean((values - (truth == positive)) ** 2)),
    )
