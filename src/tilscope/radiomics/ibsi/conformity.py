"""Our features of the digital phantom against IBSI's consensus values, with PyRadiomics' definitions and IBSI's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tilscope.radiomics.extraction import extract
from tilscope.radiomics.families import FAMILIES
from tilscope.radiomics.ibsi.consensus import Aggregation, Consensus, consensus_values
from tilscope.radiomics.ibsi.phantom import SPACING_MM, phantom_image, phantom_mask
from tilscope.radiomics.settings import Settings

Verdict = Literal["match", "documented", "differs"]

REASONS = {
    "firstorder_Kurtosis": "PyRadiomics' kurtosis is Pearson's, IBSI's is the excess over 3",
    "shape_MinorAxisLength": "PyRadiomics divides the principal variances by N, IBSI by N - 1",
    "shape_LeastAxisLength": "PyRadiomics divides the principal variances by N, IBSI by N - 1",
}
"""Why a feature differs from IBSI's consensus by default; with ``ibsi = true`` it must not (docs/ibsi.md)."""


@dataclass(frozen=True, slots=True)
class ConformityRow:
    """One consensus value and ours.

    Attributes
    ----------
    consensus : Consensus
    default, ibsi : float
        Our value by default (PyRadiomics' definitions) and with ``ibsi = true``.
    """

    consensus: Consensus
    default: float
    ibsi: float

    @property
    def reason(self) -> str:
        """Return why the default value differs; empty if it does not, or if nobody knows."""
        return "" if agrees(self.default, self.consensus) else REASONS.get(self.consensus.feature, "")

    @property
    def verdict(self) -> Verdict:
        """Return ``match`` (both values), ``documented`` (only with ``ibsi = true``, the reason is known), or not."""
        if not agrees(self.ibsi, self.consensus):
            return "differs"
        if agrees(self.default, self.consensus):
            return "match"
        return "documented" if self.reason else "differs"


def agrees(value: float, consensus: Consensus) -> bool:
    """Tell whether a value, with the three significant digits of IBSI's, lies within the tolerance."""
    rounding = 1e-9 * abs(consensus.value)
    return abs(float(f"{value:.3g}") - consensus.value) <= consensus.tolerance + rounding


def conformity() -> tuple[ConformityRow, ...]:
    """Measure the phantom with both definitions and compare; one row per consensus value."""
    entries = consensus_values()
    aggregations = dict.fromkeys(entry.aggregation for entry in entries)
    by_default, by_ibsi = ({a: _measured(a, ibsi=ibsi) for a in aggregations} for ibsi in (False, True))
    return tuple(
        ConformityRow(
            entry, by_default[entry.aggregation][entry.feature], by_ibsi[entry.aggregation][entry.feature]
        )
        for entry in entries
    )


def phantom_settings(aggregation: Aggregation, *, ibsi: bool) -> Settings:
    """Return the settings under which the phantom's grey levels are its intensities, all features on."""
    return Settings(
        image_types=("original",),
        features={f.name: f.all_names for f in FAMILIES if f.name != "shape2D"},
        bin_width=1.0,
        slice_axis=aggregation.slice_axis,
        weighting_norm=aggregation.weighting_norm,
        ibsi=ibsi,
    )


def _measured(aggregation: Aggregation, *, ibsi: bool) -> dict[str, float]:
    settings = phantom_settings(aggregation, ibsi=ibsi)
    values = extract(phantom_image(), phantom_mask(), SPACING_MM, settings)
    return {name.removeprefix("original_"): value for name, value in values.items()}
