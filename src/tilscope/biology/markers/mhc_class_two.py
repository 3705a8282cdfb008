"""Molecules of the major histocompatibility complex, class II."""

from __future__ import annotations

from tilscope.biology.markers.molecule import molecule_list

MHC_CLASS_TWO = molecule_list(
    "mhc_class_2",
    "MHC class II",
    {
        "Horton et al. 2004, Nat Rev Genet 5:889, doi:10.1038/nrg1489": (
            "HLA-DRA HLA-DRB1 HLA-DRB3 HLA-DRB4 HLA-DRB5 HLA-DQA1 HLA-DQA2 HLA-DQB1 HLA-DQB2 HLA-DPA1 HLA-DPB1 HLA-DMA"
            " HLA-DMB HLA-DOA HLA-DOB"
        )
    },
    note="The genes of HGNC gene group 588 (Histocompatibility complex) of class II that are no pseudogenes. HLA-DRB3, "
    "HLA-DRB4 and HLA-DRB5 are there in some people only, so most matrices lack some. CD74 and CIITA are left out.",
)
