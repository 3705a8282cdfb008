"""What happens to training features before anything is selected; each part sees training rows only.

The parts in their order: the filter for features that readers do not reproduce, the harmonisation of sites, the
screening of unusable features. Each one is fitted here and enters the ledger.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field, replace

import pandas as pd

from tilscope.signature.harmonisation import Harmonisation, HarmonisationSettings, harmonisation_of
from tilscope.signature.reproducibility import Rereading, find_irreproducible
from tilscope.signature.reproducibility_settings import ReproducibilitySettings
from tilscope.signature.roles import Fitted, fitted, refuse_other_roles
from tilscope.signature.screening import screen_features
from tilscope.vocabulary import FeatureTable


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """What is done to features before the selection; the same wherever a signature is fitted.

    Attributes
    ----------
    harmonisation : HarmonisationSettings
        Of scanners or centres; by default none.
    rereadings : tuple of Rereading
        Patients read twice, of any role: the filter looks at those that it is fitted on.
    reproducibility : ReproducibilitySettings
        Of the filter for features that a second reading does not reproduce.
    """

    harmonisation: HarmonisationSettings = field(default_factory=HarmonisationSettings)
    rereadings: tuple[Rereading, ...] = ()
    reproducibility: ReproducibilitySettings = field(default_factory=ReproducibilitySettings)


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
    harmonisation : Harmonisation or None
        Shifts of the sites, which are in ``values`` already.
    """

    values: pd.DataFrame
    dropped: dict[str, str]
    notes: tuple[str, ...]
    ledger: tuple[Fitted, ...]
    harmonisation: Harmonisation | None = None


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
        ``SIG-72`` for rows of another role; ``SIG-74`` for sites that cannot be harmonised.
    """
    refuse_other_roles(features, "the preparation of features")
    preparation = preparation or Preparation()
    judged = find_irreproducible(features, preparation.rereadings, preparation.reproducibility)
    values, notes, ledger = features.values, judged.notes, judged.ledger
    if judged.dropped:
        values = _without(values, judged.dropped)
        features = replace(features, values=values)
    dropped: dict[str, str] = {}
    harmonisation = harmonisation_of(features, preparation.harmonisation)
    if harmonisation is not None and features.sites is not None:
        dropped |= harmonisation.unfit
        values = harmonisation.transform(_without(values, dropped), features.sites)
        notes += harmonisation.notes
        ledger += (fitted("harmonisation", harmonisation.told, values.index, uses_outcome=False),)
    values, unusable = screen_features(values, near_constant_share)
    dropped |= unusable
    ledger += (fitted("screening", "unusable features dropped", values.index, uses_outcome=False),)
    notes += _screening_notes(dropped)
    return Prepared(values, judged.dropped | dropped, notes, ledger, harmonisation)


def _without(values: pd.DataFrame, names: Container[str]) -> pd.DataFrame:
    """Return the other columns as one piece of memory; ``drop`` leaves thousands, which makes what follows slow."""
    return values.iloc[:, [i for i, name in enumerate(values.columns) if name not in names]]


def _screening_notes(dropped: dict[str, str]) -> tuple[str, ...]:
    kinds: dict[str, int] = {}
    for reason in dropped.values():
        kind = "equal to another" if reason.startswith("equal to") else reason
        kinds[kind] = kinds.get(kind, 0) + 1
    return tuple(f"TAB-61: {n} features dropped: {kind}" for kind, n in sorted(kinds.items()))
