"""What a linear model refuses: designs, contrasts and weights that do not fit, genes that leave nothing to learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tilscope.biology.differential.empirical_bayes import usable_genes
from tilscope.biology.differential.linear_model import ContrastFit, estimable_columns
from tilscope.vocabulary import ExpressionError, SettingsError

FloatArray = NDArray[np.float64]


def check_fit(fit: ContrastFit, design: FloatArray) -> None:
    """Refuse fits without an answer (TAB-60), or whose variances are mostly 0 (TAB-61)."""
    usable = usable_genes(fit.variance, fit.df)
    if not usable.any() or np.isnan(fit.log2_fc).all():
        raise ExpressionError(
            "TAB-60",
            "the samples do not suffice for this comparison",
            found=f"{design.shape[0]} samples for {design.shape[1]} coefficients",
            expected="more samples than coefficients, in every group",
        )
    if np.median(fit.variance[usable]) <= 0:
        raise ExpressionError(
            "TAB-61",
            "at least half of the genes do not vary, so that variances cannot be shared",
            found=f"{int((fit.variance[usable] <= 0).sum())} of {int(usable.sum())} genes without variance",
            remedy="Leave out genes that are constant or zero in nearly all samples.",
        )


def check_design(
    expression: pd.DataFrame, design: pd.DataFrame | ArrayLike, contrast: pd.Series | ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return contrast and design as arrays; SET-52 for wrong shapes, names, rank or values that are not finite."""
    columns = np.asarray(design, dtype=float)
    weights = np.asarray(contrast, dtype=float)
    if columns.ndim != 2 or weights.shape != columns.shape[1:] or len(columns) != expression.shape[1]:
        raise SettingsError(
            "SET-52",
            "design, contrast and expression do not fit together",
            found=f"design {columns.shape}, contrast {weights.shape}",
            expected=f"design ({expression.shape[1]}, k), contrast (k,)",
        )
    rows = design.index if isinstance(design, pd.DataFrame) else expression.columns
    names = contrast.index if isinstance(contrast, pd.Series) else None
    if not rows.equals(expression.columns) or (
        names is not None and isinstance(design, pd.DataFrame) and not names.equals(design.columns)
    ):
        raise SettingsError(
            "SET-52",
            "the names of design, contrast and expression differ",
            remedy="Order the design's rows like the samples and the contrast like the design's columns.",
        )
    complete = bool(np.isfinite(columns).all() and np.isfinite(weights).all() and weights.any())
    n_estimable = len(estimable_columns(columns)) if complete else 0
    if n_estimable < columns.shape[1]:
        raise SettingsError(
            "SET-52",
            "the design is not of full rank, or design and contrast are not finite and non-zero",
            found=f"{n_estimable} estimable coefficients",
            expected=columns.shape[1],
            remedy="Remove covariates that follow from the others.",
        )
    return weights, columns


def check_weights(
    expression: pd.DataFrame, weights: pd.DataFrame | pd.Series | ArrayLike | None
) -> FloatArray | None:
    """Return the weights as an array of shape (n_genes, n_samples) or (n_samples,).

    Raises
    ------
    SettingsError
        SET-52 for another shape or other names.
    ExpressionError
        TAB-56 for weights that are negative, infinite or no numbers.
    """
    if weights is None:
        return None
    n_genes, n_samples = expression.shape
    values = np.asarray(weights, dtype=float)
    if values.shape not in ((n_genes, n_samples), (n_samples,)):
        raise SettingsError(
            "SET-52",
            "weights and expression do not fit together",
            found=f"weights {values.shape}",
            expected=f"({n_genes}, {n_samples}), or ({n_samples},) for one weight per sample",
        )
    named = (
        (weights.index.equals(expression.index) and weights.columns.equals(expression.columns))
        if isinstance(weights, pd.DataFrame)
        else not isinstance(weights, pd.Series) or weights.index.equals(expression.columns)
    )
    if not named:
        raise SettingsError(
            "SET-52",
            "the names of weights and expression differ",
            remedy="Order the weights' genes and samples like the expression's.",
        )
    if (values < 0).any() or np.isinf(values).any():
        raise ExpressionError(
            "TAB-56",
            "weights are negative or infinite",
            found=f"{int(((values < 0) | np.isinf(values)).sum())} of {values.size}",
            expected="0 or more; 0 or a missing weight leaves the value out",
        )
    return values
