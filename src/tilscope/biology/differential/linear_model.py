"""One linear model per gene, all genes at once; missing values leave their sample out for that gene only.

Equal to limma's ``lmFit`` followed by ``contrasts.fit``, with its weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

COLLINEAR = 1e-7
"""A design column with a smaller fraction of its length outside the earlier columns is not estimable (as in R)."""
ROUNDING = 1e-14
"""Residuals shorter than this fraction of a gene's values count as zero."""
CHUNK_VALUES = 2**18
"""Values per block of genes whose designs differ: the block's arrays stay in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class ContrastFit:
    """One contrast of the genes' linear models; all arrays of shape (n_genes,).

    Attributes
    ----------
    log2_fc : estimate of the contrast; NaN where the gene's samples cannot tell.
    unscaled_sd : standard deviation of the estimate for unit residual variance.
    variance : residual variance; NaN where no degrees of freedom are left.
    df : residual degrees of freedom.
    mean_expression : mean over the gene's present values, without weights.
    """

    log2_fc: FloatArray
    unscaled_sd: FloatArray
    variance: FloatArray
    df: FloatArray
    mean_expression: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class LinearFit:
    """The genes' linear models.

    Attributes
    ----------
    estimates, unscaled_sd : ndarray, shape (n_genes, n_coefficients)
        Coefficients, and their standard deviations for unit residual variance; NaN where a gene's samples cannot tell.
    variance, df, mean_expression : ndarray, shape (n_genes,)
        As in `ContrastFit`.
    correlation : ndarray, shape (n_coefficients, n_coefficients)
        Of the coefficients, one for all genes: see `contrast`.
    """

    estimates: FloatArray
    unscaled_sd: FloatArray
    variance: FloatArray
    df: FloatArray
    mean_expression: FloatArray
    correlation: FloatArray

    def contrast(self, contrast: FloatArray) -> ContrastFit:
        """Combine the coefficients, shape (n_coefficients,), as limma's ``contrasts.fit``.

        Where genes have weights of their own or missing values, limma's standard deviation of a combination is an
        approximation, which is repeated here: each gene's own standard deviations of the coefficients, but the
        correlation between them in the complete design without weights. A contrast of one coefficient is exact;
        so are group means without covariates, whose correlation is 0 whatever the weights.
        """
        used = contrast != 0
        scaled = self.unscaled_sd[:, used] * contrast[used]
        correlation = self.correlation[np.ix_(used, used)]
        return ContrastFit(
            log2_fc=self.estimates[:, used] @ contrast[used],
            unscaled_sd=np.sqrt(np.einsum("gi,ij,gj->g", scaled, correlation, scaled, optimize=True)),
            variance=self.variance,
            df=self.df,
            mean_expression=self.mean_expression,
        )


def fit_contrast(
    values: FloatArray, design: FloatArray, contrast: FloatArray, weights: FloatArray | None = None
) -> ContrastFit:
    """Fit all genes and take one contrast, shape (n_coefficients,); the rest as in `fit_linear_models`."""
    return fit_linear_models(values, design, weights).contrast(contrast)


def fit_linear_models(values: FloatArray, design: FloatArray, weights: FloatArray | None = None) -> LinearFit:
    """Fit all genes by (weighted) least squares.

    Parameters
    ----------
    values : ndarray of float, shape (n_genes, n_samples)
        Log2 expression; NaN marks missing values.
    design : ndarray of float, shape (n_samples, n_coefficients), of full rank
    weights : ndarray of float, shape (n_genes, n_samples) or (n_samples,), optional
        Inverse variances up to a factor (voom). A weight of 0 or NaN leaves the value out, as in limma.
    """
    mean_expression = row_means(values)
    if weights is not None and weights.ndim == 1 and (weights > 0).all() and not np.isnan(values).any():
        root = np.sqrt(weights)
        return _fit_alike(values * root, design * root[:, None], mean_expression)
    if weights is None and not np.isnan(values).any():
        return _fit_alike(values, design, mean_expression)
    return _fit_one_by_one(values, design, weights, mean_expression)


def _fit_alike(values: FloatArray, design: FloatArray, mean_expression: FloatArray) -> LinearFit:
    """Fit genes that share the samples and their weights."""
    n_genes = len(values)
    q, r = np.linalg.qr(design)
    r_inverse = np.linalg.inv(r)
    effects = values @ q
    df = len(design) - design.shape[1]
    total = row_squares(values)
    residuals = values - effects @ q.T
    return LinearFit(
        estimates=effects @ r_inverse.T,
        unscaled_sd=np.tile(np.sqrt(row_squares(r_inverse)), (n_genes, 1)),
        variance=_residual_variance(row_squares(residuals), total, np.full(n_genes, df)),
        df=np.full(n_genes, float(df)),
        mean_expression=mean_expression,
        correlation=_correlation(design),
    )


def _fit_one_by_one(
    values: FloatArray, design: FloatArray, weights: FloatArray | None, mean_expression: FloatArray
) -> LinearFit:
    """Fit genes of different samples or weights, in blocks."""
    n_genes, n_samples = values.shape
    shape = (n_genes, design.shape[1])
    estimates, unscaled = np.empty(shape), np.empty(shape)
    variance, df = np.empty(n_genes), np.empty(n_genes)
    step = max(1, CHUNK_VALUES // n_samples)
    for first in range(0, n_genes, step):
        rows = slice(first, first + step)
        present = ~np.isnan(values[rows])
        root = present.astype(float)
        if weights is not None:
            given = weights if weights.ndim == 1 else weights[rows]
            root *= np.sqrt(np.where(given > 0, given, 0.0))
        block = np.where(root > 0, values[rows], 0.0) * root
        estimates[rows], unscaled[rows], variance[rows], df[rows] = _fit_block(block, root, design)
    return LinearFit(estimates, unscaled, variance, df, mean_expression, _correlation(design))


def _fit_block(
    values: FloatArray, root: FloatArray, design: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return estimates, unscaled sd, variance and df of genes; both arrays are already times the roots of weights."""
    n_genes, n_coefficients = len(values), design.shape[1]
    total = row_squares(values)
    r = np.zeros((n_genes, n_coefficients, n_coefficients))
    effects = np.zeros((n_genes, n_coefficients))
    kept = np.zeros((n_genes, n_coefficients), dtype=bool)
    basis: list[FloatArray] = []
    # Gram-Schmidt, each column twice (then orthogonal to rounding), for all genes of the block at once
    for j in range(n_coefficients):
        column = root * design[:, j]
        length = np.sqrt(row_squares(column))
        for k in 2 * list(range(j)):
            along = np.einsum("gs,gs->g", basis[k], column)
            column -= along[:, None] * basis[k]
            r[:, k, j] += along
        rest = np.sqrt(row_squares(column))
        kept[:, j] = rest > COLLINEAR * length
        column *= np.where(kept[:, j], 1 / np.where(rest > 0, rest, 1.0), 0.0)[:, None]
        r[:, :j, j] *= kept[:, j, None]
        r[:, j, j] = np.where(kept[:, j], rest, 1.0)
        effects[:, j] = np.einsum("gs,gs->g", column, values)
        values = values - effects[:, j, None] * column
        basis.append(column)
    r_inverse = np.linalg.inv(r)
    estimates = np.einsum("gij,gj->gi", r_inverse, effects)
    unscaled = np.sqrt(np.einsum("gij,gij->gi", r_inverse, r_inverse))
    df = (root > 0).sum(axis=1) - kept.sum(axis=1)
    variance = _residual_variance(row_squares(values), total, df)
    return np.where(kept, estimates, np.nan), np.where(kept, unscaled, np.nan), variance, df.astype(float)


def row_squares(rows: FloatArray) -> FloatArray:
    """Return the sum of squares of every row."""
    return np.asarray(np.einsum("gs,gs->g", rows, rows))


def _residual_variance(squares: FloatArray, total: FloatArray, df: NDArray[np.int_]) -> FloatArray:
    # a gene that the design explains exactly leaves rounding errors, not a variance
    squares = np.where(squares > ROUNDING**2 * total, squares, 0.0)
    return np.where(df > 0, squares / np.maximum(df, 1), np.nan)


def estimable_columns(design: FloatArray) -> list[int]:
    """Return the design's columns that are not combinations of earlier ones."""
    kept: list[int] = []
    basis = np.empty((len(design), 0))
    for column, vector in enumerate(design.T):
        rest = vector - basis @ (basis.T @ vector)
        rest -= basis @ (basis.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > COLLINEAR * float(np.linalg.norm(vector)):
            kept.append(column)
            basis = np.column_stack([basis, rest / length])
    return kept


def _correlation(design: FloatArray) -> FloatArray:
    covariance = np.linalg.inv(design.T @ design)
    sd = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(sd, sd))


def row_means(values: FloatArray) -> FloatArray:
    """Return the mean over the present values of every row; NaN where there are none."""
    n_present = (~np.isnan(values)).sum(axis=1)
    total = np.nansum(values, axis=1)
    return np.asarray(np.where(n_present > 0, total / np.maximum(n_present, 1), np.nan))
