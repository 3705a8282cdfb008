"""Sizes of libraries: TMM factors and counts per million."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.biology.expression.door import check_expression
from tilscope.vocabulary import ExpressionError

FloatArray = NDArray[np.float64]

MILLION = 1e6
REFERENCE_QUANTILE = 0.75
SAME = 1e-6
"""Two libraries whose log ratios are all smaller are the same; their factor is 1."""
NO_QUANTILE = 1e-20
"""Where at least half of the libraries have no counts at their upper quartile, another rule chooses the reference."""


@dataclass(frozen=True, slots=True)
class TmmRules:
    """How the trimmed mean of M values trims and weighs.

    Attributes
    ----------
    trim_ratio : float in [0, .5)
        Fraction of the genes left out at each end of the log ratios (M values).
    trim_abundance : float in [0, .5)
        The same for the abundances (A values).
    is_weighted : bool
        Weigh each log ratio by the inverse of its variance.
    min_abundance : float
        Genes whose A value is not larger are left out.
    """

    trim_ratio: float = 0.3
    trim_abundance: float = 0.05
    is_weighted: bool = True
    min_abundance: float = -1e10


def check_counts(counts: pd.DataFrame) -> FloatArray:
    """Return the counts as floats, genes x samples.

    Raises
    ------
    ExpressionError
        TAB-50, TAB-54, TAB-56 from the matrix's door; TAB-56 for missing or negative counts, and for a sample
        without any.
    """
    values = check_expression(counts)
    if np.isnan(values).any() or (values < 0).any():
        genes = counts.index[np.flatnonzero((np.isnan(values) | (values < 0)).any(axis=1))]
        raise ExpressionError(
            "TAB-56",
            "counts are missing or negative",
            found=", ".join(map(str, genes[:5])),
            expected="counts of 0 or more",
            remedy="Give the raw counts of the sequencing, not values that were normalised or made comparable.",
        )
    empty = counts.columns[np.flatnonzero(values.sum(axis=0) == 0)]
    if len(empty):
        raise ExpressionError(
            "TAB-56",
            "samples have no counts at all",
            found=", ".join(map(str, empty[:5])),
            expected="at least one read in every sample",
            remedy="Remove these samples from the matrix.",
        )
    return values


def library_sizes(counts: pd.DataFrame) -> pd.Series:
    """Return the sum of the counts of every sample (> 0); errors as `check_counts`."""
    return pd.Series(check_counts(counts).sum(axis=0), counts.columns, name="library_size")


def tmm_factors(
    counts: pd.DataFrame, reference: str | None = None, rules: TmmRules | None = None
) -> pd.Series:
    """Return the factor by which each library size is multiplied to compare samples.

    Most genes are assumed not to differ: a few very abundant ones that take up the reads of a sample lower its
    other genes, and the factor makes up for that.

    Parameters
    ----------
    counts : DataFrame of float, genes x samples
        Raw counts.
    reference : str, optional
        The sample that the others are compared with; by default that whose upper quartile, as a fraction of its
        library, is nearest to the mean of all.
    rules : TmmRules, optional

    Returns
    -------
    Series of float > 0, indexed by sample
        Their geometric mean is 1.

    Raises
    ------
    ExpressionError
        As `check_counts`.

    References
    ----------
    Robinson & Oshlack 2010, Genome Biol 11:R25. Equal to edgeR 3.40 ``calcNormFactors(method = "TMM")``.
    """
    values, rules = check_counts(counts), rules or TmmRules()
    sizes = values.sum(axis=0)
    values = values[values.any(axis=1)]
    at = _reference(values, sizes) if reference is None else list(counts.columns).index(reference)
    factors = np.array(
        [
            _factor(sample, values[:, at], size, sizes[at], rules)
            for sample, size in zip(values.T, sizes, strict=True)
        ]
    )
    return pd.Series(factors / np.exp(np.log(factors).mean()), counts.columns, name="tmm_factor")


def _reference(values: FloatArray, sizes: FloatArray) -> int:
    upper = np.quantile(values, REFERENCE_QUANTILE, axis=0) / sizes
    if np.median(upper) < NO_QUANTILE:
        return int(np.argmax(np.sqrt(values).sum(axis=0)))
    return int(np.argmin(np.abs(upper - upper.mean())))


def _factor(
    sample: FloatArray, reference: FloatArray, size: float, reference_size: float, rules: TmmRules
) -> float:
    # a gene that one of the two lacks has no log ratio
    both = (sample > 0) & (reference > 0)
    sample, reference = sample[both], reference[both]
    ratio = np.log2((sample / size) / (reference / reference_size))
    abundance = (np.log2(sample / size) + np.log2(reference / reference_size)) / 2
    variance = (size - sample) / size / sample + (reference_size - reference) / reference_size / reference
    used = abundance > rules.min_abundance
    ratio, abundance, variance = ratio[used], abundance[used], variance[used]
    if not len(ratio) or np.abs(ratio).max() < SAME:
        return 1.0
    kept = _within(ratio, rules.trim_ratio) & _within(abundance, rules.trim_abundance)
    if not kept.any():
        return 1.0
    if not rules.is_weighted:
        return float(2 ** ratio[kept].mean())
    return float(2 ** ((ratio[kept] / variance[kept]).sum() / (1 / variance[kept]).sum()))


def _within(values: FloatArray, trim: float) -> NDArray[np.bool_]:
    """Mark the values between the trimmed ends; ties share their mean rank and stay or go together."""
    lowest = np.floor(len(values) * trim) + 1
    ranks = pd.Series(values).rank().to_numpy()
    return np.asarray((ranks >= lowest) & (ranks <= len(values) + 1 - lowest))


def effective_library_sizes(counts: pd.DataFrame) -> pd.Series:
    """Return library sizes times TMM factors; errors as `check_counts`."""
    return (library_sizes(counts) * tmm_factors(counts)).rename("effective_library_size")


def counts_per_million(counts: pd.DataFrame, sizes: pd.Series | None = None) -> pd.DataFrame:
    """Return counts per million reads of each library.

    Parameters
    ----------
    counts : DataFrame of float, genes x samples
    sizes : Series of float > 0, indexed by sample, optional
        Library sizes; the sums of the counts by default.

    Raises
    ------
    ExpressionError
        As `check_counts`.

    References
    ----------
    Equal to edgeR 3.40 ``cpm(y, lib.size)``.
    """
    values = check_counts(counts)
    # edgeR's order of the two roundings decides whether a gene is exactly at the cut-off of the filter
    factors = MILLION / _sizes(counts, values, sizes)
    return pd.DataFrame(values * factors, counts.index, counts.columns)


def log2_counts_per_million(
    counts: pd.DataFrame, sizes: pd.Series | None = None, prior_count: float = 2.0
) -> pd.DataFrame:
    """Return log2 counts per million, small counts drawn towards each other.

    Parameters
    ----------
    counts : DataFrame of float, genes x samples
    sizes : Series of float > 0, indexed by sample, optional
        Library sizes; the sums of the counts by default.
    prior_count : float > 0
        Added to a count of a library of mean size, in proportion to others: a gene without counts has the same
        value in all samples.

    Raises
    ------
    ExpressionError
        As `check_counts`.

    References
    ----------
    Equal to edgeR 3.40 ``cpm(y, lib.size, log = TRUE, prior.count)``.
    """
    values = check_counts(counts)
    library = _sizes(counts, values, sizes)
    prior = prior_count * library / library.mean()
    return pd.DataFrame(
        np.log2((values + prior) / (library + 2 * prior) * MILLION), counts.index, counts.columns
    )


def _sizes(counts: pd.DataFrame, values: FloatArray, sizes: pd.Series | None) -> FloatArray:
    return values.sum(axis=0) if sizes is None else sizes.loc[counts.columns].to_numpy(dtype=float)
