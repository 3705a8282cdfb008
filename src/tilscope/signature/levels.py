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
    levels: pd.Series,
    training_fraction: float = 0.7,
    rng: np.random.Generator | None = None,
    *,
    groups: pd.Series | None = None,
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
    groups : Series of labels, optional
        Patient of each row where a patient has several rows (lesions, examinations): all rows of one patient
        get one role. A patient whose rows differ in class is dealt among patients of that kind.

    Returns
    -------
    Series of ``"training"`` or ``"validation"``, in the order of ``levels``.

    Raises
    ------
    TableError
        ``TAB-50`` for duplicate rows, or a row without a patient; ``TAB-60`` where a class would have fewer
        than 2 patients in either set, or where there are not two classes.
    """
    if rng is None:
        raise TypeError("stratified_split needs a numpy Generator")
    known = levels.dropna()
    if not known.index.is_unique:
        raise TableError("TAB-50", "participants are listed twice", remedy="Keep one row per participant.")
    classes = sorted(set(known))
    if len(classes) != 2:
        raise _too_few(", ".join(str(c) for c in classes) or "no class")
    patient_of = _patients(known, groups)
    strata: dict[tuple[object, ...], list[object]] = {}
    for patient, own in known.groupby(patient_of.to_numpy(), sort=True):
        strata.setdefault(tuple(sorted(set(own))), []).append(patient)
    training: set[object] = set()
    for classed, members in sorted(strata.items()):
        n_training = math.ceil(training_fraction * len(members) - 1e-9)
        if len(classed) == 1 and min(n_training, len(members) - n_training) < MIN_PER_CLASS:
            raise _too_few(f"{len(members)} patients with {classed[0]} ({n_training} for training)")
        training |= {members[i] for i in rng.permutation(len(members))[:n_training]}
    roles = np.where(patient_of.isin(training), TRAINING, VALIDATION)
    return pd.Series(roles, index=known.index, name="role", dtype="str")


def _patients(known: pd.Series, groups: pd.Series | None) -> pd.Series:
    """Return whose each row is: its own key where no groups are given."""
    if groups is None:
        return pd.Series(known.index, index=known.index)
    patient_of = groups.reindex(known.index)
    if patient_of.isna().any():
        raise TableError(
            "TAB-50",
            "rows belong to no patient",
            found=", ".join(map(str, patient_of.index[patient_of.isna().to_numpy()][:5])),
            remedy="Name the patient of every row.",
        )
    return patient_of


def _too_few(found: str) -> TableError:
    return TableError(
        "TAB-60",
        "the patients cannot be split",
        found=found,
        expected=f"two classes with at least {MIN_PER_CLASS} patients each in both sets",
        remedy="Add patients of the smaller class, or change the threshold or the training fraction.",
    )
