"""The table of contents of the families of molecules: a new one is one file and one line here."""

from __future__ import annotations

from tilscope.biology.markers.chemokines import CHEMOKINES
from tilscope.biology.markers.coinhibitors import COINHIBITORS
from tilscope.biology.markers.colony_stimulating_factors import COLONY_STIMULATING_FACTORS
from tilscope.biology.markers.costimulators import COSTIMULATORS
from tilscope.biology.markers.interferons import INTERFERONS
from tilscope.biology.markers.interleukins import INTERLEUKINS
from tilscope.biology.markers.mhc_class_one import MHC_CLASS_ONE
from tilscope.biology.markers.mhc_class_two import MHC_CLASS_TWO
from tilscope.biology.markers.molecule import MoleculeList
from tilscope.biology.markers.tnf_superfamily import TNF_SUPERFAMILY
from tilscope.biology.markers.transforming_growth_factors import TRANSFORMING_GROWTH_FACTORS

MOLECULE_LISTS: tuple[MoleculeList, ...] = (
    COSTIMULATORS,
    COINHIBITORS,
    INTERLEUKINS,
    COLONY_STIMULATING_FACTORS,
    INTERFERONS,
    CHEMOKINES,
    TRANSFORMING_GROWTH_FACTORS,
    TNF_SUPERFAMILY,
    MHC_CLASS_ONE,
    MHC_CLASS_TWO,
)


def former_symbols() -> dict[str, str]:
    """Return every earlier symbol of a molecule with the approved one; no earlier symbol has two meanings."""
    return {
        earlier: molecule.symbol
        for listed in MOLECULE_LISTS
        for molecule in listed.molecules
        for earlier in molecule.former_symbols
    }
