"""The same genes by other analyses: the score as it is, and with a covariate in the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tilscope.biology.differential.adjusted_design import adjusted_design
from tilscope.biology.differential.continuous import continuous_association
from tilscope.biology.differential.design import two_group_design
from tilscope.biology.differential.moderated import moderated_t
from tilscope.biology.expression.door import take_samples


@dataclass(frozen=True, slots=True, eq=False)
class OtherAnalysis:
    """One analysis beside the main one.

    Attributes
    ----------
    name : str
        ``score`` or the covariate's name.
    n : int
        Samples that have what it needs.
    table : DataFrame, indexed by gene
        As `tilscope.biology.moderated_t`; ``log2_fc`` of ``score`` is per standard deviation of the score.
    reference : DataFrame, indexed by gene
        The comparison of the two groups in the same samples, without the covariate.
    """

    name: str
    n: int
    table: pd.DataFrame
    reference: pd.DataFrame

    def summary(self, fdr: float) -> dict[str, float]:
        """Return how many genes pass, how many of the reference's do so too, and how alike the two t are.

        Keys: ``n, n_genes, n_reference, n_shared`` (both significant, in the same direction) and ``t_correlation``
        (Spearman; NaN where a t has no spread).
        """
        own, other = self.table, self.reference
        passes, passed = own["p_adjusted"] <= fdr, other["p_adjusted"] <= fdr
        same = np.sign(own["t"]) == np.sign(other["t"])
        return {
            "n": self.n,
            "n_genes": int(passes.sum()),
            "n_reference": int(passed.sum()),
            "n_shared": int((passes & passed & same).sum()),
            "t_correlation": float(own["t"].corr(other["t"], method="spearman")),
        }


def by_score(
    expression: pd.DataFrame,
    groups: pd.Series,
    positive: str,
    score: pd.Series,
    *,
    trend: bool = False,
    robust: bool = False,
) -> OtherAnalysis:
    """Regress every gene on the score itself: no cut-off has a say.

    Parameters
    ----------
    expression : DataFrame of float, genes x samples
        Log2 expression.
    groups : Series of str, indexed by sample
        Two levels.
    positive : str
        The level whose excess is positive.
    score : Series of float, indexed by sample
        Of every sample of ``groups``.
    trend, robust : bool
        As in `tilscope.biology.moderated_t`.

    Raises
    ------
    ExpressionError
        As `tilscope.biology.continuous_association`, where the score does not vary.
    """
    values = take_samples(expression, groups.index)
    slopes = continuous_association(values, score.loc[groups.index], trend=trend, robust=robust)
    return OtherAnalysis(
        "score",
        len(groups),
        slopes.table,
        moderated_t(values, *two_group_design(groups, positive), trend, robust),
    )


def with_covariate(
    expression: pd.DataFrame,
    groups: pd.Series,
    positive: str,
    covariate: pd.Series,
    *,
    trend: bool = False,
    robust: bool = False,
) -> OtherAnalysis:
    """Compare the groups with one covariate in the model, such as tumour purity or a stromal score.

    Parameters
    ----------
    expression, groups, positive, trend, robust
        As in `by_score`.
    covariate : Series, indexed by sample
        Numbers or classes; samples without it (NaN, or not listed) are left out of both comparisons.

    Raises
    ------
    ExpressionError
        TAB-67 where it says nothing beside the groups; TAB-60 where the samples that have it do not suffice.
    """
    model = adjusted_design(groups, positive, covariate.reindex(groups.index).to_frame())
    values = take_samples(expression, model.groups.index)
    return OtherAnalysis(
        str(covariate.name),
        len(model.groups),
        moderated_t(values, model.design, model.contrast, trend, robust),
        moderated_t(values, *two_group_design(model.groups, positive), trend, robust),
    )


def side_by_side(main: pd.DataFrame, others: Mapping[str, OtherAnalysis]) -> pd.DataFrame:
    """Put the t and adjusted p of all analyses into one table, genes in the order of the main one.

    Parameters
    ----------
    main : DataFrame, indexed by gene
        Columns ``log2_fc, t, p_adjusted``.
    others : mapping of name to OtherAnalysis

    Returns
    -------
    DataFrame, indexed by gene
        ``log2_fc, t, p_adjusted``, and ``effect_<name>, t_<name>, p_adjusted_<name>`` for each.
    """
    table = main[["log2_fc", "t", "p_adjusted"]].copy()
    for name, other in others.items():
        own = other.table.loc[table.index]
        table[f"effect_{name}"] = own["log2_fc"]
        table[f"t_{name}"] = own["t"]
        table[f"p_adjusted_{name}"] = own["p_adjusted"]
    return table
