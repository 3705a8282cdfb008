"""How much of every set the study's matrix has, as the biology steps will see that matrix."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pandas as pd

from tilscope.study import Study, is_done, provenance_of


@dataclass(frozen=True, slots=True)
class StudyGenes:
    """The genes of the study's matrix, under the names that the sets have to use."""

    genes: frozenset[str]


def study_genes(study: Study) -> StudyGenes | None:
    """Return the genes of the study's expression matrix; None where there is no matrix.

    Where the step ``expression`` is up to date its result is read; else it is made in memory, and nothing is written.

    Raises
    ------
    TilscopeError
        The matrix cannot be used; the error says why.
    """
    from tilscope.pipeline.biology.expression_step import EXPRESSION
    from tilscope.pipeline.biology.inputs import expression_folder
    from tilscope.pipeline.step import request_of

    if not study.expression_file.is_file():
        return None
    request = request_of(EXPRESSION, study, "")
    made = expression_folder(study) / "expression.parquet"
    if is_done(study.root, EXPRESSION.record(study, ""), provenance_of(request)):
        return StudyGenes(_index(made.read_bytes()))
    return StudyGenes(_index(EXPRESSION.make(study, "").files[made]))


def _index(parquet: bytes) -> frozenset[str]:
    return frozenset(map(str, pd.read_parquet(io.BytesIO(parquet), columns=[]).index))
