"""One linear model per gene, all genes at once; missing values leave their sample out for that gene only.

Equal to limma's ``lmFit`` followed by ``contrasts.fit`` with one contrast.
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


@dataclass(frozen=True, slots=True, eq=False)
class ContrastFit:
    """One contrast of the genes' linear models; all arrays of shape (n_genes,).

    Attributes
    ----------
    log2_fc : estimate of the contrast; NaN where the gene's samples cannot tell.
    unscaled_sd : standard deviation of the estimate for unit residual variance.
    variance : residual variance; NaN where no degrees of freedom are left.
    df : residual degrees of freedom.
    mean_expression : mean over the gene's present values.
    """

    log2_fc: FloatArray
    unscaled_sd: FloatArray
    variance: FloatArray
    df: FloatArray
    mean_expression: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Coefficients:
    estimates: FloatArray  # genes x coefficients
    unscaled_sd: FloatArray  # coefficients
    variance: FloatArray  # genes
    df: int


def fit_contrast(values: FloatArray, design: FloatArray, contrast: FloatArray) -> ContrastFit:
    """Fit all genes and take the contrast.

    Parameters
    ----------
    values : ndarray of float, shape (n_genes, n_samples)
        Log2 expression; NaN marks missing values.
    design : ndarray of float, shape (n_samples, n_coefficients), of full rank
    contrast : ndarray of float, shape (n_coefficients,)
    """
    n_genes, n_coefficients = len(values), design.shape[1]
    estimates = np.empty((n_genes, n_coefficients))
    unscaled = np.empty((n_genes, n_coefficients))
    variance, df = np.empty(n_genes), np.empty(n_genes)
    for genes, present in _missing_patterns(values):
        fit = _fit(values[np.ix_(genes, present)], design[present])
        estimates[genes], unscaled[genes] = fit.estimates, fit.unscaled_sd
        variance[genes], df[genes] = fit.variance, fit.df
    used = contrast != 0
    scaled = unscaled[:, used] * contrast[used]
    # limma carries the coefficients' correlation over from the complete design to genes with missing values
    correlation = _correlation(design)[np.ix_(used, used)]
    return ContrastFit(
        log2_fc=estimates[:, used] @ contrast[used],
        unscaled_sd=np.sqrt(np.einsum("gi,ij,gj->g", scaled, correlation, scaled)),
        variance=variance,
        df=df,
        mean_expression=_row_means(values),
    )


def _missing_patterns(values: FloatArray) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Group the genes by which of their values are present."""
    present = ~np.isnan(values)
    if present.all():
        return [(np.arange(len(values)), np.arange(values.shape[1]))]
    packed = np.packbits(present, axis=1)
    _, first, group = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    by_group = np.argsort(group.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(group.ravel()))[:-1]
    return [
        (genes, np.flatnonzero(present[row]))
        for genes, row in zip(np.split(by_group, ends), first, strict=True)
    ]


def _fit(values: FloatArray, design: FloatArray) -> _Coefficients:
    """Least squares of genes that share one set of present samples."""
    n_samples, n_coefficients = design.shape
    estimates = np.full((len(values), n_coefficients), np.nan)
    unscaled = np.full(n_coefficients, np.nan)
    kept = estimable_columns(design)
    q, r = np.linalg.qr(design[:, kept])
    r_inverse = np.linalg.inv(r)
    effects = values @ q
    estimates[:, kept] = effects @ r_inverse.T
    unscaled[kept] = np.sqrt((r_inverse**2).sum(axis=1))
    df = n_samples - len(kept)
    residuals = values - effects @ q.T
    squares = np.einsum("gs,gs->g", residuals, residuals)
    # a gene that the design explains exactly leaves rounding errors, not a variance
    noise = (ROUNDING**2) * np.einsum("gs,gs->g", values, values)
    variance = np.where(squares > noise, squares, 0.0) / df if df else np.full(len(values), np.nan)
    return _Coefficients(estimates, unscaled, variance, df)


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


def _row_means(values: FloatArray) -> FloatArray:
    n_present = (~np.isnan(values)).sum(axis=1)
    total = np.nansum(values, axis=1)
    return np.asarray(np.where(n_present > 0, total / np.maximum(n_present, 1), np.nan))
