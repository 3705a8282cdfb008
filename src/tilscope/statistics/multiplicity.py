"""Control of false discoveries over one declared family of tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.vocabulary import TableError


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Adjust p values so that a cut at q keeps the false discovery rate at q.

    Parameters
    ----------
    p : array_like of float in [0, 1], any shape
        NaN marks a test that could not be done: it is no member of the family, and its q is NaN.

    Returns
    -------
    ndarray of float in [0, 1], shape of ``p``.

    Raises
    ------
    TableError
        ``TAB-63`` for a p value outside [0, 1].

    References
    ----------
    Benjamini & Hochberg, J R Stat Soc B 1995;57:289. Equal to R ``p.adjust(p, "BH")``.
    """
    values = np.asarray(p, dtype=np.float64)
    tested = ~np.isnan(values)
    p_tested = values[tested]
    if p_tested.size and (p_tested.min() < 0.0 or p_tested.max() > 1.0):
        raise TableError("TAB-63", "a p value lies outside [0, 1]", found=float(np.ptp(p_tested)))
    order = np.argsort(-p_tested, kind="stable")
    ranks = np.arange(p_tested.size, 0, -1)
    adjusted = np.empty_like(p_tested)
    adjusted[order] = np.minimum.accumulate(p_tested[order] * p_tested.size / ranks)
    result = np.full(values.shape, np.nan)
    result[tested] = np.minimum(adjusted, 1.0)
    return result
