"""How often each feature is selected on halves of the training patients: a table beside the signature."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tilscope.study import encode_json, encode_tsv
from tilscope.vocabulary import FeatureTable, TilscopeError

if TYPE_CHECKING:
    from tilscope.signature import Preparation, SelectionSettings, SignatureFit

STABLE = 0.9  # share of the resamples from which a feature counts as stable
COLUMNS = ("first_frequency", "path_frequency", "in_signature")


@dataclass(frozen=True, slots=True, eq=False)
class StabilityTable:
    """Selection frequencies, or why there are none.

    Attributes
    ----------
    frame : DataFrame
        Indexed by ``feature``: ``first_frequency`` and ``path_frequency`` (0 to 1), ``in_signature`` (yes, no);
        features that no resample selects are left out unless the signature has them. Most frequent first.
    record : dict
        ``n_resamples``, ``n_first``, ``n_features`` (candidates), ``threshold``, ``n_stable``, ``most_false`` (how many
        unrelated features reach the threshold at most, on average), ``reason`` (why there is no table) or null.
    """

    frame: pd.DataFrame
    record: dict[str, float | str | None]

    def files(self, folder: Path) -> dict[Path, bytes]:
        """Return ``stability.tsv`` and ``stability.json``."""
        return {
            folder / "stability.tsv": encode_tsv(self.frame),
            folder / "stability.json": encode_json(self.record),
        }


def stability_table(
    fit: SignatureFit,
    training: FeatureTable,
    levels: pd.Series,
    settings: SelectionSettings,
    preparation: Preparation,
    rng: np.random.Generator,
) -> StabilityTable:
    """Resample the training patients with the alpha that the signature was fitted with.

    Parameters
    ----------
    fit : SignatureFit
        The signature.
    training : FeatureTable
        Training rows, prepared here as they were for the signature.
    levels : Series of "high" or "low"
        Their classes.
    settings, preparation
        As the signature was fitted with.
    rng : Generator
        Draws the resamples.
    """
    from tilscope.signature import prepare, stability_selection
    from tilscope.signature.levels import HIGH

    if settings.n_resamples == 0:
        return _none("selection.n_resamples is 0")
    if fit.path is None or fit.path.alpha == 0.0:
        return _none("no penalty that selects features was fitted")
    ordered = training.rows(sorted(training.values.index))
    values = prepare(ordered, preparation, near_constant_share=settings.near_constant_share).values
    y = (levels.loc[values.index] == HIGH).to_numpy(dtype=np.float64)
    try:
        found = stability_selection(
            values.to_numpy(dtype=np.float64), y, fit.path.alpha, rng, n_resamples=settings.n_resamples
        )
    except TilscopeError as error:
        return _none(str(error))
    is_in = values.columns.isin(fit.signature.feature_names)
    frame = pd.DataFrame(
        {
            "first_frequency": found.first_frequency,
            "path_frequency": found.path_frequency,
            "in_signature": np.where(is_in, "yes", "no"),
        },
        index=values.columns.rename("feature"),
    )
    shown = frame[(found.path_frequency > 0.0) | (found.first_frequency > 0.0) | is_in]
    record: dict[str, float | str | None] = {
        "n_resamples": found.n_resamples,
        "n_first": found.n_first,
        "n_features": values.shape[1],
        "threshold": STABLE,
        "n_stable": len(found.stable(STABLE)),
        "most_false": found.most_false(STABLE),
        "reason": None,
    }
    order = ["first_frequency", "path_frequency"]
    return StabilityTable(shown.sort_values(order, ascending=False, kind="stable"), record)


def _none(reason: str) -> StabilityTable:
    frame = pd.DataFrame(columns=list(COLUMNS), index=pd.Index([], name="feature"))
    return StabilityTable(frame, {"reason": reason})
