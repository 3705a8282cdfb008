"""Co-stimulating molecules: receptors on T cells and their ligands."""

from __future__ import annotations

from tilscope.biology.markers.molecule import molecule_list

COSTIMULATORS = molecule_list(
    "costimulators",
    "Co-stimulators",
    {
        "Chen & Flies 2013, Nat Rev Immunol 13:227, doi:10.1038/nri3405": (
            "CD28 CD80 CD86 ICOS ICOSLG CD27 CD70 CD40 CD40LG TNFRSF4 TNFSF4 TNFRSF9 TNFSF9 TNFRSF18 TNFSF18 TNFRSF8"
            " TNFSF8 TNFRSF14 TNFSF14 TNFRSF25 TNFSF15 HAVCR1 TIMD4 CD226 CD2 CD58 CD48 SLAMF1"
        ),
        "Zhu et al. 2013, Nat Commun 4:2043, doi:10.1038/ncomms3043": "TMIGD2 HHLA2",
    },
    former={
        "CD27": "TNFRSF7",
        "CD40": "TNFRSF5",
        "CD40LG": "TNFSF5",
        "CD48": "BCM1",
        "CD58": "LFA3",
        "CD70": "TNFSF7 CD27LG",
        "CD80": "CD28LG1",
        "CD86": "CD28LG2",
        "SLAMF1": "SLAM",
        "TNFRSF25": "TNFRSF12",
        "TNFRSF4": "TXGP1L",
        "TNFSF8": "CD30LG",
    },
    note="Some bind inhibiting receptors too: CD80 and CD86 bind CTLA4, TNFRSF14 binds BTLA and CD160, CD48 binds "
    "CD244. Each is listed once, by what it is best known for.",
)
