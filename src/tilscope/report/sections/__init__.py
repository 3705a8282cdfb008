"""The sections in their order on the page; a new one is one file, one template and one line here."""

from tilscope.report.sections.associations import ASSOCIATIONS
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
from tilscope.report.sections.truth import TRUTH

SECTIONS: tuple[Section, ...] = (
    SUMMARY,
    TRUTH,
    COHORT,
    QUALITY,
    PATIENTS,
    REPRODUCIBILITY,
    SIGNATURE,
    HARMONISATION,
    PERFORMANCE,
    HONESTY,
    LEAKS,
    EXPRESSION,
    GENE_SETS,
    GENES,
    ENRICHMENT,
    IMMUNE,
    MOLECULES,
    CLUSTERS,
    ASSOCIATIONS,
    RADIOGENOMICS,
    ROBUSTNESS,
    QUARANTINE,
    METHODS,
    PROVENANCE,
)

# The page of an external validation.
EXTERNAL_SECTIONS: tuple[Section, ...] = (EXTERNAL, COMPARISON, PERFORMANCE, FLAGGED, SIGNATURE, ORIGIN)

__all__ = ["EXTERNAL_SECTIONS", "SECTIONS", "Missing", "Section"]
