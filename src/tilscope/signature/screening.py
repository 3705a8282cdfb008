"""Features that cannot be used are dropped before anything is fitted, and told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tilscope.vocabulary import TableError


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
    seen: dict[bytes, str] = {}
    dropped: dict[str, str] = {}
    for name, column in zip(map(str, values.columns), array.T, strict=True):
        reason = _unusable(column, near_constant_share)
        if reason is None:
            first = seen.setdefault((column + 0.0).tobytes(), name)
            reason = None if first == name else f"equal to {first}"
        if reason is not None:
            dropped[name] = reason
    kept = [i for i, name in enumerate(values.columns) if str(name) not in dropped]
    return pd.DataFrame(array[:, kept], index=values.index, columns=values.columns[kept]), dropped


def _unusable(column: np.ndarray[tuple[int], np.dtype[np.float64]], share: float) -> str | None:
    if not np.isfinite(column).all():
        return "missing or infinite"
    if np.ptp(column) <= 1e-12 * np.abs(column).max():
        return "constant"
    ordered = np.sort(column)
    n = column.size
    window = int(np.floor(share * n))  # more than this many equal values: near constant
    if window < n and bool((ordered[window:] == ordered[: n - window]).any()):
        return "near constant"
    return None
