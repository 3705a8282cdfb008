"""The intercept of a logistic equation against the prevalence, which tells whether features were standardised."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from tilscope.signature.audit.claims import EquationClaim
from tilscope.signature.audit.findings import Finding, plain
from tilscope.signature.audit.printed import EN_DASH, Printed

_NODES = 200  # of the quadrature over a normal linear predictor
_REACH = 50.0  # logits


def intercept_of_standardised(prevalence: float, sd: float) -> float:
    """Return the intercept of a logistic fit on standardised features.

    The fitted probabilities of an unpenalised fit have the prevalence as their mean. With standardised features
    the linear predictor has the intercept as its mean; its standard deviation spreads the probabilities, so that
    the intercept lies further from 0 than the prevalence's own logit.

    Parameters
    ----------
    prevalence : float in (0, 1)
        Share of the positive class in training.
    sd : float >= 0
        Standard deviation of the linear predictor, taken as normal.

    References
    ----------
    Gauss-Hermite quadrature of the logistic-normal mean; the score equation of the intercept, Hosmer &
    Lemeshow, Applied Logistic Regression, section 1.2.
    """
    from scipy.optimize import brentq
    from scipy.special import expit

    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = weights / weights.sum()
    return float(
        brentq(lambda b: float((weights * expit(b + sd * nodes)).sum()) - prevalence, -_REACH, _REACH)
    )


def intercept_from_auc(prevalence: float, auc: float) -> float:
    """Return the intercept on standardised features of a score with this AUC, normal in both classes.

    With ``delta = sqrt(2) * probit(AUC)`` between the class means in units of the common sd, the log-odds at the
    overall mean are ``logit(prevalence) + delta^2 (prevalence - 1/2)`` (linear discriminant).
    """
    from scipy.stats import norm

    delta = 2**0.5 * float(norm.ppf(auc))
    return math.log(prevalence / (1 - prevalence)) + delta**2 * (prevalence - 0.5)


def check_equation(claim: EquationClaim) -> Iterator[Finding]:
    """Yield a finding on the intercept: what it would be if the features had been standardised."""
    n = claim.n_positive + claim.n_negative
    prevalence = claim.n_positive / n
    weights = np.array([float(c) for c in claim.coefficients])
    apart, together = float((weights**2).sum() ** 0.5), float(np.abs(weights).sum())
    limits = [intercept_of_standardised(prevalence, sd) for sd in (0.0, apart, together)]
    from_auc = _from_auc(claim, prevalence)
    low, high = min([*limits, *from_auc]), max([*limits, *from_auc])
    needed = f"{plain(min(limits[1:]), 2)} to {plain(max(limits[1:]), 2)} (features uncorrelated to fully correlated)"
    if claim.auc is not None and from_auc:
        at_auc = plain(intercept_from_auc(prevalence, float(claim.auc)), 2)
        around = EN_DASH.join(plain(v, 2) for v in (min(from_auc), max(from_auc)))
        needed += f", or {at_auc} by the AUC" + (
            f" ({around} over its interval)" if len(from_auc) > 1 else ""
        )
    reason = (
        f"with standardised features, {claim.n_positive} of {n} positive ({100 * prevalence:.0f} %) and a normal "
        f"linear predictor it would be {needed}"
    )
    details = {
        "prevalence": prevalence, "lowest": low, "highest": high, "by_weights": limits, "by_auc": from_auc,
    }  # fmt: skip
    text = f"intercept {claim.intercept}"
    if claim.standardised is False:
        reason = "any intercept is possible where the features were not standardised"
        yield Finding(claim.name, text, "consistent", reason, details=details)
    elif claim.intercept.span().meets(low, high):
        yield Finding(claim.name, text, "consistent", reason, details=details)
    else:
        yield Finding(
            claim.name, text, "consistent only if", reason, _CONDITIONS[claim.standardised], details
        )


_CONDITIONS = {
    None: "the features were not standardised on the training set",
    True: "the linear predictor is far from normal, or the fit was penalised",
}


def _from_auc(claim: EquationClaim, prevalence: float) -> list[float]:
    numbers: list[Printed] = [] if claim.auc is None else [claim.auc, *(claim.auc_ci or ())]
    inside = [float(number) for number in numbers if Fraction(1, 2) <= number.value < 1]
    return sorted(intercept_from_auc(prevalence, value) for value in inside)
