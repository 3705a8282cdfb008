"""Several rows of one gene: one named rule makes them one row (TAB-54)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.text_tables import shown
from tilscope.vocabulary import ExpressionError

if TYPE_CHECKING:
    import pandas as pd

DuplicateRule = Literal["highest-mean", "mean", "sum", "first", "refuse"]

FloatArray = NDArray[np.float64]


def one_row_per_gene(
    values: pd.DataFrame, rule: str, file: object = None
) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """Return the matrix with each gene once, in the order of first rows that are kept, and what was done.

    Parameters
    ----------
    values : DataFrame of float, genes x samples
        Genes may repeat.
    rule : {"highest-mean", "mean", "sum", "first", "refuse"}
        The row with the highest mean over the samples (the first of equals), the mean or the sum of the rows, the
        first row, or no duplicates at all.

    Raises
    ------
    ExpressionError
        TAB-54 where duplicates are to be refused.
    """
    if values.index.is_unique:
        return values, "every gene occurs once", ()
    twice = sorted({str(gene) for gene in values.index[values.index.duplicated()]})
    if rule == "refuse":
        raise ExpressionError(
            "TAB-54",
            f"{len(twice)} genes occur more than once",
            file=file,
            found=shown(twice),
            expected='each gene once (duplicates = "refuse")',
            remedy="Merge them, or set another rule for duplicates in [expression].",
        )
    act, words = _RULES[rule]
    told = f"{len(twice):,} genes occurred more than once; {words} ({rule})"
    return act(values), told, (f"TAB-54 {told}: {shown(twice)}",)


def _highest_mean(values: pd.DataFrame) -> pd.DataFrame:
    means = values.to_numpy().mean(axis=1)
    order = np.lexsort((np.arange(len(values)), -means))
    return values.iloc[np.sort(_first_rows(values.index[order].to_numpy(), order))]


def _first(values: pd.DataFrame) -> pd.DataFrame:
    return values.loc[~values.index.duplicated()]


def _grouped(reduce: Callable[[FloatArray], FloatArray]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return a rule that puts the rows of a gene together; rows of other genes keep every bit."""

    def act(values: pd.DataFrame) -> pd.DataFrame:
        merged = _first(values).copy()
        repeated = values.loc[values.index.duplicated(keep=False)]
        for gene, rows in repeated.groupby(level=0, sort=False):
            merged.loc[gene] = reduce(rows.to_numpy())
        return merged

    return act


def _first_rows(genes: NDArray[np.object_], order: NDArray[np.intp]) -> NDArray[np.intp]:
    _, first = np.unique(genes.astype(str), return_index=True)
    return order[first]


_RULES: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "highest-mean": (_highest_mean, "the row with the highest mean is kept"),
    "mean": (_grouped(lambda rows: np.asarray(rows.mean(axis=0))), "the mean of their rows is taken"),
    "sum": (_grouped(lambda rows: np.asarray(rows.sum(axis=0))), "their rows are summed"),
    "first": (_first, "the first row is kept"),
}
