"""The commands: each verb parses its words, calls one function of a lower storey, and says what to do next."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from typer.exceptions import TyperException

from tilscope.telling import (
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_LOCKED,
    EXIT_REFUSED,
    err,
    exit_with_quarantine,
    in_words,
    out,
    print_json,
    status_table,
    tell_conformity,
    tell_environment,
    tell_extraction,
    tell_import,
    tell_next,
    tell_run,
    truth_table,
)
from tilscope.vocabulary import TilscopeError

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
ImagesAndMask = Annotated[
    list[str],
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


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.", show_default=False)],
    profile: Annotated[
        Literal["recommended", "paper-2022"],
        typer.Option(help="Today's choices, or the paper's to the letter."),
    ] = "recommended",
    name: Annotated[str, typer.Option(help="Title of the study.")] = "My study",
) -> None:
    """Make an empty study: a commented study.toml and templates of the tables."""
    from tilscope.study import create_study

    create_study(folder, profile=profile, name=name)
    out.print(f"Made the study [bold]{folder}[/]; its settings are in {folder / 'study.toml'}.")
    tell_next(f"tilscope import {folder} SOURCE")


@app.command("import")
def import_(
    study: StudyFolder,
    source: Annotated[
        Path, typer.Argument(help="Folder with DICOM, masks and tables, or one file.", show_default=False)
    ],
    clinical: Annotated[
        Path | None, typer.Option(help="Clinical table, if it is not recognised by its columns.")
    ] = None,
    expression: Annotated[
        Path | None, typer.Option(help="Expression matrix, if it is not recognised by its columns.")
    ] = None,
    masks: Annotated[
        str | None, typer.Option(help="Only files whose name matches are lesion masks, such as '*.nrrd'.")
    ] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """Bring DICOM, masks and tables into a study, under pseudonyms."""
    from tilscope.pipeline import Bars, ImportRequest, executor, import_source, patient_states
    from tilscope.study import Study, locked

    opened = Study.open(study)
    request = ImportRequest(source.resolve(), clinical, expression, masks)
    with locked(opened.lock_file), Bars(err) as bars, executor(workers, scheduler) as place:
        report = import_source(
            opened, request, place, on_scan=bars.scan, on_plan=bars.plan_import, on_outcome=bars.outcome
        )
    tell_import(report)
    tried = {o.subject for o in report.outcomes}
    without = [p for p, s in patient_states(opened).items() if s.state == "quarantined" and p not in tried]
    n_failed = sum(o.failed for o in report.outcomes)
    if without and opened.patients:
        err.print(f"{len(without)} other patient(s) are quarantined; tilscope status {study} tells why.")
        n_failed += len(without)
    tell_next(f"tilscope run {study}")
    exit_with_quarantine(n_failed)


@app.command()
def check(study: StudyFolder, as_json: AsJson = False) -> None:
    """Say everything that can be known before a run."""
    from tilscope.pipeline import check_study
    from tilscope.study import Study

    result = check_study(Study.open(study))
    if as_json:
        print_json(result.as_record())
    else:
        for line in result.lines():
            out.print(line, markup=False)
        tell_next(
            f"tilscope run {study}" if result.can_run else f"correct the above, then tilscope check {study}"
        )
    if not result.can_run:
        raise typer.Exit(EXIT_REFUSED)
    exit_with_quarantine(result.n_quarantined)


@app.command()
def run(
    study: StudyFolder,
    until: Annotated[str | None, typer.Option(help="Stop after this step, such as extract.")] = None,
    patients: Annotated[
        str | None, typer.Option(help="Only these patients: sub-a,sub-b (no cohort steps).")
    ] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """Run what is not done yet: registration to report. Resumes by itself."""
    from tilscope.pipeline import Bars, executor, plan_run, run_study
    from tilscope.report import build
    from tilscope.study import Study, locked

    opened = Study.open(study)
    chosen = tuple(p.strip() for p in patients.split(",")) if patients else ()
    plan = plan_run(opened, until, chosen)
    with (
        locked(opened.lock_file),
        Bars(err) as bars,
        executor(workers, scheduler, len(plan.patients)) as place,
    ):
        bars.plan_run(plan)
        report = run_study(opened, plan, place, on_outcome=bars.outcome)
        build(opened)
    tell_run(report, opened)


@app.command()
def status(study: StudyFolder, as_json: AsJson = False) -> None:
    """Say how every patient stands, and why."""
    from tilscope.pipeline import counts, patient_states
    from tilscope.study import Study

    states = patient_states(Study.open(study))
    if as_json:
        print_json({"patients": {k: asdict(s) for k, s in states.items()}, "counts": counts(states)})
        return
    out.print(status_table(states))
    numbers = counts(states)
    out.print(in_words(numbers))
    if numbers["waiting"]:
        tell_next(f"tilscope run {study}")


@app.command()
def score(
    features: Annotated[
        Path, typer.Argument(help="A study folder, or its features.parquet.", show_default=False)
    ],
    signature: Annotated[str, typer.Option(help="File of a frozen signature, or su2022.")],
    out_file: Annotated[Path | None, typer.Option("--out", help="TSV to write. \\[default: print]")] = None,
) -> None:
    """Apply a frozen signature to patients."""
    from tilscope.pipeline import score_features
    from tilscope.study import commit, encode_tsv

    scored = score_features(features, signature)
    for warning in scored.warnings:
        err.print(warning, markup=False)
    table = encode_tsv(scored.frame)
    if out_file is None:
        sys.stdout.write(table.decode())
        return
    commit(out_file, table)
    out.print(f"Wrote the scores of {len(scored.frame)} patient(s) to {out_file}.")


@app.command()
def extract(
    files: ImagesAndMask,
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
    table = cases_of(files, label)
    form = checked_output(out_file, form, force=force)
    for note in request.notes:
        err.print(note, markup=False)
    n_cases, is_batch = len(table.cases), len(files) == 1
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


@app.command()
def report(study: StudyFolder) -> None:
    """Write the static report from the results that exist."""
    from tilscope.report import build
    from tilscope.study import Study

    file = build(Study.open(study))
    out.print(f"Wrote [bold]{file}[/]: open it in a browser; the folder can be copied as it is.")


@app.command()
def review(
    study: StudyFolder,
    port: Annotated[
        int, typer.Option(help="Port on this machine. \\[default: any free one]", min=0, max=65535)
    ] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Go through the patients' pictures on a local web page: accept, redraw, exclude."""
    from tilscope.review import serve
    from tilscope.study import Study

    serve(
        Study.open(study),
        port=port,
        open_browser=browser,
        on_ready=lambda url: out.print(
            f"Open {url} (only from this machine); Ctrl-C ends it.", soft_wrap=True
        ),
    )


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")] = Path("tilscope-demo"),
    patients: Annotated[int, typer.Option(help="Number of synthetic patients.", min=20, max=500)] = 60,
    seed: Annotated[int, typer.Option(help="Seed of the synthetic cohort.", min=0)] = 2022,
    workers: Workers = None,
) -> None:
    """Make a synthetic hospital with a planted truth, run everything, and compare."""
    from tilscope.pipeline import Bars, executor, run_demo

    with Bars(err) as bars, executor(workers, None, patients) as place:
        result = run_demo(folder, patients, seed, place, bars)
    out.print(truth_table(result.table.frame()))
    out.print(f"Finished in {result.seconds:.0f} s. Report: {result.report_file}", markup=False)
    tell_next(f"open {result.report_file} in a browser, then try your own data: tilscope init mystudy")
    if not result.passed:
        raise typer.Exit(EXIT_INTERNAL)


@app.command()
def doctor(
    ibsi: Annotated[bool, typer.Option("--ibsi", help="Compare the features with the standard.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what tilscope runs on here; with --ibsi, how its features conform to IBSI."""
    if ibsi:
        tell_conformity(as_json=as_json)
    else:
        tell_environment(as_json=as_json)


def _refusal_code(error: TilscopeError) -> int:
    from tilscope.study import StudyLockedError

    err.print(str(error), markup=False)
    return EXIT_LOCKED if isinstance(error, StudyLockedError) else EXIT_REFUSED


def _usage_code(error: TyperException) -> int:
    show = getattr(error, "show", None)
    if callable(show):
        show()
    else:
        err.print(str(error), markup=False)
    return error.exit_code


def main() -> None:
    """Run the command line; every fault ends in one line and its promised exit code."""
    try:
        code = app(standalone_mode=False)
    except TyperException as error:  # an unknown option, a missing argument
        code = _usage_code(error)
    except TilscopeError as error:
        code = _refusal_code(error)
    except (KeyboardInterrupt, typer.Abort):
        code = EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001  (the last door: no traceback with patients' data)
        from tilscope.pipeline import unexpected

        err.print(str(unexpected(error)), markup=False)
        code = EXIT_INTERNAL
    if code == EXIT_INTERRUPTED:
        err.print("Interrupted; the same command goes on from here.")
    sys.exit(code)


if __name__ == "__main__":
    main()
