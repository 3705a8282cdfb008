"""The room's door for expression matrices."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.vocabulary import ExpressionError

FloatArray = NDArray[np.float64]


def check_expression(expression: pd.DataFrame) -> FloatArray:
    """Return the matrix as floats; refuse what would end in a silent wrong number.

    Parameters
    ----------
    expression : DataFrame, genes x samples

    Raises
    ------
    ExpressionError
        TAB-54 for a gene or sample that occurs twice; TAB-56 for an empty, non-numeric or infinite matrix.
    """
    for names, what in ((expression.index, "genes"), (expression.columns, "samples")):
        if not names.is_unique:
            twice = sorted({str(name) for name in names[names.duplicated()]})
            raise ExpressionError(
                "TAB-54" if what == "genes" else "TAB-50",
                f"{what} occur twice in the expression matrix",
                found=", ".join(twice[:5]),
                expected="each name once",
                remedy="Merge the duplicates by a stated rule before the analysis.",
            )
    try:
        values = expression.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ExpressionError("TAB-56", "the expression matrix is not numeric", found=error) from error
    if not values.size or np.isinf(values).any():
        genes = [str(gene) for gene in expression.index[np.isinf(values).any(axis=1)][:5]]
        raise ExpressionError(
            "TAB-56",
            "the expression matrix is empty or has infinite values",
            found=f"shape {values.shape}, infinite in {', '.join(genes) or 'none'}",
            expected="finite log2 values",
            remedy="Add a small constant before taking logarithms.",
        )
    return values


def take_samples(expression: pd.DataFrame, samples: pd.Index) -> pd.DataFrame:
    """Return the columns of the named samples in that order; TAB-50 names those that are missing."""
    missing = [str(sample) for sample in samples if sample not in expression.columns]
    if missing:
        raise ExpressionError(
            "TAB-50",
            "samples with a group are not in the expression matrix",
            found=", ".join(missing[:5]),
            remedy="Match the sample names first (match_samples suggests near misses).",
        )
    return expression.loc[:, samples]
