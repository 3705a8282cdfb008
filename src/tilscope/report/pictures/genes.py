"""The records of the genes that differ, and of how counts were weighed."""

from __future__ import annotations

import pandas as pd

from tilscope.figures import MeanVariance, Volcano
from tilscope.report.content import Content

TOP_GENES = 8  # of each direction, named on the volcano where the study names none
MAX_NAMED = 24


def volcano(content: Content) -> Volcano | None:
    """Return the table of genes; the most significant and the named ones are written out, else the strongest."""
    if content.genes is None:
        return None
    design = content.biology
    genes = content.genes
    passed = genes.index[genes["p_adjusted"] < design.max_p_adjusted]
    first = genes.loc[passed, "p_value"].sort_values(kind="stable").index[:TOP_GENES]
    wanted = [gene for gene in design.named_genes if gene in genes.index]
    present = (
        genes["p_value"].reindex(list(dict.fromkeys([*first, *wanted]))) if wanted else genes["p_value"][:0]
    )
    named = tuple(present.sort_values(kind="stable").index[:MAX_NAMED])
    return Volcano(
        content.genes,
        named or strongest(content.genes),
        design.max_p_adjusted,
        design.min_abs_log2_fc,
        design.positive,
        design.negative,
        ()
        if design.n_positive is None or design.n_negative is None
        else (design.n_positive, design.n_negative),
        design.group_name,
    )


def strongest(genes: pd.DataFrame, n: int = TOP_GENES) -> tuple[str, ...]:
    """Return the genes with the smallest p values, ``n`` of each direction, the smallest first."""
    ordered = genes.dropna(subset=["p_value"]).sort_values("p_value", kind="stable")
    up, down = ordered[ordered["log2_fc"] > 0].head(n), ordered[ordered["log2_fc"] < 0].head(n)
    return tuple(pd.concat([up, down]).sort_values("p_value", kind="stable").index)


def mean_variance(content: Content) -> MeanVariance | None:
    """Return voom's trend, where the genes came from counts by voom."""
    return None if content.mean_variance is None else MeanVariance(content.mean_variance)
