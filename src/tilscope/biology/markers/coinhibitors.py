"""Co-inhibiting molecules (immune checkpoints): receptors on lymphocytes and their ligands."""

from __future__ import annotations

from tilscope.biology.markers.molecule import molecule_list

COINHIBITORS = molecule_list(
    "coinhibitors",
    "Co-inhibitors",
    {
        "Chen & Flies 2013, Nat Rev Immunol 13:227, doi:10.1038/nri3405": (
            "CTLA4 PDCD1 CD274 PDCD1LG2 BTLA CD160 LAG3 HAVCR2 TIGIT CD244 LAIR1"
        ),
        "Zang & Allison 2007, Clin Cancer Res 13:5271, doi:10.1158/1078-0432.CCR-07-1030": "CD276 VTCN1",
        "Wang et al. 2011, J Exp Med 208:577, doi:10.1084/jem.20100619": "VSIR",
        "Zhu et al. 2005, Nat Immunol 6:1245, doi:10.1038/ni1271": "LGALS9",
        "Yu et al. 2009, Nat Immunol 10:48, doi:10.1038/ni.1674": "PVR",
        "Zhu et al. 2016, J Exp Med 213:167, doi:10.1084/jem.20150785": "PVRIG NECTIN2",
        "Chan et al. 2014, Nat Immunol 15:431, doi:10.1038/ni.2850": "CD96",
    },
    former={
        "CD274": "PDCD1LG1 PDL1",
        "HAVCR2": "TIM3 TIMD3",
        "NECTIN2": "PVRL2 HVEB",
        "PDCD1LG2": "PDL2",
        "TIGIT": "VSIG9 VSTM3",
        "VSIR": "C10orf54 VISTA",
    },
    note="PVR and NECTIN2 bind the co-stimulating CD226 too; CD276 has been described as stimulating too.",
)
