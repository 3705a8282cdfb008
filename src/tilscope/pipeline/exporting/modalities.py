"""The study as modalities: radiomics and RNA, each a matrix of participants with what is known of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tilscope.pipeline.exporting.gathering import Gathered
from tilscope.reading.annotated_files import AnnotatedMatrix

if TYPE_CHECKING:
    import pandas as pd

SCORE_TABLES = ("gene_set_scores", "signature_scores", "cell_scores")


def all_observations(gathered: Gathered) -> pd.DataFrame:
    """Return what is known of everybody that a modality has; a MuData knows nobody else."""
    frame = _by_name(gathered.tables[0].frame)
    keys: set[str] = set().union(*(matrix.values.index for matrix in modalities(gathered).values()))
    return frame.reindex(sorted(keys))


def modalities(gathered: Gathered) -> dict[str, AnnotatedMatrix]:
    """Return the modalities that the study has: ``radiomics`` and ``rna``, participants in rows."""
    found = {"radiomics": _radiomics(gathered), "rna": _rna(gathered)}
    return {name: matrix for name, matrix in found.items() if matrix is not None}


def _radiomics(gathered: Gathered) -> AnnotatedMatrix | None:
    values, known = gathered.table("features"), gathered.table("feature_information")
    if values is None:
        return None
    return AnnotatedMatrix(_by_name(values.frame), var=None if known is None else _by_name(known.frame))


def _rna(gathered: Gathered) -> AnnotatedMatrix | None:
    values, genes, counts = (gathered.table(name) for name in ("expression", "genes", "counts"))
    if values is None:
        return None
    scores = {name: gathered.table(name) for name in SCORE_TABLES}
    return AnnotatedMatrix(
        _by_name(values.frame).T,
        var=None if genes is None else _by_name(genes.frame),
        layers={} if counts is None else {"counts": _by_name(counts.frame).T},
        obsm={name: _by_name(table.frame) for name, table in scores.items() if table is not None},
    )


def _by_name(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index(frame.columns[0])
