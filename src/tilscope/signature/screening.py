"""Features that cannot be used are dropped before anything is fitted, and told."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.vocabulary import TableError

Array = NDArray[np.float64]


def screen_features(
    values: pd.DataFrame, near_constant_share: float = 0.95
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Keep the features that a model can use (``TAB-61``); nothing is imputed.

    Parameters
    ----------
    values : DataFrame of float, patients x features
        Training rows only.
    near_constant_share : float in (0.5, 1]
        A feature goes where more than this share of patients has one and the same value.

    Returns
    -------
    kept : DataFrame of float64
        The usable columns, in their order.
    dropped : dict
        Feature name -> ``missing or infinite``, ``constant``, ``near constant`` or ``equal to <feature>``.

    Raises
    ------
    TableError
        ``TAB-50`` where a feature name stands twice; ``TAB-60`` where there are no patients.
    """
    if not values.columns.is_unique:
        twice = sorted(set(values.columns[values.columns.duplicated()]))
        raise TableError("TAB-50", "feature names stand twice", found=", ".join(map(str, twice[:5])))
    if values.shape[0] == 0:
        raise TableError("TAB-60", "no patients to fit on", found=0)
    array = values.to_numpy(dtype=np.float64)
    rows = np.ascontiguousarray(array.T) + 0.0  # one zero: -0 and 0 are equal
    reasons = _unusable(rows, near_constant_share)
    names = [str(name) for name in values.columns]
    first = _first_equal(rows, np.flatnonzero(reasons == ""))
    dropped = {
        names[i]: str(reasons[i]) or f"equal to {names[first[i]]}"
        for i in np.flatnonzero((reasons != "") | (first != np.arange(first.size)))
    }
    kept = [i for i, name in enumerate(names) if name not in dropped]
    return pd.DataFrame(array[:, kept], index=values.index, columns=values.columns[kept]), dropped


def _unusable(rows: Array, share: float) -> NDArray[np.str_]:
    """Return for each feature (in rows) why it cannot be used; empty where it can."""
    reasons = np.where(np.isfinite(rows).all(axis=1), "", "missing or infinite").astype("<U32")
    finite = np.flatnonzero(reasons == "")
    ordered = np.sort(rows[finite], axis=1)
    n = rows.shape[1]
    window = int(np.floor(share * n))  # more than this many equal values: near constant
    if window < n:
        is_near = (ordered[:, window:] == ordered[:, : n - window]).any(axis=1)
        reasons[finite[is_near]] = "near constant"
    largest = np.maximum(np.abs(ordered[:, 0]), np.abs(ordered[:, -1]))
    is_constant = ordered[:, -1] - ordered[:, 0] <= 1e-12 * largest
    reasons[finite[is_constant]] = "constant"
    return reasons


def _first_equal(rows: Array, usable: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each usable feature the first with the same values (itself where there is none before)."""
    first = np.arange(rows.shape[0])
    _, place, counts = np.unique(rows[usable].sum(axis=1), return_inverse=True, return_counts=True)
    seen: dict[bytes, int] = {}
    for i in usable[counts[place] > 1]:  # equal features have equal sums
        first[i] = seen.setdefault(rows[i].tobytes(), int(i))
    return first
