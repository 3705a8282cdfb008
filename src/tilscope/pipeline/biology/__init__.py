"""The steps from an expression matrix to the biology of the score.

::

    inputs            what several of these steps read: expression, groups, scores, gene sets
    expression_step   the matrix, checked and on a log2 scale
    gene_sets_step    the collections of gene sets, and what the matrix has of them
    biology_step      genes, gene-set scores and signatures between high and low Rad-TILs
    enrichment_step   collections of pathways: over-representation and GSEA
    molecules_step    single molecules, cells by marker genes, signatures of the study
    clusters_step     clusters of tumours by their immune cells, and the groups in them
    robustness_step   what chance alone finds; the score itself; covariates
    associations_step  clinical variables against the groups and the score
    radiogenomics_step  the score and its features against genes and gene sets
"""

from tilscope.pipeline.biology.associations_step import ASSOCIATIONS
from tilscope.pipeline.biology.biology_step import BIOLOGY
from tilscope.pipeline.biology.clusters_step import CLUSTERS
from tilscope.pipeline.biology.enrichment_step import ENRICHMENT
from tilscope.pipeline.biology.expression_step import EXPRESSION
from tilscope.pipeline.biology.gene_sets_step import GENE_SETS
from tilscope.pipeline.biology.molecules_step import MOLECULES
from tilscope.pipeline.biology.radiogenomics_step import RADIOGENOMICS
from tilscope.pipeline.biology.robustness_step import ROBUSTNESS

BIOLOGY_STEPS = (
    EXPRESSION,
    GENE_SETS,
    BIOLOGY,
    ENRICHMENT,
    MOLECULES,
    ASSOCIATIONS,
    RADIOGENOMICS,
    CLUSTERS,
    ROBUSTNESS,
)
"""In the order of a run; a new step is one file and one entry here."""

__all__ = [
    "ASSOCIATIONS",
    "BIOLOGY",
    "BIOLOGY_STEPS",
    "CLUSTERS",
    "ENRICHMENT",
    "EXPRESSION",
    "GENE_SETS",
    "MOLECULES",
    "RADIOGENOMICS",
    "ROBUSTNESS",
]
