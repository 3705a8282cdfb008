"""The verb that applies a frozen signature to patients."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tilscope.cli.telling import MOST_FAULTS_SHOWN, err, exit_with_quarantine, out

if TYPE_CHECKING:
    from tilscope.pipeline import Scored


def score(
    features: Annotated[
        Path,
        typer.Argument(
            help="A study folder, its features.parquet, or a .csv or .tsv that tilscope extract wrote.",
            show_default=False,
        ),
    ],
    signature: Annotated[str, typer.Option(help="File of a frozen signature, or su2022.")],
    out_file: Annotated[
        Path | None, typer.Option("--out", help="TSV to write the scores to. \\[default: print]")
    ] = None,
    accepts_unknown: Annotated[
        bool,
        typer.Option(
            "--accept-unknown-settings", help="Score features that do not tell how they were extracted."
        ),
    ] = False,
    outcome: Annotated[
        bool, typer.Option("--outcome", help="Compare with the sTIL percentages: an external validation.")
    ] = False,
    clinical: Annotated[
        Path | None,
        typer.Option(help="Clinical table with the percentages. \\[default: the study's participants.tsv]"),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Folder of the validation. \\[default: derivatives/external of the study]"),
    ] = None,
) -> None:
    """Apply a frozen signature to patients; each outside the training range is named.

    With --outcome, --clinical or --report the signature is validated on them, in a report of its own.
    """
    from tilscope.pipeline import score_features
    from tilscope.study import commit, encode_tsv

    scored = score_features(features, signature, accepts_unknown=accepts_unknown)
    _tell(scored)
    is_validation = outcome or clinical is not None or report is not None
    if is_validation:
        _validate(scored, clinical, report)
    table = encode_tsv(scored.frame.reset_index(), index=False)
    if out_file is not None:
        commit(out_file, table)
        n = len(scored.frame) - len(scored.unscored)
        out.print(f"Wrote the scores of {n} of {len(scored.frame)} patient(s) to {out_file}.", markup=False)
    elif not is_validation:
        sys.stdout.write(table.decode())
    exit_with_quarantine(len(scored.unscored))


def _tell(scored: Scored) -> None:
    for warning in scored.warnings:
        err.print(warning, markup=False)
    _tell_notes(scored.notes)


def _tell_notes(notes: Sequence[str]) -> None:
    for note in notes[:MOST_FAULTS_SHOWN]:
        err.print(note, markup=False)
    if len(notes) > MOST_FAULTS_SHOWN:
        err.print(f"... and {len(notes) - MOST_FAULTS_SHOWN} more: the table of scores tells them all.")


def _validate(scored: Scored, clinical: Path | None, report: Path | None) -> None:
    """Validate the signature on the scored patients, and say how well it does."""
    from tilscope.pipeline import checked_folder, read_outcome, validate
    from tilscope.report import build_external
    from tilscope.study import working

    folder, study = checked_folder(scored, report), scored.table.study
    outcome = read_outcome(scored, clinical)
    _tell_notes(outcome.notes)
    with working(study) if study is not None and report is None else nullcontext():
        validation = validate(scored, outcome, folder)
        page = build_external(folder)
    for line in validation.lines():
        out.print(line, markup=False)
    out.print(f"Report: {page}", markup=False)
