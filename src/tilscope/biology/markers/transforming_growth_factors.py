"""Transforming growth factors alpha and beta."""

from __future__ import annotations

from tilscope.biology.markers.molecule import molecule_list

TRANSFORMING_GROWTH_FACTORS = molecule_list(
    "transforming_growth_factors",
    "Transforming growth factors",
    {
        "Massague 1990, Annu Rev Cell Biol 6:597, doi:10.1146/annurev.cb.06.110190.003121": "TGFB1 TGFB2 TGFB3",
        "Massague 1990, J Biol Chem 265:21393": "TGFA",
    },
    former={"TGFB1": "TGFB"},
    note="Activins, bone morphogenetic proteins and growth differentiation factors of the wider family are left out.",
)
