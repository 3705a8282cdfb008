"""The two-by-two table of a classifier, with exact intervals; the positive class is always named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from tilscope.statistics._labels import Label, positive_mask
from tilscope.statistics.estimates import Ratio
from tilscope.vocabulary import TableError


@dataclass(frozen=True, slots=True)
class Proportion:
    """A fraction of counted patients with its exact interval.

    Attributes
    ----------
    value : float in [0, 1]
        ``numerator / denominator``; NaN where nobody is in the denominator.
    ci_low, ci_high : float in [0, 1]
        Clopper-Pearson interval; NaN where nobody is in the denominator.
    numerator, denominator : int
        The counts.
    """

    value: float
    ci_low: float
    ci_high: float
    numerator: int
    denominator: int

    def __float__(self) -> float:
        return self.value


def proportion(numerator: int, denominator: int, *, confidence: float = 0.95) -> Proportion:
    """Return a fraction with its Clopper-Pearson interval.

    Parameters
    ----------
    numerator, denominator : int
        Counts, ``0 <= numerator <= denominator``.
    confidence : float in (0, 1)
        Level of the two-sided interval.

    References
    ----------
    Clopper & Pearson, Biometrika 1934;26:404. Equal to R ``binom.test(...)$conf.int``.
    """
    from scipy.stats import beta

    k, n = int(numerator), int(denominator)
    if n == 0:
        return Proportion(float("nan"), float("nan"), float("nan"), k, n)
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if k == 0 else float(beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(beta.ppf(1.0 - tail, k + 1, n - k))
    return Proportion(k / n, low, high, k, n)


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """Counts of a two-class decision.

    Attributes
    ----------
    tp, fn, fp, tn : int
        True positives, false negatives, false positives, true negatives.
    positive, negative : str
        Names of the classes; ``negative`` is ``not <positive>`` where no other label was met.
    confidence : float
        Level of the intervals of the proportions.
    """

    tp: int
    fn: int
    fp: int
    tn: int
    positive: str
    negative: str
    confidence: float = 0.95

    @property
    def n(self) -> int:
        """Number of patients."""
        return self.tp + self.fn + self.fp + self.tn

    @property
    def sensitivity(self) -> Proportion:
        """Positives that are called positive."""
        return proportion(self.tp, self.tp + self.fn, confidence=self.confidence)

    @property
    def specificity(self) -> Proportion:
        """Negatives that are called negative."""
        return proportion(self.tn, self.tn + self.fp, confidence=self.confidence)

    @property
    def accuracy(self) -> Proportion:
        """Patients that are called rightly."""
        return proportion(self.tp + self.tn, self.n, confidence=self.confidence)

    @property
    def ppv(self) -> Proportion:
        """Patients called positive that are positive (positive predictive value)."""
        return proportion(self.tp, self.tp + self.fp, confidence=self.confidence)

    @property
    def npv(self) -> Proportion:
        """Patients called negative that are negative (negative predictive value)."""
        return proportion(self.tn, self.tn + self.fn, confidence=self.confidence)

    @property
    def prevalence(self) -> Proportion:
        """Share of the positive class; PPV and NPV hold for patients with this share only."""
        return proportion(self.tp + self.fn, self.n, confidence=self.confidence)

    @property
    def positive_likelihood_ratio(self) -> Ratio:
        """How much a positive call multiplies the odds of being positive: sensitivity / (1 - specificity)."""
        return _risk_ratio(self.tp, self.tp + self.fn, self.fp, self.fp + self.tn, self.confidence)

    @property
    def negative_likelihood_ratio(self) -> Ratio:
        """How much a negative call multiplies the odds of being positive: (1 - sensitivity) / specificity."""
        return _risk_ratio(self.fn, self.tp + self.fn, self.tn, self.fp + self.tn, self.confidence)

    @property
    def balanced_accuracy(self) -> float:
        """Mean of sensitivity and specificity; NaN where a class is absent."""
        return (self.sensitivity.value + self.specificity.value) / 2.0

    def to_frame(self) -> pd.DataFrame:
        """Return the proportions as a table: one row each, value, interval and counts."""
        names = ("sensitivity", "specificity", "accuracy", "ppv", "npv")
        return pd.DataFrame([{"measure": name} | asdict(getattr(self, name)) for name in names]).set_index(
            "measure"
        )


def _risk_ratio(a: int, m: int, b: int, n: int, confidence: float) -> Ratio:
    """Return (a / m) / (b / n) with the interval that is normal on the logarithm.

    NaN where the ratio has a class without patients or nobody in its denominator; no interval where nobody is
    in its numerator or all are called alike.

    References
    ----------
    Simel, Samsa & Matchar, J Clin Epidemiol 1991;44:763.
    """
    from scipy.stats import norm

    if m == 0 or n == 0:
        return Ratio(float("nan"), reason="NA: one class only")
    if b == 0:
        return Ratio(float("nan"), reason="NA: nobody in the denominator")
    ratio = (a / m) / (b / n)
    if a == 0:
        return Ratio(ratio, reason="no interval: nobody in the numerator")
    if (a, b) == (m, n):
        return Ratio(ratio, reason="no interval: all patients are called alike")
    variance = 1 / a - 1 / m + 1 / b - 1 / n
    half = float(norm.ppf(0.5 + confidence / 2)) * variance**0.5
    return Ratio(ratio, ratio * math.exp(-half), ratio * math.exp(half))


def confusion_matrix(
    y: ArrayLike | Sequence[Any],
    predicted: ArrayLike | Sequence[Any],
    positive: Label,
    *,
    negative: Label | None = None,
    confidence: float = 0.95,
) -> ConfusionMatrix:
    """Count right and wrong decisions; the caller names the positive class.

    Parameters
    ----------
    y, predicted : array_like of labels, length n
        The truth and the decision, in the same two words.
    positive : str, int or bool
        Label of the positive class.
    negative : str, int or bool, optional
        Label of the other class; taken from the data where it is not given.
    confidence : float in (0, 1)
        Level of the exact intervals.

    Raises
    ------
    TableError
        ``TAB-59`` for missing labels, unequal lengths or more than two words in both together.
    """
    truth, labels = positive_mask(y, positive)
    decision, decided = positive_mask(predicted, positive)
    known = set() if negative is None else {str(negative)}
    others = sorted((set(labels) | set(decided) | known) - {str(positive)})
    if truth.size != decision.size or len(others) > 1:
        raise TableError(
            "TAB-59",
            "truth and decision do not fit together",
            found=f"{truth.size} and {decision.size} patients, labels {', '.join(others)} beside {positive}",
            expected="equal lengths and one label beside the positive one",
            remedy="Use the same two words for the truth and the decision.",
        )
    return ConfusionMatrix(
        tp=int((truth & decision).sum()),
        fn=int((truth & ~decision).sum()),
        fp=int((~truth & decision).sum()),
        tn=int((~truth & ~decision).sum()),
        positive=str(positive),
        negative=others[0] if others else f"not {positive}",
        confidence=confidence,
    )
