"""Molecules of the major histocompatibility complex, class I."""

from __future__ import annotations

from tilscope.biology.markers.molecule import molecule_list

MHC_CLASS_ONE = molecule_list(
    "mhc_class_1",
    "MHC class I",
    {
        "Horton et al. 2004, Nat Rev Genet 5:889, doi:10.1038/nrg1489": (
            "HLA-A HLA-B HLA-C HLA-E HLA-F HLA-G"
        ),
        "Neefjes et al. 2011, Nat Rev Immunol 11:823, doi:10.1038/nri3084": "B2M",
    },
    note="Chains that present antigen: the genes of HGNC gene group 588 (Histocompatibility complex) of class I that "
    "are no pseudogenes, and beta-2-microglobulin. MICA, MICB, CD1 and the peptide transporters are left out.",
)
