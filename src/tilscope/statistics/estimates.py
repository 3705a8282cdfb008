"""What is estimated with an interval: the two small records that several statistics share."""

from __future__ import annotations

from dataclasses import dataclass

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio with its interval.

    Attributes
    ----------
    value : float >= 0
        NaN with a reason.
    ci_low, ci_high : float >= 0
        NaN where there is no interval.
    reason : str or None
        Why a number above is NaN.
    """

    value: float
    ci_low: float = _NAN
    ci_high: float = _NAN
    reason: str | None = None

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coefficient of a model with Wald's interval and test.

    Attributes
    ----------
    value, standard_error : float
        NaN with a reason.
    ci_low, ci_high : float
        ``value`` -+ normal quantile x ``standard_error``.
    p_value : float in [0, 1]
        Two-sided, of the hypothesis that the coefficient is ``null``.
    null : float
        What the coefficient of a perfect score is.
    reason : str or None
        Why the numbers are NaN.
    """

    value: float
    standard_error: float
    ci_low: float
    ci_high: float
    p_value: float
    null: float
    reason: str | None = None


def wald_estimate(value: float, standard_error: float, null: float, confidence: float) -> Estimate:
    """Return a coefficient with Wald's interval and its test against ``null``."""
    from scipy.stats import norm

    half = float(norm.ppf(0.5 + confidence / 2)) * standard_error
    p_value = float(2 * norm.sf(abs(value - null) / standard_error))
    return Estimate(value, standard_error, value - half, value + half, p_value, null)


def no_estimate(null: float, reason: str) -> Estimate:
    """Return a coefficient that cannot be estimated, with the reason."""
    return Estimate(_NAN, _NAN, _NAN, _NAN, _NAN, null, reason)
