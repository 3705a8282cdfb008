"""Groups of samples and the design matrices that compare them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.vocabulary import ExpressionError, SettingsError

MIN_SAMPLES_PER_GROUP = 2


class TwoGroupDesign(NamedTuple):
    """What ``moderated_t`` needs to compare two groups.

    Attributes
    ----------
    design : DataFrame of float, samples x 2
        One indicator column per group, the positive group first.
    contrast : ndarray of float, shape (2,)
        Positive minus other.
    """

    design: pd.DataFrame
    contrast: NDArray[np.float64]


def two_group_design(groups: pd.Series, positive: str) -> TwoGroupDesign:
    """Build the group-means design and the contrast positive minus other.

    Parameters
    ----------
    groups : Series of str, indexed by sample
        Exactly two levels, without missing values.
    positive : str
        The level whose excess is a positive log2 fold change.

    Returns
    -------
    TwoGroupDesign
        Unpacks as ``design, contrast``; the design's rows follow ``groups``.

    Raises
    ------
    ExpressionError
        TAB-60 unless there are two groups of at least two samples each; TAB-50 if a sample occurs twice.
    SettingsError
        SET-50 if no sample has the level ``positive``.
    """
    check_groups(groups, positive)
    other = next(level for level in groups.unique() if level != positive)
    design = pd.DataFrame(
        {level: (groups == level).astype(float) for level in (positive, other)}, index=groups.index
    )
    return TwoGroupDesign(design, np.array([1.0, -1.0]))


def check_groups(groups: pd.Series, positive: str) -> None:
    """Refuse groups that cannot be compared; errors as in `two_group_design`."""
    if not groups.index.is_unique:
        twice = sorted({str(sample) for sample in groups.index[groups.index.duplicated()]})
        raise ExpressionError(
            "TAB-50", "samples occur twice among the groups", found=", ".join(twice[:5]), expected="each once"
        )
    counts = groups.value_counts(dropna=False)
    shown = ", ".join(f"{level}: {n}" for level, n in counts.items()) or "no samples"
    if groups.isna().any() or len(counts) > 2:
        raise ExpressionError(
            "TAB-60",
            "the groups are not two",
            found=shown,
            expected="two levels, none missing",
            remedy="Leave out samples without a group.",
        )
    if len(counts) == 2 and positive not in counts.index:
        raise SettingsError(
            "SET-50",
            f"no sample belongs to the positive group {positive!r}",
            found=shown,
            remedy="Name one of these groups as positive.",
        )
    if len(counts) < 2 or counts.min() < MIN_SAMPLES_PER_GROUP:
        raise ExpressionError(
            "TAB-60",
            "a group is too small to be compared",
            found=shown,
            expected=f"two groups of at least {MIN_SAMPLES_PER_GROUP} samples",
            remedy="Check which patients have expression data, or the cut-off.",
        )
