"""Interferons of types I, II and III."""

from __future__ import annotations

from tilscope.biology.markers.molecule import molecule_list

INTERFERONS = molecule_list(
    "interferons",
    "Interferons",
    {
        "Pestka et al. 2004, Immunol Rev 202:8, doi:10.1111/j.0105-2896.2004.00204.x": (
            "IFNA1 IFNA2 IFNA4 IFNA5 IFNA6 IFNA7 IFNA8 IFNA10 IFNA13 IFNA14 IFNA16 IFNA17 IFNA21 IFNB1 IFNE IFNK IFNW1"
            " IFNG IFNL1 IFNL2 IFNL3"
        ),
        "Prokunina-Olsson et al. 2013, Nat Genet 45:164, doi:10.1038/ng.2521": "IFNL4",
    },
    former={"IFNE": "IFNE1", "IFNL1": "IL29", "IFNL2": "IL28A", "IFNL3": "IL28B"},
    note="Most interferons are silent in unstimulated tissue, and the IFNA genes are so alike that reads of one are "
    "taken for another.",
)
