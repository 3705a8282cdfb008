"""The expression matrix: read, checked, named by symbols, brought to log2, and matched with the participants.

``derivatives/biology/expression/`` holds ``expression.parquet`` (log2), ``counts.parquet`` (raw counts, where it came
as counts), ``expression.json`` (every decision in words with its evidence) and ``renamed.tsv`` (earlier names of
genes and the symbols that replaced them).
"""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from tilscope.pipeline.biology.expression_intake import hgnc_file, known_samples, settled_expression
from tilscope.pipeline.biology.inputs import expression_folder
from tilscope.pipeline.loading import load_participants
from tilscope.pipeline.step import Products, Step
from tilscope.reading import open_expression
from tilscope.study import Study, encode_json, encode_tsv


def _expression(study: Study, _: str) -> Products:
    from tilscope.biology.expression.scale import log2_scale

    table = open_expression(study.expression_file)
    participants = [str(key) for key in load_participants(study).index]
    known, sample_notes = known_samples(table.samples, {key: key for key in participants})
    matrix = settled_expression(study, table.only(known))
    log2, offset, scale_note = log2_scale(matrix.values, matrix.scale)
    notes = (*scale_note, *matrix.warnings, *sample_notes)
    record = {
        "scale": matrix.scale,
        "offset": offset,
        "n_genes": len(log2),
        "n_samples_file": len(table.samples),
        "n_samples": log2.shape[1],
        "n_participants_without": len(participants) - log2.shape[1],
        "decisions": matrix.decisions,
        "counted": matrix.counted,
        "samples_set_aside": list(matrix.dropped_samples),
        "notes": list(notes),
    }
    folder = expression_folder(study)
    renamed = pd.DataFrame({"name": list(matrix.renamed), "symbol": list(matrix.renamed.values())})
    files: dict[Path, bytes] = {
        folder / "expression.parquet": _parquet(log2),
        folder / "expression.json": encode_json(record),
        folder / "renamed.tsv": encode_tsv(renamed, index=False),
    }
    if matrix.scale == "counts":
        files[folder / "counts.parquet"] = _parquet(matrix.values)
    return Products(files, notes)


def _parquet(frame: pd.DataFrame) -> bytes:
    table = io.BytesIO()
    frame.to_parquet(table)
    return table.getvalue()


def _inputs(study: Study, _: str) -> tuple[Path, ...]:
    names = (hgnc_file(study),) if hgnc_file(study).is_file() else ()
    return (study.expression_file, study.participants_file, *names)


EXPRESSION = Step(
    "expression",
    2,
    "read the expression matrix",
    ("expression",),
    ("numpy", "pandas", "pyarrow"),
    _inputs,
    lambda study, _: expression_folder(study) / "provenance.json",
    _expression,
    is_cohort=True,
    left_out=lambda study: None if study.expression_file.is_file() else "no expression matrix",
)
