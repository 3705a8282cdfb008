"""TIL classes, and the split of patients into training and validation."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tilscope.vocabulary import TableError

HIGH, LOW = "high", "low"
TRAINING, VALIDATION = "training", "validation"
MIN_PER_CLASS = 2


def til_level(stils: pd.Series, threshold: float = 20.0) -> pd.Series:
    """Class patients by their stromal TILs.

    Parameters
    ----------
    stils : Series of float in [0, 100]
        Percent, by participant; NaN where unknown.
    threshold : float
        Percent from which TILs are ``high`` (>=).

    Returns
    -------
    Series of ``"high"``, ``"low"`` or missing, same index.

    Raises
    ------
    TableError
        ``TAB-59`` for a percentage outside 0..100.
    """
    values = pd.to_numeric(stils).astype(float)
    outside = values.notna() & ~values.between(0.0, 100.0)
    if outside.any():
        raise TableError(
            "TAB-59",
            "sTIL percentages lie outside 0..100",
            found=f"{int(outside.sum())}, first for {stils.index[outside.to_numpy()][0]}",
            expected="0 to 100, or empty",
            remedy="Correct the table.",
        )
    words = np.where(values >= threshold, HIGH, LOW).astype(object)
    words[values.isna().to_numpy()] = None
    return pd.Series(words, index=stils.index, name="til_level", dtype="str")


def stratified_split(
    levels: pd.Series, training_fraction: float = 0.7, rng: np.random.Generator | None = None
) -> pd.Series:
    """Divide patients at random into training and validation, class by class.

    Parameters
    ----------
    levels : Series of labels
        Class of each participant; those without a class are left out of the result.
    training_fraction : float in (0, 1)
        Share of each class that is trained on, rounded up as R ``caret::createDataPartition`` does
        (79 high and 60 low at 0.7 give 56 + 42).
    rng : Generator
        Required; participants are sorted by key first, so the order of rows does not matter.

    Returns
    -------
    Series of ``"training"`` or ``"validation"``, in the order of ``levels``.

    Raises
    ------
    TableError
        ``TAB-50`` for duplicate participants; ``TAB-60`` where a class would have fewer than 2 patients in
        either set, or where there are not two classes.
    """
    if rng is None:
        raise TypeError("stratified_split needs a numpy Generator")
    known = levels.dropna()
    if not known.index.is_unique:
        raise TableError("TAB-50", "participants are listed twice", remedy="Keep one row per participant.")
    roles = pd.Series(VALIDATION, index=known.index, name="role", dtype="str")
    classes = sorted(set(known))
    if len(classes) != 2:
        raise _too_few(", ".join(str(c) for c in classes) or "no class")
    for name in classes:
        members = sorted(known.index[(known == name).to_numpy()])
        n_training = math.ceil(training_fraction * len(members) - 1e-9)
        if min(n_training, len(members) - n_training) < MIN_PER_CLASS:
            raise _too_few(f"{len(members)} patients with {name} ({n_training} for training)")
        chosen = rng.permutation(len(members))[:n_training]
        roles.loc[[members[i] for i in chosen]] = TRAINING
    return roles


def _too_few(found: str) -> TableError:
    return TableError(
        "TAB-60",
        "the patients cannot be split",
        found=found,
        expected=f"two classes with at least {MIN_PER_CLASS} patients each in both sets",
        remedy="Add patients of the smaller class, or change the threshold or the training fraction.",
    )
