"""Gene set enrichment analysis of a ranking, by fgsea's multilevel procedure.

Scores, curves and leading edges are our own walk; p values and the scores of random sets come from gseapy's port of
fgsea (Korotkevich et al. 2021, bioRxiv 060012). The random sets have the largest size that is allowed, whatever sets
are asked for; a set's result therefore depends on the ranking, the seed and the settings, and on no other set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tilscope.biology.gene_sets.coverage import GeneSets, check_overlap
from tilscope.biology.gene_sets.ranking import check_ranking
from tilscope.biology.gene_sets.running_sum import RunningSum, running_sum
from tilscope.biology.gene_sets.settings import EnrichmentSettings
from tilscope.statistics import benjamini_hochberg
from tilscope.vocabulary import ExpressionError

GSEA_COLUMNS = (
    "set_size",
    "es",
    "nes",
    "p_value",
    "p_adjusted",
    "log2_error",
    "n_leading",
    "leading_edge",
)
WEIGHT = 1.0
SAMPLE_SIZE = 101
"""Random sets at each level of the multilevel procedure: fgsea's default."""
BATCH = 500
"""Sets per call of gseapy, which keeps a number for every gene and set until it returns."""


@dataclass(frozen=True, slots=True, eq=False)
class GeneSetEnrichment:
    """Gene sets tested against one ranking.

    Attributes
    ----------
    table : DataFrame indexed by ``gene_set``, columns `GSEA_COLUMNS`
        Sorted by p value, then by the size of ``nes``, then by name. ``set_size`` counts ranked genes; ``es`` is
        exact, ``nes`` is ``es`` over the mean of random sets of the same size and sign; ``p_value`` is
        ``settings.smallest_p`` where it was not followed further (``log2_error`` is then NaN); ``p_adjusted`` is
        Benjamini-Hochberg over the table; ``log2_error`` is the standard error of log2 p; ``leading_edge`` is a
        tuple, the outermost gene first.
        ``p_value`` and ``nes`` are NaN where fewer than 10 random sets had a score of the same sign.
    ranking : Series of float
        The genes as they were walked down: largest first, ties by name.
    n_small, n_large : int
        Sets left out for their size.
    seed : int
    settings : EnrichmentSettings
    notes : tuple of str
        Each starts with its rule id.
    """

    table: pd.DataFrame
    ranking: pd.Series
    n_small: int
    n_large: int
    seed: int
    settings: EnrichmentSettings
    notes: tuple[str, ...]


def gsea(
    ranking: pd.Series, gene_sets: GeneSets, seed: int, settings: EnrichmentSettings | None = None
) -> pd.DataFrame:
    """Ask of every set whether its genes lie towards one end of a ranking; the frame of `gene_set_enrichment`.

    The notes are in ``.attrs["notes"]`` of the result.
    """
    result = gene_set_enrichment(ranking, gene_sets, seed=seed, settings=settings)
    table = result.table.copy()
    table.attrs["notes"] = list(result.notes)
    return table


def gene_set_enrichment(
    ranking: pd.Series,
    gene_sets: GeneSets,
    *,
    seed: int,
    settings: EnrichmentSettings | None = None,
    min_overlap: float = 0.5,
) -> GeneSetEnrichment:
    """Ask of every set whether its genes lie towards one end of a ranking.

    Parameters
    ----------
    ranking : Series of float, indexed by gene, in any order
        As `check_ranking` takes it; usually that of `rank_genes`.
    gene_sets : mapping of set name to genes
        One collection: p values are adjusted over all of its sets that were tested.
    seed : int in [0, 2**32)
    settings : EnrichmentSettings, optional
        ``min_set_size``, ``max_set_size``, ``n_permutations`` and ``smallest_p`` are used.
    min_overlap : float in [0, 1]
        As in `check_overlap`.

    Raises
    ------
    ExpressionError
        TAB-54 and TAB-64 as `check_ranking`; TAB-58 as `check_overlap`, or if no set can be tested.
    """
    settings = settings or EnrichmentSettings()
    ordered, notes = check_ranking(ranking)
    covered = check_overlap(ordered.index, gene_sets, min_overlap)
    sizes = covered["n_present"]
    largest = min(settings.max_set_size, len(ordered) - 1)
    usable = covered.index[sizes.between(settings.min_set_size, largest)]
    valued = frozenset(ordered.index[ordered != 0])
    empty = tuple(name for name in usable if valued.isdisjoint(gene_sets[name]))
    walks = {str(name): running_sum(ordered, gene_sets[name]) for name in usable if name not in empty}
    if not walks:
        raise ExpressionError(
            "TAB-58",
            "no gene set can be tested",
            found=f"{len(gene_sets)} sets with {sizes.min()} to {sizes.max()} ranked genes",
            expected=f"{settings.min_set_size} to {largest}",
            remedy="Change enrichment.min_set_size or max_set_size, or choose other gene sets.",
        )
    if empty:
        notes += (f"TAB-64: sets whose genes all rank with a value of 0 were left out: {', '.join(empty)}.",)
    return GeneSetEnrichment(
        _table(walks, _estimates(ordered, walks, largest, seed, settings)),
        ordered,
        int((sizes < settings.min_set_size).sum()),
        int((sizes > largest).sum()),
        seed,
        settings,
        notes,
    )


def _table(walks: Mapping[str, RunningSum], estimates: pd.DataFrame) -> pd.DataFrame:
    p_values = estimates["p_value"].to_numpy()
    edges = pd.Series([walk.leading_edge for walk in walks.values()], dtype=object)
    columns = (
        [len(walk.hits) for walk in walks.values()],
        [walk.es for walk in walks.values()],
        estimates["nes"].to_numpy(),
        p_values,
        benjamini_hochberg(p_values),
        estimates["log2_error"].to_numpy(),
        [len(edge) for edge in edges],
        edges.to_numpy(),
    )
    names = pd.Index(list(walks), name="gene_set", dtype=object)
    table = pd.DataFrame(dict(zip(GSEA_COLUMNS, columns, strict=True)), index=names)
    return table.iloc[np.lexsort((names.astype(str), -table["nes"].abs(), p_values))]


def _estimates(
    ranking: pd.Series, walks: Mapping[str, RunningSum], largest: int, seed: int, settings: EnrichmentSettings
) -> pd.DataFrame:
    """Return ``nes, p_value, log2_error`` of every set, in the order of ``walks``."""
    from gseapy.gse import fgsea_rs

    # places instead of names: gseapy must neither change the case of names nor break ties
    places = [str(i) for i in range(len(ranking))]
    metric = ranking.tolist()
    members = {str(i): [places[hit] for hit in walk.hits] for i, walk in enumerate(walks.values())}
    # an evenly spread set of the largest size, so that the random sets are the same for any collection
    spread = np.unique(np.linspace(0, len(ranking) - 1, largest).round().astype(int))
    anchor = {"spread": [places[i] for i in spread]}
    rows: dict[str, tuple[float, float, float]] = {}
    names = list(members)
    for start in range(0, len(names), BATCH):
        batch = {name: members[name] for name in names[start : start + BATCH]}
        result = fgsea_rs(
            places,
            metric,
            anchor | batch,
            weight=WEIGHT,
            min_size=1,
            max_size=largest,
            sample_size=SAMPLE_SIZE,
            nperm=settings.n_permutations,
            eps=settings.smallest_p,
            threads=1,
            seed=seed,
        )
        rows |= {found.term: (found.nes, found.pval, found.log2err) for found in result.summaries}
    return pd.DataFrame([rows[name] for name in names], columns=["nes", "p_value", "log2_error"])
