"""Which tables are exported: each with its place in the study, and the step that makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from tilscope.pipeline.exporting.dictionary import Meaning
from tilscope.pipeline.exporting.features import (
    feature_information,
    features,
    performance_table,
    signature_table,
)
from tilscope.pipeline.exporting.participants import KEY
from tilscope.pipeline.exporting.typed_tables import read_typed
from tilscope.study import Study, load_json

if TYPE_CHECKING:
    import pandas as pd

Read = Callable[[Study, frozenset[str]], "pd.DataFrame | None"]


@dataclass(frozen=True, slots=True)
class Source:
    """One table of the study.

    Attributes
    ----------
    name, title : str
    step : str
        The step of the cohort that makes it.
    read : callable (study, withheld) -> DataFrame or None
    cells : Meaning or None
        As `ExportTable.cells`.
    is_optional : bool
        Whether studies without it are usual, so that nobody need be told.
    meanings : callable
        What its columns mean beyond the dictionary.
    """

    name: str
    title: str
    step: str
    read: Read
    cells: Meaning | None = None
    is_optional: bool = False
    meanings: Callable[[Study], dict[str, Meaning]] = field(default=lambda _: {})


def _table(place: str, study: Study, _: frozenset[str]) -> pd.DataFrame | None:
    return read_typed(study.derivatives / place)


def _turned(place: str, study: Study, _: frozenset[str]) -> pd.DataFrame | None:
    """Read a table of one column per participant as one row per participant."""
    import pandas as pd

    found = read_typed(study.derivatives / place)
    if found is None:
        return None
    values = found.set_index(found.columns[0]).astype("float64").T.sort_index()
    values.index = pd.Index([str(key) for key in values.index], name=KEY, dtype="str")
    return values.rename_axis(columns=None).reset_index()


def _matrix(place: str, study: Study, _: frozenset[str]) -> pd.DataFrame | None:
    """Read a matrix of genes x participants, genes in rows."""
    import pandas as pd

    file = study.derivatives / place
    if not file.is_file():
        return None
    values = pd.read_parquet(file).sort_index(axis="columns").astype("float64")
    values.index = pd.Index([str(gene) for gene in values.index], name="gene", dtype="str")
    return values.rename_axis(columns=None).reset_index()


def _counts(study: Study, withheld: frozenset[str]) -> pd.DataFrame | None:
    record = study.biology_folder / "expression" / "expression.json"
    came_as = load_json(record).get("scale") if record.is_file() else None
    return _matrix("biology/expression/counts.parquet", study, withheld) if came_as == "counts" else None


def _quality_meanings(study: Study) -> dict[str, Meaning]:
    file = study.derivatives / "qc.json"
    told = load_json(file) if file.is_file() else {}
    return {
        name: Meaning(str(entry.get("Description", name)), str(entry.get("Units", "")))
        for name, entry in told.items()
        if isinstance(entry, dict)
    }


def _made(
    name: str, title: str, step: str, place: str, *, how: Callable[..., pd.DataFrame | None] = _table,
    cells: Meaning | None = None, optional: bool = False,
) -> Source:  # fmt: skip
    return Source(name, title, step, partial(how, place), cells, optional)


FEATURE = Meaning("Radiomic feature; feature_information tells its parts", "of the feature")
SCORE = Meaning("Score of the gene set or signature that the column is named after", "of the method")
Z = Meaning("Score of the gene set over the participants", "standard deviations")
LOG2 = Meaning("Expression of the participant that the column is named after", "log2")
COUNT = Meaning("Raw count of the participant that the column is named after", "reads")

SOURCES: tuple[Source, ...] = (
    Source("features", "Radiomic features of the participants", "collect", lambda s, _: features(s), FEATURE),
    Source("feature_information", "What is known of each feature", "collect", feature_information),
    Source("signature", "Terms of the score", "signature", lambda s, _: signature_table(s)),
    Source("performance", "Performance of the score by role", "signature", lambda s, _: performance_table(s)),
    _made("reproducibility", "Agreement of second readings, per feature", "collect",
          "signature/reproducibility.tsv", optional=True),
    _made("honesty", "Every repetition of the honesty panel", "signature", "signature/honesty.tsv", optional=True),
    Source("quality", "Quality control of the participants", "collect",
           partial(_table, "qc.tsv"), meanings=_quality_meanings),
    _made("genes", "Differential expression between the groups", "biology",
          "biology/differential_expression.tsv"),
    _made("gene_set_scores", "Scores of the gene sets", "biology", "biology/ssgsea.tsv", how=_turned, cells=SCORE),
    _made("gene_set_tests", "Gene sets between the groups", "biology", "biology/immune_cells.tsv"),
    _made("signature_scores", "Scores of the immune signatures", "biology", "biology/signatures.tsv",
          how=_turned, cells=SCORE),
    _made("signature_tests", "Immune signatures between the groups", "biology", "biology/signature_tests.tsv"),
    _made("pathway_gsea", "Gene set enrichment analysis", "enrichment", "biology/enrichment/gsea.tsv"),
    _made("pathway_overlap", "Over-representation of gene sets", "enrichment",
          "biology/enrichment/over_representation.tsv"),
    _made("molecules", "Molecules of the lists between the groups", "molecules", "biology/molecules/molecules.tsv"),
    _made("cell_scores", "Scores of cells by marker genes and of own signatures", "molecules",
          "biology/molecules/scores.tsv", how=_turned, cells=SCORE),
    _made("cell_score_tests", "These scores between the groups", "molecules", "biology/molecules/score_tests.tsv"),
    _made("associations", "Clinical variables against groups and score", "associations",
          "biology/associations/associations.tsv"),
    _made("score_genes", "Every gene against the score", "radiogenomics", "biology/radiogenomics/score_genes.tsv"),
    _made("feature_sets", "Score and features against gene sets", "radiogenomics",
          "biology/radiogenomics/feature_sets.tsv"),
    _made("feature_genes", "Features against genes, the smallest p values", "radiogenomics",
          "biology/radiogenomics/feature_genes.tsv"),
    _made("cluster_z_scores", "Standardised scores that the clusters were made from", "clusters",
          "biology/clusters/zscores.tsv", how=_turned, cells=Z),
    _made("robust_genes", "Genes in other analyses", "robustness", "biology/robustness/genes.tsv"),
    _made("robust_sets", "Gene sets by permuted labels", "robustness", "biology/robustness/sets.tsv"),
    _made("gene_set_coverage", "What the matrix has of each gene set", "gene_sets",
          "biology/gene_sets/coverage.tsv"),
    _made("renamed_genes", "Earlier names of genes that were replaced", "expression",
          "biology/expression/renamed.tsv", optional=True),
    _made("expression", "Expression, genes x participants", "expression",
          "biology/expression/expression.parquet", how=_matrix, cells=LOG2),
    Source("counts", "Raw counts, genes x participants", "expression", _counts, COUNT, is_optional=True),
)  # fmt: skip
