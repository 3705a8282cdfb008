"""The verb that takes a study's tables to other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tilscope.cli.app import StudyFolder
from tilscope.cli.telling import err, out, tell_next


def export(
    study: StudyFolder,
    place: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="Folder to write to, or one .h5mu or .xlsx file.", show_default=False
        ),
    ],
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="h5mu, h5ad, parquet, csv or xlsx; repeat for more. \\[default: all]"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over existing files.")] = False,
) -> None:
    """Write the tables for other programs: MuData, AnnData, Parquet, CSV, Excel."""
    from tilscope.pipeline import Bars
    from tilscope.pipeline.exporting import export_request, export_study
    from tilscope.study import Study
    from tilscope.study.locking import locked

    opened = Study.open(study)
    request = export_request(opened, place, formats or ())
    doing = "write the tables"
    with locked(opened.lock_file), Bars(err) as bars:
        bars.add(doing, len(request.formats), after_s=2.0)
        done = export_study(opened, request, force=force, on_progress=bars.follow(doing))
    for line in (*done.missing, *done.notes):
        err.print(line, markup=False)
    out.print(f"Wrote {len(done.files)} file(s) to {place}.", markup=False)
    if done.missing:
        tell_next(f"tilscope run {study} makes what is not there; then export again with --force")
    elif not request.is_file:
        tell_next(f"read {place / 'tables.json'}: what the tables and their columns are")
