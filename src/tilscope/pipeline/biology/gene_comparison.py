"""Genes between the groups, from whatever the matrix came as: log2 values, or counts by voom or limma-trend."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilscope.pipeline.biology.inputs import CohortExpression
from tilscope.statistics.clinical_columns import shareable
from tilscope.vocabulary import ExpressionError

if TYPE_CHECKING:
    from tilscope.biology import AdjustedDesign, BiologySettings


@dataclass(frozen=True, slots=True, eq=False)
class GeneComparison:
    """The genes, and everything that made their numbers.

    Attributes
    ----------
    table : DataFrame, indexed by gene
        As `tilscope.biology.DifferentialExpression.table`.
    groups : Series of str, indexed by sample
        The samples compared; patients without a covariate are none of them.
    other : str
        The group that is subtracted.
    record : dict
        ``formula, covariates, missing, n_left_out, residual_df, mean_variance, robust, prior_df`` (None: infinite),
        ``counts`` (None, or what was kept of them and how libraries were compared).
    mean_variance : DataFrame or None
        voom's trend (`tilscope.biology.VoomCounts.trend`).
    """

    table: pd.DataFrame
    groups: pd.Series
    other: str
    record: dict[str, Any]
    mean_variance: pd.DataFrame | None


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    """Values for the linear model."""

    log2: pd.DataFrame
    weights: pd.DataFrame | None
    trend: bool
    words: str
    counts: dict[str, Any] | None = None
    mean_variance: pd.DataFrame | None = None


def compare_genes(
    cohort: CohortExpression, groups: pd.Series, participants: pd.DataFrame, settings: BiologySettings
) -> GeneComparison:
    """Compare the groups gene by gene, with the covariates of the settings held equal.

    Parameters
    ----------
    cohort : CohortExpression
    groups : Series of str, indexed by sample
    participants : DataFrame, indexed by patient
        Where the covariates stand.
    settings : BiologySettings

    Raises
    ------
    ExpressionError, SettingsError
        As `tilscope.biology.adjusted_design` and `tilscope.biology.moderated_t`; TAB-67 for a covariate that is no
        column of the table or free text, which may tell who a patient is; TAB-60 where hardly any gene has enough
        counts.
    """
    from tilscope.biology import adjusted_design, moderated_t, with_direction

    covariates = _covariates(participants, settings.covariates)
    model = adjusted_design(groups, settings.positive, covariates)
    samples = model.groups.index
    if cohort.counts is None:
        words = "following the mean expression (limma-trend)" if settings.trend else "one for all genes"
        ready = _Ready(cohort.log2[samples], None, settings.trend, f"prior variance {words}")
    else:
        ready = _from_counts(cohort.counts[samples], model, settings)
    table = moderated_t(
        ready.log2, model.design, model.contrast, ready.trend, settings.robust, weights=ready.weights
    )
    prior_df = table.attrs["prior_df"]
    record = {
        "formula": model.formula,
        "covariates": list(settings.covariates),
        "missing": model.missing,
        "n_left_out": model.n_left_out,
        "residual_df": len(samples) - model.design.shape[1],
        "mean_variance": ready.words,
        "robust": settings.robust,
        "prior_df": prior_df if np.isfinite(prior_df) else None,
        "counts": ready.counts,
    }
    other = next(str(level) for level in model.groups.unique() if level != settings.positive)
    return GeneComparison(with_direction(table, settings), model.groups, other, record, ready.mean_variance)


def _covariates(participants: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    for name in names:
        if name not in participants:
            near = difflib.get_close_matches(name, map(str, participants.columns), n=1)
            raise ExpressionError(
                "TAB-67",
                f"there is no covariate {name}",
                found="columns " + ", ".join(map(str, participants.columns[:12])),
                expected="a column of participants.tsv",
                remedy=f"Did you mean {near[0]}?" if near else "Correct biology.covariates in study.toml.",
            )
    chosen = participants[list(names)]
    for name in shareable(chosen)[1]:
        raise ExpressionError(
            "TAB-67",
            f"the covariate {name} is free text",
            found=f"{chosen[name].nunique()} values of {int(chosen[name].count())} patients",
            expected="numbers, or classes that several patients share",
            remedy="Group its values into a few classes.",
        )
    return chosen


def _from_counts(counts: pd.DataFrame, model: AdjustedDesign, settings: BiologySettings) -> _Ready:
    from tilscope.biology import FilterRules, genes_with_counts, tmm_factors

    rules = FilterRules()
    kept = genes_with_counts(counts, model.groups, rules=rules)
    if kept.sum() < 2:
        raise ExpressionError(
            "TAB-60",
            "hardly any gene has enough counts to be compared",
            found=f"{int(kept.sum())} of {len(kept)} genes",
            expected=f"genes of at least {rules.min_count:g} counts in as many samples as the smaller group has",
            remedy="Check that the matrix holds raw counts of whole libraries.",
        )
    used = counts[kept]
    factors = tmm_factors(used)
    record = {
        "method": settings.counts,
        "n_genes": len(kept),
        "n_kept": int(kept.sum()),
        "filter": asdict(rules),
        "library_size": [float(used.sum().min()), float(used.sum().max())],
        "tmm_factor": [float(factors.min()), float(factors.max())],
    }
    return _READY[settings.counts](used, used.sum() * factors, model, settings, record)


def _by_voom(
    counts: pd.DataFrame,
    sizes: pd.Series,
    model: AdjustedDesign,
    settings: BiologySettings,
    record: dict[str, Any],
) -> _Ready:
    from tilscope.biology import voom

    made = voom(counts, model.design, sizes)
    words = "weights of the single counts from the trend of the variance over the mean count (voom)"
    if settings.trend:
        words += "; prior variance following the mean expression"
    return _Ready(made.log2, made.weights, settings.trend, words, record, made.trend)


def _by_trend(
    counts: pd.DataFrame, sizes: pd.Series, _: AdjustedDesign, __: BiologySettings, record: dict[str, Any]
) -> _Ready:
    from tilscope.biology import log2_counts_per_million

    words = "prior variance following the mean log2 counts per million (limma-trend)"
    return _Ready(log2_counts_per_million(counts, sizes), None, trend=True, words=words, counts=record)


_READY: dict[str, Callable[..., _Ready]] = {"voom": _by_voom, "trend": _by_trend}
