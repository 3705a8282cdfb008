"""From a score to its biology: differential genes, gene-set scores, signatures; no R at run time.

Expression matrices are DataFrames of genes x samples on a log2 scale; groups are a Series of
``"high"``/``"low"`` by sample. This room knows neither images nor files.

::

    expression     matrices on their way in: the door, names of samples, scale, counts
    differential   linear models with empirical Bayes
    gene_sets      coverage, over-representation, enrichment, single-sample scores
    markers        published lists of genes and signatures
    landscape      groups compared, the radiogenomic map, clusters of tumours
"""

from tilscope.biology.differential.adjusted_design import AdjustedDesign, adjusted_design
from tilscope.biology.differential.continuous import ContinuousAssociation, continuous_association
from tilscope.biology.differential.design import TwoGroupDesign, two_group_design
from tilscope.biology.differential.moderated import (
    DifferentialExpression,
    differential_expression,
    moderated_contrasts,
    moderated_t,
    with_direction,
)
from tilscope.biology.differential.moderation import DIFFERENTIAL_COLUMNS
from tilscope.biology.differential.refitting import REFIT_COLUMNS, refit_many
from tilscope.biology.expression.filtering import FilterRules, genes_with_counts
from tilscope.biology.expression.normalisation import (
    effective_library_sizes,
    log2_counts_per_million,
    tmm_factors,
)
from tilscope.biology.expression.samples import SampleMatch, match_samples
from tilscope.biology.expression.settings import ExpressionSettings
from tilscope.biology.expression.voom import VoomCounts, voom
from tilscope.biology.gene_sets.coverage import check_overlap, coverage
from tilscope.biology.gene_sets.gsea import GSEA_COLUMNS, GeneSetEnrichment, gene_set_enrichment, gsea
from tilscope.biology.gene_sets.gsva import gsva_scores
from tilscope.biology.gene_sets.over_representation import OVER_REPRESENTATION_COLUMNS, over_representation
from tilscope.biology.gene_sets.ranking import rank_genes
from tilscope.biology.gene_sets.running_sum import RunningSum, running_sum
from tilscope.biology.gene_sets.set_scores import GeneSetScores
from tilscope.biology.gene_sets.settings import EnrichmentSettings
from tilscope.biology.gene_sets.single_sample import score_sets
from tilscope.biology.gene_sets.ssgsea import score_gene_sets, ssgsea
from tilscope.biology.landscape.associations import ASSOCIATION_COLUMNS, Associations, Exclusion, associate
from tilscope.biology.landscape.cluster_groups import ClusterGroups, compare_clusters
from tilscope.biology.landscape.clusters import TumourClusters, cluster_tumours
from tilscope.biology.landscape.comparison import compare_sets
from tilscope.biology.landscape.robustness_settings import RobustnessSettings
from tilscope.biology.landscape.settings import PAPER_2022_CLUSTERS, ClusterSettings
from tilscope.biology.markers.immune_cells import IMMUNE_CELL_MARKERS
from tilscope.biology.markers.molecule import Molecule, MoleculeList
from tilscope.biology.markers.molecule_tests import MoleculeTests, compare_molecules
from tilscope.biology.markers.molecules import MOLECULE_LISTS, former_symbols
from tilscope.biology.markers.own_signatures import signatures_of_table
from tilscope.biology.markers.published import CYTOLYTIC_ACTIVITY, GENE_LISTS, T_CELL_INFLAMED, GeneList
from tilscope.biology.markers.settings import PAPER_2022_MOLECULES, MoleculeSettings
from tilscope.biology.markers.signatures import (
    IMMUNE_CELL_SIGNATURES,
    SIGNATURES,
    Signature,
    SignatureScores,
    score_signatures,
    signature_scores,
)
from tilscope.biology.settings import BiologySettings

__all__ = [
    "ASSOCIATION_COLUMNS",
    "CYTOLYTIC_ACTIVITY",
    "DIFFERENTIAL_COLUMNS",
    "GENE_LISTS",
    "GSEA_COLUMNS",
    "IMMUNE_CELL_MARKERS",
    "IMMUNE_CELL_SIGNATURES",
    "MOLECULE_LISTS",
    "OVER_REPRESENTATION_COLUMNS",
    "PAPER_2022_CLUSTERS",
    "PAPER_2022_MOLECULES",
    "REFIT_COLUMNS",
    "SIGNATURES",
    "T_CELL_INFLAMED",
    "AdjustedDesign",
    "Associations",
    "BiologySettings",
    "ClusterGroups",
    "ClusterSettings",
    "ContinuousAssociation",
    "DifferentialExpression",
    "EnrichmentSettings",
    "Exclusion",
    "ExpressionSettings",
    "FilterRules",
    "GeneList",
    "GeneSetEnrichment",
    "GeneSetScores",
    "Molecule",
    "MoleculeList",
    "MoleculeSettings",
    "MoleculeTests",
    "RobustnessSettings",
    "RunningSum",
    "SampleMatch",
    "Signature",
    "SignatureScores",
    "TumourClusters",
    "TwoGroupDesign",
    "VoomCounts",
    "adjusted_design",
    "associate",
    "check_overlap",
    "cluster_tumours",
    "compare_clusters",
    "compare_molecules",
    "compare_sets",
    "continuous_association",
    "coverage",
    "differential_expression",
    "effective_library_sizes",
    "former_symbols",
    "gene_set_enrichment",
    "genes_with_counts",
    "gsea",
    "gsva_scores",
    "log2_counts_per_million",
    "match_samples",
    "moderated_contrasts",
    "moderated_t",
    "over_representation",
    "rank_genes",
    "refit_many",
    "running_sum",
    "score_gene_sets",
    "score_sets",
    "score_signatures",
    "signature_scores",
    "signatures_of_table",
    "ssgsea",
    "tmm_factors",
    "two_group_design",
    "voom",
    "with_direction",
]
