"""How much sites show in features: their share of the variance, and the first two principal components."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Principal components of training features, on which every patient is placed.

    Attributes
    ----------
    scores : DataFrame of float, patients x 2
        Columns ``first`` and ``second``.
    explained : tuple of float
        Share of the training variance that each explains.
    """

    scores: pd.DataFrame
    explained: tuple[float, float]


def site_share(values: pd.DataFrame, sites: pd.Series) -> pd.Series:
    """Return, for each feature, the share of its variance that lies between sites (eta squared).

    Parameters
    ----------
    values : DataFrame of float, patients x features
        Complete.
    sites : Series of str
        Patients without one are left out.

    Returns
    -------
    Series of float in [0, 1]
        By chance about (number of sites - 1) / (number of patients - 1); NaN for a constant feature, or where
        fewer than two sites have patients.
    """
    own = sites.reindex(values.index)
    kept = own.notna().to_numpy()
    x = values.to_numpy(dtype=np.float64)[kept]
    names = own[kept].to_numpy(dtype=object)
    share = np.full(values.shape[1], np.nan)
    if len(set(names)) > 1:
        centred = x - x.mean(axis=0)
        total = (centred**2).sum(axis=0)
        between = sum(
            (names == site).sum() * centred[names == site].mean(axis=0) ** 2 for site in sorted(set(names))
        )
        np.divide(between, total, out=share, where=total > 0.0)
    return pd.Series(share, index=values.columns)


def principal_components(values: pd.DataFrame, is_training: NDArray[np.bool_]) -> Components:
    """Place patients on the first two principal components of the standardised training features.

    Parameters
    ----------
    values : DataFrame of float, patients x features
        Complete; features that are constant in training are left out.
    is_training : ndarray of bool, shape (n_patients,)
        Whose mean, sd and components are taken; at least 3.

    Returns
    -------
    Components
        Each points so that its largest loading is positive.
    """
    x = values.to_numpy(dtype=np.float64)
    mean, sd = x[is_training].mean(axis=0), x[is_training].std(axis=0)
    varies = sd > 1e-12 * np.abs(mean)
    z = (x[:, varies] - mean[varies]) / sd[varies]
    _, lengths, loadings = np.linalg.svd(z[is_training], full_matrices=False)
    two = loadings[:2]
    two = two * np.sign(two[np.arange(len(two)), np.abs(two).argmax(axis=1)])[:, None]
    placed = np.zeros((len(x), 2))
    placed[:, : len(two)] = z @ two.T
    shares = np.zeros(2)
    shares[: len(two)] = (lengths**2 / max(float((lengths**2).sum()), 1e-300))[:2]
    scores = pd.DataFrame(placed, index=values.index, columns=["first", "second"])
    return Components(scores, (float(shares[0]), float(shares[1])))
