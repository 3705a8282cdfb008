"""The sections: a new one is one file, one template, one line here and one place in `tilscope.report.pages`."""

from tilscope.report.sections.associations import ASSOCIATIONS
from tilscope.report.sections.checklists import CHECKLISTS
from tilscope.report.sections.clusters import CLUSTERS
from tilscope.report.sections.cohort import COHORT
from tilscope.report.sections.enrichment import ENRICHMENT
from tilscope.report.sections.expression import EXPRESSION
from tilscope.report.sections.external import COMPARISON, EXTERNAL, FLAGGED, ORIGIN
from tilscope.report.sections.gene_sets import GENE_SETS
from tilscope.report.sections.genes import GENES
from tilscope.report.sections.harmonisation import HARMONISATION
from tilscope.report.sections.honesty import HONESTY
from tilscope.report.sections.immune import IMMUNE
from tilscope.report.sections.leaks import LEAKS
from tilscope.report.sections.legends import LEGENDS
from tilscope.report.sections.methods import METHODS
from tilscope.report.sections.molecules import MOLECULES
from tilscope.report.sections.patients import PATIENTS
from tilscope.report.sections.performance import PERFORMANCE
from tilscope.report.sections.provenance import PROVENANCE
from tilscope.report.sections.quality import QUALITY
from tilscope.report.sections.quarantine import QUARANTINE
from tilscope.report.sections.radiogenomics import RADIOGENOMICS
from tilscope.report.sections.reproducibility import REPRODUCIBILITY
from tilscope.report.sections.robustness import ROBUSTNESS
from tilscope.report.sections.section import Missing, Section
from tilscope.report.sections.signature import SIGNATURE
from tilscope.report.sections.summary import SUMMARY
from tilscope.report.sections.tests import TESTS
from tilscope.report.sections.truth import TRUTH
from tilscope.report.sections.voxels import VOXELS

__all__ = [
    "ASSOCIATIONS",
    "CHECKLISTS",
    "CLUSTERS",
    "COHORT",
    "COMPARISON",
    "ENRICHMENT",
    "EXPRESSION",
    "EXTERNAL",
    "FLAGGED",
    "GENES",
    "GENE_SETS",
    "HARMONISATION",
    "HONESTY",
    "IMMUNE",
    "LEAKS",
    "LEGENDS",
    "METHODS",
    "MOLECULES",
    "ORIGIN",
    "PATIENTS",
    "PERFORMANCE",
    "PROVENANCE",
    "QUALITY",
    "QUARANTINE",
    "RADIOGENOMICS",
    "REPRODUCIBILITY",
    "ROBUSTNESS",
    "SIGNATURE",
    "SUMMARY",
    "TESTS",
    "TRUTH",
    "VOXELS",
    "Missing",
    "Section",
]
