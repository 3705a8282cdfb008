"""Chemokine ligands of the CC, CXC, XC and CX3C families; no receptors."""

from __future__ import annotations

from tilscope.biology.markers.molecule import molecule_list

_CC = "1 2 3 4 5 7 8 11 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28"

CHEMOKINES = molecule_list(
    "chemokines",
    "Chemokines",
    {
        "Zlotnik & Yoshie 2012, Immunity 36:705, doi:10.1016/j.immuni.2012.05.008": (
            "CCL1 CCL2 CCL3 CCL4 CCL5 CCL7 CCL8 CCL11 CCL13 CCL14 CCL15 CCL16 CCL17 CCL18 CCL19 CCL20 CCL21 CCL22"
            " CCL23 CCL24 CCL25 CCL26 CCL27 CCL28 CXCL1 CXCL2 CXCL3 PF4 PF4V1 CXCL5 CXCL6 PPBP CXCL8 CXCL9 CXCL10"
            " CXCL11 CXCL12 CXCL13 CXCL14 CXCL16 CXCL17 XCL1 XCL2 CX3CL1"
        )
    },
    former={f"CCL{n}": f"SCYA{n}" for n in _CC.split()}
    | {
        "CX3CL1": "SCYD1",
        "CXCL1": "GRO1",
        "CXCL10": "INP10 SCYB10",
        "CXCL11": "SCYB11 SCYB9B",
        "CXCL12": "SDF1",
        "CXCL13": "SCYB13",
        "CXCL14": "SCYB14",
        "CXCL2": "GRO2",
        "CXCL3": "GRO3",
        "CXCL5": "SCYB5",
        "CXCL6": "SCYB6",
        "CXCL8": "IL8",
        "CXCL9": "MIG",
        "XCL1": "SCYC1",
        "XCL2": "SCYC2",
    },
    note="Members of the HGNC gene group 483 (Chemokine ligands). The copies CCL3L1, CCL3L3, CCL4L1 and CCL4L2 differ "
    "in number between people and cannot be told from CCL3 and CCL4 by their reads: left out.",
)
