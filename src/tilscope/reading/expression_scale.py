"""On which scale a matrix is, told by its values; where they do not tell, the user is asked."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import ExpressionError

Scale = Literal["auto", "counts", "linear", "log2", "ratio"]

LOG_MAXIMUM = 50.0  # log2 values of real data stay far below (TAB-56)
LOG_USUAL = 25.0  # 2 to the 25 is more than any gene's reads
RATIO_NEGATIVE = 0.25  # share of negative values from which a log matrix is one of ratios
FLOOR_SHARE = 0.01  # a lowest value that so many cells share was a zero before the logarithm
FEW = 10
NEARLY_WHOLE = 0.99
EXPECTED_WHOLE, ABUNDANCE_WHOLE = 0.5, 0.1  # shares of whole numbers among values that are not 0
PER_MILLION, PER_MILLION_ERROR = 1e6, 0.01  # a sample's sum of TPM or CPM
MANY_READS = 2e6  # sums of FPKM and TPM stay below
ASK = 'Say it in study.toml: [expression] scale = "counts", "linear", "log2" or "ratio".'

FloatArray = NDArray[np.float64]


def told_scale(values: FloatArray, asked: str, file: object) -> tuple[str, str, tuple[str, ...]]:
    """Return the scale, the evidence in words, and notes.

    Parameters
    ----------
    values : ndarray of float, shape (n_genes, n_samples)
        Finite.
    asked : {"auto", "counts", "linear", "log2", "ratio"}
        The user's word; only what cannot be is refused.

    Raises
    ------
    ExpressionError
        TAB-56 where the values do not tell, or cannot be what was asked for, such as negative counts.
    """
    if asked == "auto":
        scale, evidence = _recognised(values, file)
    else:
        scale, evidence = asked, f"set to {asked} ({_range(values)})"
        _refuse_impossible(values, scale, file)
    notes = []
    if scale == "linear":
        notes.append(f"TAB-56 values up to {values.max():.6g} are not on a log scale")
    if scale == "counts" and np.any(values != np.round(values)):
        notes.append("TAB-56 counts have decimals, as expected counts have (RSEM, salmon, kallisto)")
    if scale == "ratio" and _are_z_scores(values):
        notes.append(
            "TAB-56 every gene has mean 0 and standard deviation 1: differences are in standard deviations, not"
            " log2 folds"
        )
    return scale, evidence, tuple(notes)


def _recognised(values: FloatArray, file: object) -> tuple[str, str]:
    high, low = float(values.max()), float(values.min())
    if high > LOG_MAXIMUM:
        return _of_large_values(values, file)
    if low >= 0 and bool(np.all(values == np.round(values))):
        raise _unclear(
            "whole numbers without a large one may be few reads or rounded log2 values", values, file
        )
    if low >= 0 and high > LOG_USUAL:
        raise _unclear("the values are high for log2 and low for counts or TPM", values, file)
    negative = float(np.mean(values < 0))
    if negative <= RATIO_NEGATIVE:
        return "log2", f"log2 values: {_range(values)}, {negative:.0%} negative"
    if np.sum(values == low) > max(FEW, FLOOR_SHARE * values.size) and not _are_z_scores(values):
        raise _unclear(
            f"{negative:.0%} of the values are negative and many share the lowest: ratios, or log2 of zeros"
            " plus a small constant",
            values,
            file,
        )
    return "ratio", f"log ratios: {_range(values)}, {negative:.0%} negative"


def _of_large_values(values: FloatArray, file: object) -> tuple[str, str]:
    """Tell counts from abundances by whole numbers and by the samples' sums."""
    whole = values == np.round(values)
    if float(whole.mean()) > NEARLY_WHOLE:
        _refuse_impossible(values, "counts", file)
    elif values.min() < 0:
        return "linear", f"abundances: {_range(values)}, with negative values"
    filled = values != 0
    share = float(whole[filled].mean())
    sums = values.sum(axis=0)
    told = f"{_range(values)}; {share:.1%} of the values above 0 are whole; sums of samples {_sums(sums)}"
    is_per_million = bool(np.all(np.abs(sums / PER_MILLION - 1) < PER_MILLION_ERROR))
    if is_per_million:
        if share > EXPECTED_WHOLE:
            raise _unclear(
                "every sample sums to a million, as TPM does, in whole numbers as counts are", values, file
            )
        return "linear", f"TPM or counts per million: {told}"
    if float(whole.mean()) > NEARLY_WHOLE or share > EXPECTED_WHOLE:
        return "counts", f"counts: {told}"
    if share > ABUNDANCE_WHOLE or float(np.median(sums)) > MANY_READS:
        raise _unclear(
            f"expected counts, normalised counts or intensities of an array ({told})", values, file
        )
    return "linear", f"abundances such as FPKM or TPM: {told}"


def _refuse_impossible(values: FloatArray, scale: str, file: object) -> None:
    if scale in ("counts", "linear") and values.min() < 0:
        what = "counts" if scale == "counts" else "abundances"
        raise ExpressionError(
            "TAB-56",
            f"{what} are negative",
            file=file,
            found=f"{int((values < 0).sum())} negative values, the lowest {values.min():g}",
            expected="numbers from 0",
            remedy="Use the raw counts, not a batch-corrected matrix.",
        )
    if scale in ("log2", "ratio") and values.max() > LOG_MAXIMUM:
        raise ExpressionError(
            "TAB-56",
            f"[expression] scale says {scale}, and the values are too large for that",
            file=file,
            found=_range(values),
            expected=f"values up to {LOG_MAXIMUM:g}",
            remedy=ASK,
        )


def _unclear(what: str, values: FloatArray, file: object) -> ExpressionError:
    return ExpressionError(
        "TAB-56",
        f"the scale of the matrix cannot be told: {what}",
        file=file,
        found=_range(values),
        expected="counts, abundances (TPM, FPKM), log2 values or log ratios",
        remedy=ASK,
    )


def _range(values: FloatArray) -> str:
    return f"values from {values.min():.4g} to {values.max():.6g}"


def _sums(sums: FloatArray) -> str:
    return f"{sums.min():,.0f} to {sums.max():,.0f}"


def _are_z_scores(values: FloatArray) -> bool:
    if values.shape[1] < 3:
        return False
    sd = values.std(axis=1, ddof=1)
    return bool(np.all(np.abs(values.mean(axis=1)) < 0.01) and np.all((np.abs(sd - 1) < 0.03) | (sd == 0)))
