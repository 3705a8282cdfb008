"""The application that the verbs belong to, and the words that several of them share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from tilscope.cli.telling import out

app = typer.Typer(
    name="tilscope",
    help="Reads tumour-infiltrating lymphocytes from breast MRI: images, masks, TIL scores and RNA-seq in; "
    "a validated radiomic signature, its biology and a report out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

StudyFolder = Annotated[Path, typer.Argument(help="The study folder.", show_default=False)]
Workers = Annotated[
    int | None,
    typer.Option(help="Processes on this machine; 0 runs all in one. \\[default: one per core]", min=0),
]
Scheduler = Annotated[
    str | None, typer.Option(help="Address of a running Dask scheduler, such as tcp://10.0.0.1:8786.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def _version(wanted: bool) -> None:
    if wanted:
        from tilscope import __version__

        out.print(f"tilscope {__version__}")
        raise typer.Exit


@app.callback()
def _app(
    version: Annotated[bool, typer.Option("--version", callback=_version, help="Print the version.")] = False,
) -> None:
    os.umask(0o077)  # patients' data: whatever is written is for its owner only
