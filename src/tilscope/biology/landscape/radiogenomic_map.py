"""The radiogenomic map: the score and its features against genes and gene sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tilscope.biology.differential.continuous import continuous_association
from tilscope.biology.expression.door import take_samples
from tilscope.biology.landscape.rank_correlation import CORRELATION_COLUMNS, rank_correlations
from tilscope.vocabulary import ExpressionError

SCORE, STIL = "rad_tils_score", "til_percent"
MIN_OUTSIDE = 10  # patients outside training; of fewer, rho says next to nothing
OUTSIDE_COLUMNS = ("rho_outside", "ci_low_outside", "ci_high_outside", "n_outside")
SLOPE_COLUMNS = ("slope", "slope_ci_low", "slope_ci_high", "slope_t", "slope_p_value", "slope_p_adjusted")


@dataclass(frozen=True, slots=True, eq=False)
class RadiogenomicMap:
    """Rank correlations of what was measured on images with what was measured on tissue.

    Attributes
    ----------
    score_genes : DataFrame
        ``gene``, `CORRELATION_COLUMNS` of the score, `OUTSIDE_COLUMNS`, `SLOPE_COLUMNS`; by p value. The slope is
        limma's, in log2 units per standard deviation of the score. Empty where the score does not vary.
    feature_genes : DataFrame
        ``feature, gene`` and `CORRELATION_COLUMNS`: of each feature the genes of smallest p.
    feature_sets : DataFrame
        ``feature, gene_set``, `CORRELATION_COLUMNS` and `OUTSIDE_COLUMNS`; ``feature`` is also the score, and the
        pathologists' sTIL percentage (for comparison) where it is known.
    feature_order, set_order : tuple of str
        Rows and columns such that alike ones are neighbours (average linkage of their rho, optimal order of leaves).
    n_samples, n_outside : int
        With expression and a score; of these, outside training.
    score_sd : float
        Of the score among these samples; NaN where it does not vary.
    n_significant : dict of str to int
        Score or feature -> genes with an adjusted p below the limit.
    excluded : tuple of (name, rule, reason)
        Rows that cannot be correlated.
    """

    score_genes: pd.DataFrame
    feature_genes: pd.DataFrame
    feature_sets: pd.DataFrame
    feature_order: tuple[str, ...]
    set_order: tuple[str, ...]
    n_samples: int
    n_outside: int
    score_sd: float
    n_significant: dict[str, int]
    excluded: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class MapRules:
    """How the map is made.

    Attributes
    ----------
    fdr : float
        Largest adjusted p that counts.
    top : int
        Genes that are kept of each feature.
    trend, robust : bool
        Of limma's empirical Bayes for the slope.
    """

    fdr: float = 0.05
    top: int = 50
    trend: bool = False
    robust: bool = False


def radiogenomic_map(
    scores: pd.DataFrame,
    features: pd.DataFrame,
    expression: pd.DataFrame,
    sets: pd.DataFrame,
    rules: MapRules | None = None,
) -> RadiogenomicMap:
    """Correlate the score and the features with every gene and every gene set.

    Parameters
    ----------
    scores : DataFrame, patients x ``score, til_percent, role``
        Role ``training``: a patient that the score was fitted on.
    features : DataFrame of float, patients x features
        On the scale of the signature; NaN where missing.
    expression : DataFrame of float, genes x samples
        Log2; named as the patients.
    sets : DataFrame of float, sets x samples
        Single-sample scores; may be empty.
    rules : MapRules, optional

    Raises
    ------
    ExpressionError
        TAB-60 for fewer than three patients with a score and expression; as `take_samples`.
    """
    rules = rules or MapRules()
    known = scores.dropna(subset=["score"])
    known = known[known.index.isin(expression.columns)]
    if len(known) < 3:
        raise ExpressionError(
            "TAB-60",
            "too few patients have both a score and expression",
            found=len(known),
            expected="at least 3",
            remedy="Check that the samples of the expression matrix are named as the patients.",
        )
    genes = take_samples(expression, known.index)
    measured = features.reindex(known.index).T
    with_score = pd.concat([known["score"].astype(float).rename(SCORE).to_frame().T, measured])
    excluded = _constant(with_score)
    usable = with_score.drop(index=[name for name, _, _ in excluded])
    outside = known.index[known["role"] != "training"]
    of_genes = rank_correlations(usable, genes)
    compared = usable if known[STIL].nunique() < 2 else pd.concat([usable, _as_row(known[STIL])])
    feature_sets = rank_correlations(compared, sets, ("feature", "gene_set"))
    feature_sets = _with_outside(feature_sets, compared, sets, outside, ("feature", "gene_set"))
    orders = _orders(feature_sets)
    significant = of_genes["p_adjusted"] < rules.fdr
    counts = significant.groupby(of_genes["feature"], sort=False).sum()
    return RadiogenomicMap(
        score_genes=_score_genes(of_genes, known, genes, outside, rules),
        feature_genes=_top(of_genes[of_genes["feature"] != SCORE], rules.top),
        feature_sets=feature_sets,
        feature_order=orders[0],
        set_order=orders[1],
        n_samples=len(known),
        n_outside=len(outside),
        score_sd=float(known["score"].std(ddof=1)) if SCORE in usable.index else float("nan"),
        n_significant={str(name): int(n) for name, n in counts.items()},
        excluded=tuple(excluded),
    )


def _as_row(column: pd.Series) -> pd.DataFrame:
    return column.astype(float).to_frame().T


def _constant(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return the rows that cannot be correlated, with a rule and a reason."""
    told = []
    for name, row in rows.iterrows():
        n = int(row.count())
        if n < 3:
            told.append((str(name), "TAB-60", f"only {n} samples have a value"))
        elif row.nunique() < 2:
            told.append((str(name), "TAB-61", f"the same for all {n} samples"))
    return told


def _with_outside(
    table: pd.DataFrame, rows: pd.DataFrame, targets: pd.DataFrame, outside: pd.Index, names: tuple[str, str]
) -> pd.DataFrame:
    """Add the correlations in the patients outside training; NaN where these are too few."""
    if len(outside) < MIN_OUTSIDE:
        blank = dict.fromkeys(OUTSIDE_COLUMNS[:3], np.nan)
        return table.assign(**blank, n_outside=len(outside))
    found = rank_correlations(rows[list(outside)], targets, names)
    chosen = ("rho", "ci_low", "ci_high", "n")
    return table.assign(**{to: found[name] for to, name in zip(OUTSIDE_COLUMNS, chosen, strict=True)})


def _score_genes(
    of_genes: pd.DataFrame, known: pd.DataFrame, genes: pd.DataFrame, outside: pd.Index, rules: MapRules
) -> pd.DataFrame:
    own = of_genes[of_genes["feature"] == SCORE].reset_index(drop=True)
    columns = ["gene", *CORRELATION_COLUMNS, *OUTSIDE_COLUMNS, *SLOPE_COLUMNS]
    if own.empty:
        return pd.DataFrame(columns=columns)
    score = known["score"].astype(float)
    row = score.rename(SCORE).to_frame().T
    table = _with_outside(own, row, genes, outside, ("feature", "gene"))
    slopes = continuous_association(genes, score, trend=rules.trend, robust=rules.robust).table
    parts = ("log2_fc", "ci_low", "ci_high", "t", "p_value", "p_adjusted")
    table = table.assign(
        **{to: slopes[name].to_numpy() for to, name in zip(SLOPE_COLUMNS, parts, strict=True)}
    )
    return table.sort_values(["p_value", "gene"], kind="stable", ignore_index=True)[columns]


def _top(of_genes: pd.DataFrame, n: int) -> pd.DataFrame:
    ordered = of_genes.dropna(subset=["p_value"]).sort_values(["p_value", "gene"], kind="stable")
    place = {name: k for k, name in enumerate(dict.fromkeys(of_genes["feature"]))}
    top = ordered.groupby("feature", sort=False).head(n)
    return top.sort_values("feature", key=lambda names: names.map(place), kind="stable", ignore_index=True)


def _orders(feature_sets: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...]]:
    matrix = feature_sets.pivot_table(index="feature", columns="gene_set", values="rho", sort=False)
    return _order(matrix), _order(matrix.T)


def _order(matrix: pd.DataFrame) -> tuple[str, ...]:
    """Return the rows such that alike ones are neighbours."""
    from scipy.cluster.hierarchy import leaves_list, linkage

    known = matrix.dropna(axis=1)
    names = [str(name) for name in matrix.index]
    if len(names) < 3 or known.shape[1] < 1:
        return tuple(names)
    tree = linkage(known.to_numpy(dtype=float), "average", metric="euclidean", optimal_ordering=True)
    return tuple(names[k] for k in leaves_list(tree))
