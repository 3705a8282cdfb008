"""All collections of gene sets of a study: what they are, whether they hold, what the matrix has of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from tilscope.biology.gene_sets.collection_fit import CollectionFit, fit_collection
from tilscope.pipeline.biology.inputs import Collection, load_collection, named_as_matrix
from tilscope.pipeline.gene_sets.covering import StudyGenes
from tilscope.pipeline.gene_sets.records import CollectionRecord, read_record
from tilscope.pipeline.gene_sets.sources import HGNC_TABLE
from tilscope.study import Study
from tilscope.vocabulary import TilscopeError

Light = Literal["ok", "warning", "refused"]
NO_LICENCE = "no record beside it: its licence and source are not known"


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """One file of ``genesets/``.

    Attributes
    ----------
    file : Path
    collection : Collection or None
        None for a table of gene names, and where there is a fault.
    record : CollectionRecord or None
    fit : CollectionFit or None
        None without a matrix.
    fault : TilscopeError or None
        Why it cannot be used.
    """

    file: Path
    collection: Collection | None = None
    record: CollectionRecord | None = None
    fit: CollectionFit | None = None
    fault: TilscopeError | None = None

    def as_record(self) -> dict[str, Any]:
        """Return it for programs."""
        collection, fit = self.collection, self.fit
        return {
            "file": self.file.name,
            "name": self.file.stem,
            "uses": list(collection.uses) if collection else [],
            "n_sets": len(collection.sets) if collection else 0,
            "sha256": collection.sha256 if collection else (self.record.sha256 if self.record else None),
            "record": asdict(self.record) if self.record else None,
            "fault": self.fault.as_record() if self.fault else None,
            "coverage": _coverage(fit) if fit else None,
        }


def _coverage(fit: CollectionFit) -> dict[str, Any]:
    rows = fit.table.drop(columns="missing").reset_index().to_dict("records")
    return {"n_genes": fit.n_genes, "n_present": fit.n_present, "mismatch": fit.mismatch, "sets": rows}


def listed(study: Study, matrix: StudyGenes | None) -> tuple[Listed, ...]:
    """Look at every collection of the study, and at the table of gene names."""
    table = study.gene_set_folder / HGNC_TABLE
    files = (*study.gene_set_files, *((table,) if table.is_file() else ()))
    return tuple(_look(study, file, matrix) for file in files)


def _look(study: Study, file: Path, matrix: StudyGenes | None) -> Listed:
    try:
        record = read_record(file)
        if file.name == HGNC_TABLE:
            return Listed(file, record=record)
        collection = load_collection(file)
    except TilscopeError as fault:
        return Listed(file, fault=fault)
    minimum = study.settings.biology.min_overlap
    fit = None
    if matrix is not None:
        collection = named_as_matrix(study, collection, matrix.genes)
        fit = fit_collection(matrix.genes, collection.sets, minimum)
    return Listed(file, collection, record, fit)


def collection_findings(study: Study) -> list[tuple[Light, str, str]]:
    """Return what `tilscope check` says of the collections: light, rule, sentence."""
    found: list[tuple[Light, str, str]] = []
    for entry in listed(study, None):
        if entry.fault is not None:
            found.append(("refused", entry.fault.rule, f"gene sets {entry.file.name}: {entry.fault.message}"))
        elif entry.record is None:
            found.append(("warning", "TAB-72", f"{entry.file.name}: {NO_LICENCE}"))
        else:
            version = f", {entry.record.version}" if entry.record.version else ""
            found.append(
                (
                    "ok",
                    "TAB-72",
                    f"{entry.file.name}: {entry.record.source}{version}; licence {entry.record.licence}",
                )
            )
    return found
