"""Marker genes of immune cells from one published table, for studies without gene sets of their own."""

from __future__ import annotations

from tilscope.biology.markers.published import GeneList

_SOURCE = "Danaher et al. 2017, J Immunother Cancer 5:18, doi:10.1186/s40425-017-0215-8"

_MARKERS = {
    "b_cells": ("B cells", "BLK CD19 FCRL2 MS4A1 FAM30A TNFRSF17 TCL1A SPIB PNOC"),
    "cd45": ("CD45+ cells", "PTPRC"),
    "t_cells": ("T cells", "CD6 CD3D CD3E SH2D1A TRAT1 CD3G"),
    "cd8_t_cells": ("CD8 T cells", "CD8A CD8B"),
    "cytotoxic_cells": ("Cytotoxic cells", "PRF1 GZMA GZMB NKG7 GZMH KLRK1 KLRB1 KLRD1 CTSW GNLY"),
    "exhausted_cd8": ("Exhausted CD8 T cells", "LAG3 CD244 EOMES PTGER4"),
    "th1_cells": ("Th1 cells", "TBX21"),
    "regulatory_t_cells": ("Regulatory T cells", "FOXP3"),
    "nk_cells": ("NK cells", "XCL1 XCL2 NCR1"),
    "nk_cd56dim": ("NK CD56dim cells", "KIR2DL3 KIR3DL1 KIR3DL2 IL21R"),
    "dendritic_cells": ("Dendritic cells", "CCL13 CD209 HSD11B1"),
    "macrophages": ("Macrophages", "CD68 CD84 CD163 MS4A4A"),
    "mast_cells": ("Mast cells", "TPSB2 TPSAB1 CPA3 MS4A2 HDC"),
    "neutrophils": ("Neutrophils", "FPR1 SIGLEC5 CSF3R FCAR FCGR3B CEACAM3 S100A12"),
}

IMMUNE_CELL_MARKERS: tuple[GeneList, ...] = tuple(
    GeneList(f"danaher_{name}", title, tuple(genes.split()), _SOURCE)
    for name, (title, genes) in _MARKERS.items()
)
"""60 genes of 14 cell types. The paper's KIAA0125 is FAM30A today. Scored by the mean of the log2 values."""
