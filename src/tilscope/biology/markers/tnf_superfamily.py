"""Ligands of the tumour necrosis factor superfamily; no receptors."""

from __future__ import annotations

from tilscope.biology.markers.molecule import molecule_list

TNF_SUPERFAMILY = molecule_list(
    "tnf_superfamily",
    "TNF superfamily ligands",
    {
        "Aggarwal 2003, Nat Rev Immunol 3:745, doi:10.1038/nri1184": (
            "TNF LTA LTB TNFSF4 CD40LG FASLG CD70 TNFSF8 TNFSF9 TNFSF10 TNFSF11 TNFSF12 TNFSF13 TNFSF13B TNFSF14"
            " TNFSF15 TNFSF18 EDA"
        )
    },
    former={
        "CD40LG": "TNFSF5",
        "CD70": "TNFSF7 CD27LG",
        "EDA": "ED1",
        "FASLG": "TNFSF6 APT1LG1",
        "LTA": "TNFB",
        "LTB": "TNFC",
        "TNF": "TNFA",
        "TNFSF13B": "TNFSF20",
        "TNFSF8": "CD30LG",
    },
    note="Ligands that co-stimulate T cells are counted among the co-stimulators too.",
)
