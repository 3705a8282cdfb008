"""The same genes against many variables, one at a time: permuted labels, or many scores.

What does not change is computed once: the part of every gene that the covariates explain, and its sum of squares. Each
variable then costs one product of matrices and the genes' common prior. The numbers are those of `moderated_t`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tilscope.biology.differential.checking import check_design, check_fit
from tilscope.biology.differential.linear_model import (
    ROUNDING,
    ContrastFit,
    fit_contrast,
    row_means,
    row_squares,
)
from tilscope.biology.differential.moderation import moderate
from tilscope.biology.expression.door import check_expression
from tilscope.statistics import benjamini_hochberg

FloatArray = NDArray[np.float64]

REFIT_COLUMNS = ("log2_fc", "t", "p_value", "p_adjusted")
BATCH = 64
"""Variables per product of matrices: 10 MB for 20,000 genes."""
CANCELLATION = 1e-4
"""Where less than this fraction of a gene is left unexplained, the residuals themselves are summed."""


def refit_many(
    expression: pd.DataFrame,
    variables: pd.DataFrame,
    covariates: pd.DataFrame | ArrayLike | None = None,
    *,
    trend: bool = False,
    robust: bool = False,
) -> Iterator[pd.DataFrame]:
    """Test every gene against each variable in turn.

    Parameters
    ----------
    expression : DataFrame of float, genes x samples
        Log2 expression. Missing values are allowed, but then each variable takes as long as `moderated_t`.
    variables : DataFrame of float, samples x variables
        Rows in the order of the expression's samples. For two groups 1 (positive) and 0: ``log2_fc`` is then
        positive minus other; for a score, log2 units per unit of it.
    covariates : DataFrame or array_like of float, samples x covariates, optional
        Held equal in every model, beside the intercept.
    trend, robust : bool
        As in `moderated_t`.

    Yields
    ------
    DataFrame indexed by gene, columns `REFIT_COLUMNS`, one per variable in their order

    Raises
    ------
    SettingsError, ExpressionError
        As `moderated_t`; SET-52 also for a variable that does not vary or follows from the covariates.
    """
    values = check_expression(expression)
    held = np.ones((values.shape[1], 1))
    if covariates is not None:
        held = np.column_stack([held, np.asarray(covariates, dtype=float)])
    columns = np.asarray(variables, dtype=float)
    for fit in _fits(expression, values, held, columns):
        found = moderate(fit, trend=trend, robust=robust)
        numbers = (fit.log2_fc, found.t, found.p_value, benjamini_hochberg(found.p_value))
        yield pd.DataFrame(dict(zip(REFIT_COLUMNS, numbers, strict=True)), index=expression.index)


def _fits(
    expression: pd.DataFrame, values: FloatArray, held: FloatArray, columns: FloatArray
) -> Iterator[ContrastFit]:
    contrast = np.append(np.zeros(held.shape[1]), 1.0)
    shared = None if np.isnan(values).any() else _Shared(values, held)
    for first in range(0, columns.shape[1], BATCH):
        batch = columns[:, first : first + BATCH]
        for column in batch.T:
            check_design(expression, np.column_stack([held, column]), contrast)
        for fit in _each(values, held, batch) if shared is None else shared.fits(batch):
            check_fit(fit, np.column_stack([held, batch[:, :1]]))
            yield fit


def _each(values: FloatArray, held: FloatArray, variables: FloatArray) -> Iterator[ContrastFit]:
    contrast = np.append(np.zeros(held.shape[1]), 1.0)
    for column in variables.T:
        yield fit_contrast(values, np.column_stack([held, column]), contrast)


class _Shared:
    """Genes without what the covariates explain."""

    def __init__(self, values: FloatArray, held: FloatArray) -> None:
        self._basis = np.linalg.qr(held)[0]
        self._rest = values - (values @ self._basis) @ self._basis.T
        total = row_squares(self._rest)
        # a gene that the covariates explain exactly leaves rounding errors, not a variance
        noise = total <= ROUNDING**2 * row_squares(values)
        self._rest[noise] = 0.0
        self._total = np.where(noise, 0.0, total)
        self._mean = row_means(values)
        self._df = np.full(len(values), float(len(held) - held.shape[1] - 1))

    def fits(self, variables: FloatArray) -> Iterator[ContrastFit]:
        """Fit each column."""
        rest = variables
        for _ in range(2):  # twice: then orthogonal to rounding
            rest = rest - self._basis @ (self._basis.T @ rest)
        length = np.sqrt(row_squares(np.ascontiguousarray(rest.T)))
        along = rest / length
        effects = self._rest @ along
        for k in range(variables.shape[1]):
            yield ContrastFit(
                log2_fc=effects[:, k] / length[k],
                unscaled_sd=np.full(len(effects), 1 / length[k]),
                variance=self._unexplained(effects[:, k], along[:, k]) / self._df,
                df=self._df,
                mean_expression=self._mean,
            )

    def _unexplained(self, effect: FloatArray, along: FloatArray) -> FloatArray:
        squares = self._total - effect**2
        close = np.flatnonzero(squares <= CANCELLATION * self._total)
        if close.size:
            residuals = self._rest[close] - np.outer(effect[close], along)
            exact = row_squares(residuals)
            squares[close] = np.where(exact > ROUNDING**2 * self._total[close], exact, 0.0)
        return squares
