"""What happens to training features before anything is selected; each part sees training rows only.

The parts in their order: the filter for features that readers do not reproduce, the harmonisation of sites, the
screening of unusable features. Each one is fitted here and enters the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from tilscope.signature.roles import Fitted, fitted, refuse_other_roles
from tilscope.signature.screening import screen_features
from tilscope.vocabulary import FeatureTable


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """What is done to features before the selection; the same wherever a signature is fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Training features that a model can use.

    Attributes
    ----------
    values : DataFrame of float, patients x usable features
        Sorted by participant.
    dropped : dict
        Feature -> why it was dropped.
    notes : tuple of str
        Rule id first.
    ledger : tuple of Fitted
        What was decided, and from which rows.
    """

    values: pd.DataFrame
    dropped: dict[str, str]
    notes: tuple[str, ...]
    ledger: tuple[Fitted, ...]


def prepare(
    features: FeatureTable, preparation: Preparation | None = None, *, near_constant_share: float = 0.95
) -> Prepared:
    """Prepare training features.

    Parameters
    ----------
    features : FeatureTable
        Training rows only, sorted by participant.
    preparation : Preparation, optional
        What is done beside the screening.
    near_constant_share : float in (0.5, 1]
        As in :func:`screen_features`.

    Raises
    ------
    SignatureError
        ``SIG-72`` for rows of another role.
    """
    refuse_other_roles(features, "the preparation of features")
    usable, dropped = screen_features(features.values, near_constant_share)
    seen = fitted("screening", "unusable features dropped", usable.index, uses_outcome=False)
    return Prepared(usable, dropped, _screening_notes(dropped), (seen,))


def _screening_notes(dropped: dict[str, str]) -> tuple[str, ...]:
    kinds: dict[str, int] = {}
    for reason in dropped.values():
        kind = "equal to another" if reason.startswith("equal to") else reason
        kinds[kind] = kinds.get(kind, 0) + 1
    return tuple(f"TAB-61: {n} features dropped: {kind}" for kind, n in sorted(kinds.items()))
