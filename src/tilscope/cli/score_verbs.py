"""The verb that applies a frozen signature to patients."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tilscope.cli.telling import MOST_FAULTS_SHOWN, err, exit_with_quarantine, out


def score(
    features: Annotated[
        Path,
        typer.Argument(
            help="A study folder, its features.parquet, or a .csv or .tsv that tilscope extract wrote.",
            show_default=False,
        ),
    ],
    signature: Annotated[str, typer.Option(help="File of a frozen signature, or su2022.")],
    out_file: Annotated[Path | None, typer.Option("--out", help="TSV to write. \\[default: print]")] = None,
    accepts_unknown: Annotated[
        bool,
        typer.Option(
            "--accept-unknown-settings", help="Score features that do not tell how they were extracted."
        ),
    ] = False,
) -> None:
    """Apply a frozen signature to patients; each outside the training range is named."""
    from tilscope.pipeline import score_features
    from tilscope.study import commit, encode_tsv

    scored = score_features(features, signature, accepts_unknown=accepts_unknown)
    for warning in scored.warnings:
        err.print(warning, markup=False)
    for note in scored.notes[:MOST_FAULTS_SHOWN]:
        err.print(note, markup=False)
    if len(scored.notes) > MOST_FAULTS_SHOWN:
        err.print(f"... and {len(scored.notes) - MOST_FAULTS_SHOWN} more: the column why tells them all.")
    table = encode_tsv(scored.frame.reset_index(), index=False)
    if out_file is None:
        sys.stdout.write(table.decode())
    else:
        commit(out_file, table)
        n = len(scored.frame) - len(scored.unscored)
        out.print(f"Wrote the scores of {n} of {len(scored.frame)} patient(s) to {out_file}.", markup=False)
    exit_with_quarantine(len(scored.unscored))
