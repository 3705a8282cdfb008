"""The expression matrix: read, checked, brought to log2, and matched with the participants."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from tilscope.pipeline.biology.inputs import expression_folder
from tilscope.pipeline.loading import load_participants
from tilscope.pipeline.step import Products, Step
from tilscope.reading import read_expression
from tilscope.study import Study, encode_json


def _expression(study: Study, _: str) -> Products:
    from tilscope.biology import match_samples
    from tilscope.biology.expression.scale import log2_scale

    matrix = read_expression(study.expression_file)
    match = match_samples(matrix.values.columns, load_participants(study).index)
    known = matrix.values[sorted(match.matched)]
    log2, offset, scale_note = log2_scale(known, matrix.scale)
    notes = (*scale_note, *matrix.warnings)
    record = {
        "scale": matrix.scale,
        "offset": offset,
        "n_genes": len(log2),
        "n_samples_file": matrix.values.shape[1],
        "n_samples": log2.shape[1],
        "notes": list(notes),
    }
    folder = expression_folder(study)
    files: dict[Path, bytes] = {
        folder / "expression.parquet": _parquet(log2),
        folder / "expression.json": encode_json(record),
    }
    if matrix.scale == "counts":
        files[folder / "counts.parquet"] = _parquet(known)
    return Products(files, notes)


def _parquet(frame: pd.DataFrame) -> bytes:
    table = io.BytesIO()
    frame.to_parquet(table)
    return table.getvalue()


EXPRESSION = Step(
    "expression",
    1,
    "read the expression matrix",
    (),
    ("numpy", "pandas", "pyarrow"),
    lambda study, _: (study.expression_file, study.participants_file),
    lambda study, _: expression_folder(study) / "provenance.json",
    _expression,
    is_cohort=True,
    left_out=lambda study: None if study.expression_file.is_file() else "no expression matrix",
)
