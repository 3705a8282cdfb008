"""Colony-stimulating factors."""

from __future__ import annotations

from tilscope.biology.markers.molecule import molecule_list

COLONY_STIMULATING_FACTORS = molecule_list(
    "colony_stimulating_factors",
    "Colony-stimulating factors",
    {"Hamilton 2008, Nat Rev Immunol 8:533, doi:10.1038/nri2356": "CSF1 CSF2 CSF3"},
    former={"CSF3": "C17orf33 GCSF"},
    note="IL3 and IL34 are counted among the interleukins.",
)
