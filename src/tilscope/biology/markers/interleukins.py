"""Interleukins and the antagonists of their families; no receptors."""

from __future__ import annotations

from tilscope.biology.markers.molecule import molecule_list

INTERLEUKINS = molecule_list(
    "interleukins",
    "Interleukins",
    {
        "Dinarello 2018, Immunol Rev 281:8, doi:10.1111/imr.12621": (
            "IL1A IL1B IL1RN IL18 IL33 IL36A IL36B IL36G IL36RN IL37 IL1F10"
        ),
        "Akdis et al. 2016, J Allergy Clin Immunol 138:984, doi:10.1016/j.jaci.2016.06.033": (
            "IL2 IL3 IL4 IL5 IL6 IL7 IL9 IL10 IL11 IL12A IL12B IL13 IL15 IL16 IL17A IL17B IL17C IL17D IL17F IL19 IL20"
            " IL21 IL22 IL23A IL24 IL25 IL26 IL27 EBI3 IL31 IL32 IL34"
        ),
    },
    former={
        "IL12A": "NKSF1",
        "IL12B": "NKSF2",
        "IL17A": "IL17 CTLA8",
        "IL25": "IL17E",
        "IL27": "IL30",
        "IL33": "C9orf26",
        "IL34": "C16orf77",
        "IL36A": "IL1F6",
        "IL36B": "IL1F8",
        "IL36G": "IL1F9",
        "IL36RN": "IL1F5",
        "IL37": "IL1F7",
    },
    note="Members of the HGNC gene group 601 (Interleukins). IL8 is the chemokine CXCL8; IL28A, IL28B and IL29 are "
    "interferons lambda; both are counted there.",
)
