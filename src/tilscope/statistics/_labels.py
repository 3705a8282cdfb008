"""The one check of class labels and scores that ROC curves and confusion matrices share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tilscope.vocabulary import TableError

Label = str | int | bool


def positive_mask(y: ArrayLike | Sequence[Any], positive: Label) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Return which labels are the positive class, and the labels that were met.

    Parameters
    ----------
    y : array_like of labels, length n
        At most two different labels, none missing.
    positive : str, int or bool
        The label of the positive class.

    Raises
    ------
    TableError
        ``TAB-59`` for a missing label, a third label, or two labels of which none is the positive one.
    """
    labels = np.asarray(y, dtype=object)
    if labels.ndim != 1 or bool(pd.isna(labels).any()):
        raise TableError(
            "TAB-59",
            "class labels are missing or not one-dimensional",
            found=f"{int(pd.isna(labels).sum())} missing in shape {labels.shape}",
            expected="one label per patient",
            remedy="Leave patients without an outcome out before evaluating.",
        )
    found = tuple(sorted({str(label) for label in labels}))
    if len(found) > 2 or (len(found) == 2 and str(positive) not in found):
        raise TableError(
            "TAB-59",
            "the labels do not form two classes with the named positive one",
            found=", ".join(found),
            expected=f"at most two labels, one of them {positive}",
            remedy="Name the positive class exactly as it is written in the labels.",
        )
    return np.array([str(label) == str(positive) for label in labels], dtype=np.bool_), found


def finite_scores(score: ArrayLike, n: int) -> NDArray[np.float64]:
    """Return the scores as floats; ``TAB-59`` where one is missing, infinite or too many."""
    values = np.asarray(score, dtype=np.float64)
    if values.shape != (n,) or not np.isfinite(values).all():
        raise TableError(
            "TAB-59",
            "scores do not fit the labels",
            found=f"shape {values.shape}, {int((~np.isfinite(values)).sum())} not finite",
            expected=f"{n} finite numbers",
            remedy="Give one finite score per patient, in the order of the labels.",
        )
    return values


def one_class_reason(n_positive: int, n_negative: int, positive: Label) -> str | None:
    """Tell why a two-class statistic cannot be computed, or None where it can."""
    if n_positive and n_negative:
        return None
    return f"NA: one class only (positive class {positive!r}: {n_positive}, others: {n_negative})"
