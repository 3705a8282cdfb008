"""Gene lists of the field as frozen records, each with its source; symbols are HGNC's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GeneList:
    """Genes that one paper names for one purpose.

    Attributes
    ----------
    name : str
        Key in tables.
    title : str
        For figures and text.
    genes : tuple of str
        HGNC symbols.
    source : str
        The paper.
    """

    name: str
    title: str
    genes: tuple[str, ...]
    source: str


T_CELL_INFLAMED = GeneList(
    "t_cell_inflamed",
    "T-cell-inflamed gene expression profile",
    (
        "CCL5",
        "CD27",
        "CD274",
        "CD276",
        "CD8A",
        "CMKLR1",
        "CXCL9",
        "CXCR6",
        "HLA-DQA1",
        "HLA-DRB1",
        "HLA-E",
        "IDO1",
        "LAG3",
        "NKG7",
        "PDCD1LG2",
        "PSMB10",
        "STAT1",
        "TIGIT",
    ),
    "Ayers et al. 2017, J Clin Invest 127:2930, doi:10.1172/JCI91190",
)
CYTOLYTIC_ACTIVITY = GeneList(
    "cytolytic_activity",
    "Cytolytic activity",
    ("GZMA", "PRF1"),
    "Rooney et al. 2015, Cell 160:48, doi:10.1016/j.cell.2014.12.033",
)

GENE_LISTS = (T_CELL_INFLAMED, CYTOLYTIC_ACTIVITY)
