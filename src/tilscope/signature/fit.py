"""From training patients to a frozen signature: screen, select, weigh, cut."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.signature.choosing import choose_path, choose_penalty, penalty_notes
from tilscope.signature.cross_validation import CvElasticNet
from tilscope.signature.freezing import (
    cohort_summary,
    frozen_features,
    reproducibility_summary,
    selection_summary,
)
from tilscope.signature.harmonisation import Harmonisation
from tilscope.signature.levels import HIGH, LOW, MIN_PER_CLASS
from tilscope.signature.logistic import fit_logistic
from tilscope.signature.parts import Background, Origin
from tilscope.signature.preparing import Preparation, Prepared, prepare
from tilscope.signature.record import UNKNOWN_SETTINGS, Signature
from tilscope.signature.roles import Fitted, fitted, refuse_other_roles
from tilscope.signature.settings import SelectionSettings
from tilscope.statistics import youden_cutoff
from tilscope.vocabulary import FeatureTable, TableError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SignatureFit:
    """A signature and how it came about.

    Attributes
    ----------
    signature : Signature
        Frozen; apply it with ``score`` and ``classify``.
    path : CvElasticNet or None
        The cross-validated path; None where no feature was left to fit.
    path_features : tuple of str
        Names of the columns of ``path.coefficients``.
    chosen : int or None
        Position on the path that was chosen.
    training_scores : Series of float in (0, 1)
        By participant, sorted by key.
    dropped : dict
        Feature -> why it was dropped before the fit.
    notes : tuple of str
        What a reader must know, rule id first.
    ledger : tuple of Fitted
        Everything that was decided from data, in its order, and the patients that it saw.
    harmonisation : Harmonisation or None
        Shifts of the sites; None where nothing was harmonised.
    """

    signature: Signature
    path: CvElasticNet | None
    path_features: tuple[str, ...]
    chosen: int | None
    training_scores: pd.Series
    dropped: dict[str, str]
    notes: tuple[str, ...]
    ledger: tuple[Fitted, ...]
    harmonisation: Harmonisation | None = None


def fit_signature(
    features: FeatureTable,
    levels: pd.Series,
    settings: SelectionSettings | None = None,
    rng: np.random.Generator | None = None,
    *,
    preparation: Preparation | None = None,
    name: str = "rad-tils",
    background: Background | None = None,
) -> SignatureFit:
    """Fit the Rad-TILs signature on training patients.

    Unusable features are dropped and told (nothing is imputed); the elastic net selects by cross-validated
    deviance; logistic regression weighs the selected features. Where their classes separate, are collinear,
    or the fit does not converge (``TAB-65``), the elastic net's own coefficients are kept. The cut-off is
    the median training score, or the one with the largest Youden index.

    Parameters
    ----------
    features : FeatureTable
        Training rows only; their order does not matter. Where roles are known, other rows are refused.
    levels : Series of "high" or "low"
        TIL class of the same participants.
    settings : SelectionSettings, optional
        Defaults of the record.
    rng : Generator, optional
        Deals the patients to folds; without it they are dealt in the order of their keys.
    preparation : Preparation, optional
        What is done to the features before the selection.
    name : str
        Written into the signature.
    background : Background, optional
        Likewise: what the fit itself cannot see.

    Returns
    -------
    SignatureFit
        With no feature selected the score is the prevalence, and a note says so.

    Raises
    ------
    TableError
        ``TAB-50`` for duplicates, ``TAB-59`` for patients without a class, ``TAB-60`` for a class with
        fewer than 2 patients or too few for the folds.
    SignatureError
        ``SIG-72`` for rows that are not for training.
    """
    settings = settings or SelectionSettings()
    refuse_other_roles(features, "the fit of a signature")
    values, y = training_rows(features.values, levels)
    prepared = prepare(
        features.rows(values.index), preparation, near_constant_share=settings.near_constant_share
    )
    x = prepared.values.to_numpy(dtype=np.float64)
    notes = prepared.notes
    path = chosen = None
    if x.shape[1] > 0:
        path = choose_path(x, y, settings, rng)
        chosen = choose_penalty(path, settings)
        notes += penalty_notes(path, chosen, settings)
    model = _weigh(x, y, path, chosen, settings)
    draft = _draft(model, prepared, y, features, background or Background(), name=name)
    scores = draft.score_harmonised(prepared.values)
    cutoff, rule, cut_notes = _cut(scores.to_numpy(), y, settings)
    signature = draft.model_copy(
        update={
            "cutoff": cutoff,
            "cutoff_rule": rule,
            "selection": selection_summary(settings, path, chosen, values.shape[1], x.shape[1]),
        }
    )
    return SignatureFit(
        signature,
        path,
        tuple(str(column) for column in prepared.values.columns),
        chosen,
        scores,
        prepared.dropped,
        notes + model.notes + cut_notes,
        prepared.ledger + _ledger(signature, scores, settings),
        prepared.harmonisation,
    )


def _cut(
    scores: Array, y: Array, settings: SelectionSettings
) -> tuple[float, Literal["median", "youden"], tuple[str, ...]]:
    """Return the cut-off of the training scores, the rule that gave it, and what a reader must know."""
    median = float(np.median(scores))
    if settings.cutoff == "median":
        return median, "median", ()
    best = youden_cutoff(np.where(y > 0.5, HIGH, LOW), scores, HIGH)
    if best.reason is not None:
        return median, "median", (f"TAB-65: {best.reason}; the cut-off is the median training score",)
    return best.cutoff, "youden", ()


def _ledger(signature: Signature, scores: pd.Series, settings: SelectionSettings) -> tuple[Fitted, ...]:
    """Return what the selection and the score decided; all of it from the rows of the training scores."""
    choices = [("alpha", "smallest cross-validated deviance", True)] if len(settings.alphas) > 1 else []
    entries = (
        ("scaler", "mean and sd (1/N) of each feature, inside each fold again", False),
        *choices,
        ("penalty", f"{settings.lambda_rule} of {settings.n_folds}-fold cross-validation", True),
        ("selection", "features with a coefficient at that penalty", True),
        ("coefficients", signature.origin.replace("_", " "), True),
        ("cut-off", f"{signature.cutoff_rule} of the scores", signature.cutoff_rule == "youden"),
        ("ranges", "smallest and largest value of each selected feature", False),
    )
    return tuple(fitted(what, how, scores.index, uses_outcome=sees) for what, how, sees in entries)


def _draft(
    model: _Model, prepared: Prepared, y: Array, features: FeatureTable, background: Background, *, name: str
) -> Signature:
    """Return the signature without its cut-off."""
    selected = prepared.values.iloc[:, model.columns]
    sites = prepared.harmonisation
    return Signature(
        name=name,
        features=frozen_features(
            selected,
            model.coefficients,
            None if sites is None else {str(column): sites.shifts(str(column)) for column in selected},
        ),
        intercept=model.intercept,
        positive=HIGH,
        negative=LOW,
        origin=model.origin,
        settings_hash=None if features.settings_hash == UNKNOWN_SETTINGS else features.settings_hash,
        settings=background.settings,
        cohort=cohort_summary(y, background, features.rows(prepared.values.index).sites),
        reproducibility=reproducibility_summary(prepared.ledger, prepared.notes),
        harmonisation=None if sites is None else sites.settings.model_dump(mode="json"),
        unknown_sites="refuse" if sites is None else sites.settings.unknown_sites,
        software={package: version(package) for package in ("tilscope", "numpy", "numba")},
        warnings=model.notes,
    )


def training_rows(values: pd.DataFrame, levels: pd.Series) -> tuple[pd.DataFrame, Array]:
    """Return features sorted by participant and the 0/1 outcome (1: high), or say what does not fit."""
    if not (values.index.is_unique and levels.index.is_unique):
        raise TableError("TAB-50", "participants are listed twice", remedy="Keep one row per participant.")
    ordered = values.sort_index()
    matched = levels.reindex(ordered.index)
    unknown = ~matched.isin([HIGH, LOW])
    if unknown.any():
        raise TableError(
            "TAB-59",
            f"{int(unknown.sum())} patients have no TIL class",
            found=", ".join(map(str, ordered.index[unknown.to_numpy()][:5])),
            expected=f"{HIGH} or {LOW} for each",
            remedy="Leave them out before fitting.",
        )
    y: Array = np.array([level == HIGH for level in matched], dtype=np.float64)
    if min(y.sum(), y.size - y.sum()) < MIN_PER_CLASS:
        raise TableError(
            "TAB-60",
            "a class is too small to train on",
            found=f"{int(y.sum())} high, {int(y.size - y.sum())} low",
            expected=f"at least {MIN_PER_CLASS} of each",
        )
    return ordered, y


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    columns: list[int]
    coefficients: Array
    intercept: float
    origin: Origin
    notes: tuple[str, ...] = ()


def _weigh(
    x: Array, y: Array, path: CvElasticNet | None, chosen: int | None, settings: SelectionSettings
) -> _Model:
    """Return the coefficients of the score on the selected features."""
    beta = np.zeros(0) if path is None or chosen is None else path.coefficients[chosen]
    columns = [int(j) for j in np.flatnonzero(beta)]
    if path is None or chosen is None or not columns:
        note = "TAB-61: no feature was selected; every score is the share of high TILs in training"
        return _Model([], np.zeros(0), float(np.log(y.mean() / (1.0 - y.mean()))), "empty", (note,))
    penalised = _Model(columns, beta[columns], float(path.intercepts[chosen]), "elastic_net")
    if settings.refit == "elastic_net":
        return penalised
    fit = fit_logistic(x[:, columns], y)
    if fit.problem is None:
        return _Model(columns, fit.coefficients, fit.intercept, "logistic")
    note = (
        f"TAB-65: logistic regression on the {len(columns)} selected features is {fit.problem}; "
        "the coefficients are those of the elastic net"
    )
    return _Model(columns, penalised.coefficients, penalised.intercept, "elastic_net", (note,))
