"""Any expression scale to log2, with the rule that was applied."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from tilscope.biology.expression.normalisation import counts_per_million, effective_library_sizes

LIBRARY_PRIOR = 1.0  # added to counts per million and to linear values before the logarithm


def log2_scale(values: pd.DataFrame, scale: str) -> tuple[pd.DataFrame, float, tuple[str, ...]]:
    """Bring an expression matrix to log2.

    Parameters
    ----------
    values : DataFrame of float, genes x samples
        Finite; not negative for ``counts`` and ``linear``.
    scale : {"log2", "ratio", "counts", "linear"}
        What the reader recognised.

    Returns
    -------
    values : DataFrame of float, genes x samples
        log2(x + offset).
    offset : float
        What was added to linear values before the logarithm; 0 where the matrix came as log ratios.
    notes : tuple of str
        The rule, where values were changed (TAB-56).

    Raises
    ------
    ExpressionError
        TAB-56 for a sample without any count, and for counts that are missing or negative.
    """
    convert, offset, note = _RULES[scale]
    return convert(values), offset, (note,) if note else ()


def _unchanged(values: pd.DataFrame) -> pd.DataFrame:
    return values


def _log2(values: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(np.log2(values.to_numpy() + LIBRARY_PRIOR), values.index, values.columns)


def _log2_per_million(values: pd.DataFrame) -> pd.DataFrame:
    # log2(x + 1) rather than edgeR's log2 with a prior count: a gene without reads is 0 in every sample, and linear
    # values, which a geometric mean needs, can be had back
    return _log2(counts_per_million(values, effective_library_sizes(values)))


_RULES: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], float, str]] = {
    "log2": (_unchanged, 1.0, ""),
    "ratio": (_unchanged, 0.0, ""),
    "linear": (_log2, 1.0, "TAB-56: expression is not on a log scale; log2(x + 1) was taken"),
    "counts": (
        _log2_per_million,
        1.0,
        "TAB-56: expression is in counts; log2(counts per million + 1) was taken for scores of samples, of library"
        " sizes times TMM factors. Counts are not divided by the genes' lengths: a long gene ranks higher within a"
        " sample than in TPM, so that single-sample scores of counts and of TPM are not comparable",
    ),
}
