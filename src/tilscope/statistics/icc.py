"""Intraclass correlation: how well readers agree, in the six forms of Shrout and Fleiss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tilscope.vocabulary import TableError

ICC_FORMS = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")
CONSTANT = 1e-12  # a range below this share of the largest value is rounding, not a difference
_REASONS = ("", "missing or infinite rating", "one value throughout")
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class IccForm:
    """One form of the ICC; floats for one feature, arrays of shape (n_features,) for several.

    Attributes
    ----------
    form : str
        One of :data:`ICC_FORMS`.
    value, ci_low, ci_high : float or ndarray, at most 1
        The coefficient and its interval; NaN for a feature that is constant or has missing ratings.
    f_statistic, p_value : float or ndarray
        F test that the coefficient is zero.
    df1, df2 : float
        Degrees of freedom of the F test.
    """

    form: str
    value: Array | float
    ci_low: Array | float
    ci_high: Array | float
    f_statistic: Array | float
    p_value: Array | float
    df1: float
    df2: float


@dataclass(frozen=True, slots=True, eq=False)
class IccResult:
    """All six forms.

    Attributes
    ----------
    forms : tuple of IccForm
        In the order of :data:`ICC_FORMS`.
    n_targets, n_raters : int
        Patients (targets) and readers or sessions (raters).
    confidence : float
        Level of the intervals.
    reasons : tuple of str
        Per feature, why it has no ICC; empty where it has one.
    """

    forms: tuple[IccForm, ...]
    n_targets: int
    n_raters: int
    confidence: float
    reasons: tuple[str, ...] = ()

    def form(self, name: str = "ICC(2,1)") -> IccForm:
        """Return one form; the default is absolute agreement of single readers, two-way random."""
        return self.forms[ICC_FORMS.index(name)]

    def to_frame(self, names: Sequence[str] | None = None) -> pd.DataFrame:
        """Return a long table: feature, form, icc, ci_low, ci_high, f_statistic, df1, df2, p_value."""
        n = np.atleast_1d(np.asarray(self.forms[0].value)).size
        features = list(range(n)) if names is None else list(names)
        parts = [
            pd.DataFrame(
                {
                    "feature": features,
                    "form": one.form,
                    "icc": np.atleast_1d(np.asarray(one.value)),
                    "ci_low": np.atleast_1d(np.asarray(one.ci_low)),
                    "ci_high": np.atleast_1d(np.asarray(one.ci_high)),
                    "f_statistic": np.atleast_1d(np.asarray(one.f_statistic)),
                    "df1": one.df1,
                    "df2": one.df2,
                    "p_value": np.atleast_1d(np.asarray(one.p_value)),
                }
            )
            for one in self.forms
        ]
        return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True, slots=True, eq=False)
class _MeanSquares:
    between: Array
    within: Array
    raters: Array
    error: Array
    n: int
    k: int
    fault: NDArray[np.int_]


def icc(ratings: ArrayLike, *, confidence: float = 0.95) -> IccResult:
    """Six intraclass correlations with F-based intervals, for one feature or for many at once.

    Parameters
    ----------
    ratings : array_like of float, shape (n_targets, n_raters) or (n_features, n_targets, n_raters)
        At least 2 targets and 2 raters. Nothing is imputed: give the targets that every rater has rated. A
        feature with a missing or infinite rating, or with one value throughout, gets NaN and a reason.
    confidence : float in (0, 1)
        Level of the two-sided intervals.

    Returns
    -------
    IccResult
        Read one form with ``result.form("ICC(2,1)")``; with 2-D ratings its fields are floats.

    Raises
    ------
    TableError
        ``TAB-60`` for another shape.

    References
    ----------
    Shrout & Fleiss, Psychol Bull 1979;86:420; McGraw & Wong, Psychol Methods 1996;1:30.
    Equal to R ``psych::ICC(x, lmer = FALSE)`` for complete data.
    """
    values = _checked(ratings)
    stack = values if values.ndim == 3 else values[np.newaxis]
    squares = _mean_squares(stack)
    with np.errstate(divide="ignore", invalid="ignore"):
        forms = _single_forms(squares, confidence)
        forms += tuple(_average_form(form, squares.k) for form in forms)
    if values.ndim == 2:
        forms = tuple(_first(form) for form in forms)
    return IccResult(forms, squares.n, squares.k, confidence, tuple(_REASONS[c] for c in squares.fault))


def icc_value(ratings: ArrayLike, form: str = "ICC(2,1)") -> Array:
    """One form of the ICC without its interval, for filters that are fitted hundreds of times.

    Parameters
    ----------
    ratings : array_like of float, shape (n_features, n_targets, n_raters)
        As for :func:`icc`.
    form : str
        One of :data:`ICC_FORMS`.

    Returns
    -------
    ndarray of float, shape (n_features,)
        The same numbers as ``icc(ratings).form(form).value``.

    Raises
    ------
    TableError
        ``TAB-60`` for another shape.
    """
    values = _checked(ratings)
    ms = _mean_squares(values if values.ndim == 3 else values[np.newaxis])
    with np.errstate(divide="ignore", invalid="ignore"):
        if form.startswith("ICC(2"):
            single = _agreement_value(ms)
        else:
            noise = ms.within if form.startswith("ICC(1") else ms.error
            single = (ms.between - noise) / (ms.between + (ms.k - 1) * noise)
        return np.asarray(single if form.endswith(",1)") else _step_up(single, ms.k))


def _checked(ratings: ArrayLike) -> Array:
    values = np.asarray(ratings, dtype=np.float64)
    if values.ndim not in (2, 3) or min(values.shape[-2:], default=0) < 2:
        raise TableError(
            "TAB-60",
            "ratings have no usable shape",
            found=values.shape,
            expected="(targets, raters) or (features, targets, raters) with at least 2 of each",
            remedy="Give every reader's value for every patient.",
        )
    return values


def _mean_squares(stack: Array) -> _MeanSquares:
    _, n, k = stack.shape
    is_finite: NDArray[np.bool_] = np.asarray(np.isfinite(stack).all(axis=(1, 2)))
    known = np.where(is_finite[:, np.newaxis, np.newaxis], stack, 0.0)
    largest = np.abs(known).max(axis=(1, 2))
    is_constant: NDArray[np.bool_] = np.asarray(np.ptp(known, axis=(1, 2)) <= CONSTANT * largest)
    fault = np.where(is_finite, np.where(is_constant, 2, 0), 1)
    is_usable: NDArray[np.bool_] = fault == 0
    x = np.where(is_usable[:, np.newaxis, np.newaxis], known, np.nan)
    x = x - x.mean(axis=(1, 2), keepdims=True)
    target, rater = x.mean(axis=2, keepdims=True), x.mean(axis=1, keepdims=True)
    between = k * np.sum(target**2, axis=(1, 2)) / (n - 1)
    within = np.sum((x - target) ** 2, axis=(1, 2)) / (n * (k - 1))
    raters = n * np.sum(rater**2, axis=(1, 2)) / (k - 1)
    error = np.sum((x - target - rater) ** 2, axis=(1, 2)) / ((n - 1) * (k - 1))
    return _MeanSquares(between, within, raters, error, n, k, fault)


def _single_forms(ms: _MeanSquares, confidence: float) -> tuple[IccForm, ...]:
    one_way, fixed = (_consistency(name, ms, confidence) for name in ("ICC(1,1)", "ICC(3,1)"))
    return one_way, _agreement(ms, confidence), fixed


def _consistency(name: str, ms: _MeanSquares, confidence: float) -> IccForm:
    """Return a one-way form (noise: within targets) or a two-way fixed form (noise: residual)."""
    from scipy.stats import f

    one_way = name == "ICC(1,1)"
    noise = ms.within if one_way else ms.error
    df1, df2 = ms.n - 1, ms.n * (ms.k - 1) if one_way else (ms.n - 1) * (ms.k - 1)
    upper = 0.5 + confidence / 2
    # multiplied through by the noise, so that perfect agreement (noise 0) gives 1 and not inf / inf
    low = ms.between / f.ppf(upper, df1, df2)
    high = ms.between * f.ppf(upper, df2, df1)
    statistic = ms.between / noise
    return IccForm(
        name,
        (ms.between - noise) / (ms.between + (ms.k - 1) * noise),
        (low - noise) / (low + (ms.k - 1) * noise),
        (high - noise) / (high + (ms.k - 1) * noise),
        statistic,
        f.sf(statistic, df1, df2),
        float(df1),
        float(df2),
    )


def _agreement(ms: _MeanSquares, confidence: float) -> IccForm:
    """Return the two-way random form, whose interval has Satterthwaite's degrees of freedom."""
    from scipy.stats import f

    n, k = ms.n, ms.k
    value = _agreement_value(ms)
    a = k * value * ms.raters
    b = (n * (1 + (k - 1) * value) - k * value) * ms.error
    df = (k - 1) * (n - 1) * (a + b) ** 2 / ((n - 1) * a**2 + b**2)
    df = np.where((a == 0) & (b == 0), 1.0, df)  # perfect agreement: the interval is 1..1 for any df
    upper = 0.5 + confidence / 2
    f_up, f_low = f.ppf(upper, n - 1, df), f.ppf(upper, df, n - 1)
    spread = k * ms.raters + (k * n - k - n) * ms.error
    statistic = ms.between / ms.error
    df1, df2 = n - 1, (n - 1) * (k - 1)
    return IccForm(
        "ICC(2,1)",
        value,
        n * (ms.between - f_up * ms.error) / (f_up * spread + n * ms.between),
        n * (f_low * ms.between - ms.error) / (spread + n * f_low * ms.between),
        statistic,
        f.sf(statistic, df1, df2),
        float(df1),
        float(df2),
    )


def _agreement_value(ms: _MeanSquares) -> Array:
    between, error, k = ms.between, ms.error, ms.k
    value: Array = (between - error) / (between + (k - 1) * error + k * (ms.raters - error) / ms.n)
    return value


def _average_form(form: IccForm, k: int) -> IccForm:
    """Step a single-rater form up to the mean of k raters (Spearman-Brown)."""
    value, low, high = (_step_up(x, k) for x in (form.value, form.ci_low, form.ci_high))
    name = form.form.replace(",1)", ",k)")
    return IccForm(name, value, low, high, form.f_statistic, form.p_value, form.df1, form.df2)


def _step_up(value: Array | float, k: int) -> Array | float:
    return k * value / (1 + (k - 1) * value)


def _first(form: IccForm) -> IccForm:
    value, low, high, statistic, p_value = (
        float(np.asarray(x)[0])
        for x in (form.value, form.ci_low, form.ci_high, form.f_statistic, form.p_value)
    )
    return IccForm(form.form, value, low, high, statistic, p_value, form.df1, form.df2)
