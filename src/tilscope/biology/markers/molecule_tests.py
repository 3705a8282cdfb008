"""Every molecule of the lists between two groups of tumours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tilscope.biology.differential.design import check_groups
from tilscope.biology.expression.door import check_expression, take_samples
from tilscope.biology.gene_sets.coverage import coverage
from tilscope.biology.markers.molecule import MoleculeList
from tilscope.biology.markers.molecules import MOLECULE_LISTS
from tilscope.biology.markers.settings import Families, MoleculeSettings
from tilscope.statistics import benjamini_hochberg, compare_columns, roc_auc
from tilscope.vocabulary import ExpressionError

CONFIDENCE = 0.95
ALL_MOLECULES = "all molecules"


@dataclass(frozen=True, slots=True, eq=False)
class MoleculeTests:
    """Molecules compared between two groups.

    Attributes
    ----------
    table : DataFrame, one row per list and gene in the matrix
        ``list, gene``, the columns of `tilscope.statistics.compare_columns` with intervals, ``rank_biserial``,
        ``rank_biserial_ci_low``, ``rank_biserial_ci_high`` (for every gene, whatever its test), ``source``.
    lists : DataFrame, indexed by ``list``
        ``title``, the columns of `tilscope.biology.coverage`, ``family`` (of its tests).
    """

    table: pd.DataFrame
    lists: pd.DataFrame


def compare_molecules(
    expression: pd.DataFrame,
    groups: pd.Series,
    positive: str,
    settings: MoleculeSettings | None = None,
    *,
    lists: Sequence[MoleculeList] = MOLECULE_LISTS,
) -> MoleculeTests:
    """Compare every gene of the lists that is in the matrix.

    Parameters
    ----------
    expression : DataFrame of float, genes x samples
        log2 scale, HGNC symbols.
    groups : Series of str, indexed by sample
        Two levels of at least two samples; every sample must be in ``expression``.
    positive : str
        The level that positive differences and effects favour.
    settings : MoleculeSettings, optional
    lists : sequence of MoleculeList

    Returns
    -------
    MoleculeTests
        A gene in two lists has a row in each, with the same test and, where each list is a family, another
        adjusted p.

    Raises
    ------
    ExpressionError
        TAB-50, TAB-54, TAB-56, TAB-60 as `tilscope.biology.two_group_design` and the matrix's door; TAB-58 if
        no molecule is in the matrix.
    SettingsError
        SET-50 if no sample has the level ``positive``.
    """
    chosen = settings or MoleculeSettings()
    check_groups(groups, positive)
    check_expression(expression)
    covered = coverage(expression.index, {listed.name: listed.genes for listed in lists})
    genes = list(dict.fromkeys(gene for listed in lists for gene in listed.genes if gene in expression.index))
    if not genes:
        raise ExpressionError(
            "TAB-58",
            "none of the molecules is in the expression matrix",
            found=", ".join(map(str, expression.index[:5])),
            expected="HGNC symbols such as " + ", ".join(lists[0].genes[:3]),
            remedy="Use HGNC symbols as names of the genes.",
        )
    values = take_samples(expression, groups.index).loc[genes].T
    tests = compare_columns(
        values, groups, positive, family=ALL_MOLECULES, method=chosen.method, confidence=CONFIDENCE
    )
    tests = tests.rename(columns={"variable": "gene"}).join(
        _rank_biserial(values, groups, positive), on="gene"
    )
    parts = [_of_list(tests, listed, chosen.families) for listed in lists]
    covered.insert(0, "title", [listed.title for listed in lists])
    covered["family"] = [ALL_MOLECULES if chosen.families == "all" else listed.title for listed in lists]
    return MoleculeTests(pd.concat(parts, ignore_index=True), covered.rename_axis("list"))


def _of_list(tests: pd.DataFrame, listed: MoleculeList, families: Families) -> pd.DataFrame:
    """Return the rows of one list, adjusted over them where they are a family."""
    sources = {molecule.symbol: molecule.source for molecule in listed.molecules}
    own = tests[tests["gene"].isin(listed.genes)].copy()
    if families == "list":
        p_values = own["p_value"].to_numpy(dtype=float)
        own["p_adjusted"] = benjamini_hochberg(p_values)
        own["family"] = listed.title
        own["n_tests"] = int((~np.isnan(p_values)).sum())
    own.insert(0, "list", listed.name)
    own["source"] = own["gene"].map(sources)
    return own


def _rank_biserial(values: pd.DataFrame, groups: pd.Series, positive: str) -> pd.DataFrame:
    """Return rank-biserial r of every gene with its interval; NaN where nothing varies or a group has no value."""
    rows = {}
    for gene in values.columns:
        known = values[gene].dropna()
        labels = groups.loc[known.index]
        if len(set(known)) > 1 and len(set(labels)) > 1:
            area = roc_auc(labels.to_list(), known.to_numpy(dtype=float), positive, confidence=CONFIDENCE)
            rows[gene] = [2 * value - 1 for value in (area.auc, area.ci_low, area.ci_high)]
    columns = ["rank_biserial", "rank_biserial_ci_low", "rank_biserial_ci_high"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float)
