"""Verbs on single images, without a study: features, and what they conform to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from tilscope.cli.app import AsJson
from tilscope.cli.telling import EXIT_INTERRUPTED, err, tell_conformity, tell_environment, tell_extraction

ImagesAndMask = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="IMAGE... MASK | CASES.csv",
        help="An image and its mask; several images are the post-contrast phases in order of time. "
        "Or a table with columns Image and Mask (Image2 ... for phases, Label), one row per case.",
        show_default=False,
    ),
]
ExtractSettings = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        "--param",
        "-p",
        help="PyRadiomics parameter file (YAML, JSON), TOML file or study folder. \\[default: tilscope's own: "
        "original and wavelet images, all families, bin width 25]",
    ),
]
ExtractWorkers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        "--jobs",
        "-j",
        help="Processes for a table of cases; 0 runs all in one. \\[default: one per core]",
        min=0,
    ),
]


def extract(
    files: ImagesAndMask = None,
    image: Annotated[
        list[str] | None,
        typer.Option("--image", help="An image, instead of naming it first; repeat for phases."),
    ] = None,
    mask: Annotated[str | None, typer.Option("--mask", help="The mask, instead of naming it last.")] = None,
    settings: ExtractSettings = None,
    label: Annotated[
        str | None,
        typer.Option("--label", "-l", help="Value or name of the ROI in the mask; all: each in turn."),
    ] = None,
    out_file: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write: .csv, .tsv, .json, .txt. \\[default: print]"),
    ] = None,
    form: Annotated[
        Literal["csv", "tsv", "json", "txt"] | None,
        typer.Option(
            "--format", "-f", help="Format. \\[default: by the file's ending; printed: text or csv]"
        ),
    ] = None,
    diagnostics: Annotated[
        bool | None,
        typer.Option(help="PyRadiomics' diagnostics too. \\[default: yes, or additionalInfo]"),
    ] = None,
    pre: Annotated[
        int, typer.Option(help="Pre-contrast phases at the start of a DICOM folder of several.", min=0, max=5)
    ] = 1,
    workers: ExtractWorkers = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
) -> None:
    """Take radiomic features of images and masks, in place of the command pyradiomics.

    Its words --param, -p, --jobs, -j, --out, -o, --format, -f, --label, -l mean the same here; --no-diagnostics
    leaves the columns diagnostics_... out.
    """
    from tilscope.pipeline import Bars, cases_of, checked_output, executor, extract_cases, extraction_request

    request = extraction_request(settings, diagnostics=diagnostics, n_pre=pre)
    table = cases_of(files or (), label, images=image or (), mask=mask)
    form = checked_output(out_file, form, force=force)
    for note in request.notes:
        err.print(note, markup=False)
    n_cases, is_batch = len(table.cases), table.is_batch
    doing = "extract the features"
    try:
        with Bars(err) as bars, executor(workers if is_batch else 0, None, n_cases) as place:
            if is_batch:
                bars.add(doing, n_cases, after_s=2.0)
            result = extract_cases(table, request, place, bars.follow(doing))
    except KeyboardInterrupt:
        err.print("Interrupted; nothing was written.")
        sys.exit(EXIT_INTERRUPTED)  # not by way of main: there is nothing to go on from
    tell_extraction(result, out_file, form, is_batch=is_batch)


def doctor(
    ibsi: Annotated[bool, typer.Option("--ibsi", help="Compare the features with the standard.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what tilscope runs on here; with --ibsi, how its features conform to IBSI."""
    if ibsi:
        tell_conformity(as_json=as_json)
    else:
        tell_environment(as_json=as_json)
