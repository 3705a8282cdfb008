"""The planted genes and gene sets: small lists of our own from what the field uses as markers."""

from __future__ import annotations

#: Immune-cell sets whose genes follow the planted score.
IMMUNE_SETS: dict[str, tuple[str, ...]] = {
    "CD8_T_cells": ("CD8A", "CD8B", "CD3D", "CD3E", "CD3G", "CD2", "TRAC", "CD27", "CD28", "CD6", "UBASH3A", "CXCR6"),
    "Cytotoxic_cells": ("GZMA", "GZMB", "GZMH", "GZMK", "PRF1", "NKG7", "GNLY", "CTSW", "CST7", "KLRK1", "CCL5"),
    "NK_cells": ("NCR1", "NCR3", "KLRD1", "KLRB1", "KLRF1", "XCL1", "XCL2", "KIR2DL4", "SH2D1B", "CD160"),
    "B_cells": ("CD19", "MS4A1", "CD79A", "CD79B", "BLK", "PAX5", "BANK1", "CR2", "FCRL1", "FCRLA", "CD22"),
    "Plasma_cells": ("JCHAIN", "MZB1", "IGHG1", "IGKC", "IGLL5", "DERL3", "POU2AF1", "TNFRSF17", "FCRL5", "CD38"),
    "M1_macrophages": ("CXCL9", "CXCL10", "CXCL11", "CD80", "CD86", "IRF1", "IRF8", "TNF", "IL12RB1", "CCL8", "SOCS1"),
    "Treg_cells": ("FOXP3", "CTLA4", "IL2RA", "CCR8", "TNFRSF18", "TNFRSF4", "TNFRSF9", "ICOS", "TIGIT"),
    "Dendritic_cells": ("LAMP3", "CCL17", "CCL22", "BATF3", "CLEC9A", "XCR1", "CD1C", "ITGAX", "CIITA"),
    "Tertiary_lymphoid": ("CXCL13", "CCL19", "CCL21", "CCR7", "SELL", "LTB", "CXCR5", "CD40LG", "CR2", "MS4A1"),
    "Interferon_gamma": (
        "STAT1", "IDO1", "LAG3", "PSMB10", "HLA-E", "HLA-DRB1", "HLA-DQA1", "HLA-DRA", "CD274", "PDCD1LG2",
        "CMKLR1", "CXCL9", "PDCD1", "GBP5",
    ),
}  # fmt: skip

#: Sets whose genes move together, but not with the planted score.
NULL_SETS: dict[str, tuple[str, ...]] = {
    "Fibroblasts": ("COL1A1", "COL1A2", "COL3A1", "DCN", "LUM", "FAP", "POSTN", "PDGFRB", "ACTA2", "THY1", "SPARC"),
    "Endothelial_cells": ("PECAM1", "VWF", "CDH5", "KDR", "TEK", "ENG", "CLDN5", "EMCN", "ESAM", "ROBO4", "TIE1"),
    "Adipocytes": ("ADIPOQ", "PLIN1", "PLIN4", "FABP4", "LEP", "LPL", "CIDEC", "CIDEA", "AQP7", "GPD1"),
    "Mast_cells": ("TPSAB1", "TPSB2", "CPA3", "MS4A2", "HDC", "KIT", "GATA2", "CMA1", "FCER1A"),
    "Neutrophils": ("FCGR3B", "CSF3R", "CXCR1", "CXCR2", "FPR1", "FPR2", "S100A12", "CEACAM3", "MMP25"),
    "Cell_cycle": ("MKI67", "TOP2A", "CCNB1", "CCNB2", "CDK1", "BUB1", "AURKA", "AURKB", "PLK1", "CDC20", "UBE2C"),
    "Luminal_androgen": ("AR", "KRT8", "KRT18", "KRT19", "FOXA1", "XBP1", "SPDEF", "AGR2", "TFF3", "PIP", "GATA3"),
    "Basal_keratins": ("KRT5", "KRT6A", "KRT6B", "KRT14", "KRT16", "KRT17", "KRT23", "TP63", "EGFR", "SFN"),
}  # fmt: skip

#: Familiar symbols that carry noise only.
_BYSTANDERS = """ACTB GAPDH TUBB TUBA1A RPLP0 RPS18 B2M UBC HPRT1 TBP PPIA YWHAZ SDHA HMBS GUSB TFRC PGK1 LDHA ENO1
ALDOA
TP53 PTEN PIK3CA BRCA1 BRCA2 RB1 MYC ERBB2 ERBB3 FGFR1 FGFR2 KRAS NRAS HRAS BRAF AKT1 AKT2 MTOR CDKN2A
CCND1 CCNE1 CDK4 CDK6 E2F1 MDM2 ATM ATR CHEK1 CHEK2 PALB2 RAD51 NF1 NOTCH1 NOTCH2 JAG1 WNT5A CTNNB1 APC AXIN2
SMAD2 SMAD3 SMAD4 TGFB1 TGFB2 TGFBR2 VEGFA VEGFC HIF1A CA9 SLC2A1 MMP2 MMP9 MMP14 TIMP1 CDH1 CDH2 VIM SNAI1
SNAI2 TWIST1 ZEB1 ZEB2 CD44 ALDH1A1 PROM1 EPCAM MUC1 CD276 VTCN1 CD47 CD24 IGF1R INSR IRS1 GRB7 STARD3 ESR1
PGR BCL2 BAX BID CASP3 CASP8 MCL1 BIRC5 XIAP HSP90AA1 HSPA1A HSPA5 ATF4 DDIT3 SQSTM1 NFE2L2 KEAP1 GPX4 SLC7A11
FTH1 FTL SOD1 SOD2 CAT IDH1 IDH2 SDHB FH GLS FASN ACACA SCD HMGCR LDLR SREBF1 PPARG PPARA RXRA NCOR1
EZH2 SUZ12 KMT2C KMT2D ARID1A SMARCA4 DNMT1 DNMT3A TET2 HDAC1 HDAC2 SIRT1 EP300 CREBBP BRD4"""
BYSTANDERS: tuple[str, ...] = tuple(_BYSTANDERS.split())


def planted_genes() -> tuple[str, ...]:
    """Return every gene that follows the planted score, once, in order of first mention."""
    return _unique(IMMUNE_SETS)


def module_genes() -> tuple[str, ...]:
    """Return every gene of the null sets, once, in order of first mention."""
    return _unique(NULL_SETS)


def _unique(sets: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(gene for genes in sets.values() for gene in genes))


def all_genes(n_genes: int) -> tuple[str, ...]:
    """Return the symbols of the expression table: planted, modules, bystanders, then ``GENE0001`` ..."""
    known = tuple(dict.fromkeys((*planted_genes(), *module_genes(), *BYSTANDERS)))
    fillers = tuple(f"GENE{i + 1:04d}" for i in range(max(0, n_genes - len(known))))
    return known + fillers
