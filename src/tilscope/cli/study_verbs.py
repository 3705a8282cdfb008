"""Verbs on a study, from init to review, and the demo."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from tilscope.cli.app import AsJson, Scheduler, StudyFolder, Workers
from tilscope.cli.telling import (
    EXIT_INTERNAL,
    EXIT_REFUSED,
    err,
    exit_with_quarantine,
    in_words,
    out,
    print_json,
    status_table,
    tell_import,
    tell_next,
    tell_run,
    truth_table,
)


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
    examinations: Annotated[
        Path | None,
        typer.Option(
            help="Table (patient_id, study_uid): which examination counts of patients with several."
        ),
    ] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """Bring DICOM, masks and tables into a study, under pseudonyms."""
    from tilscope.pipeline import Bars, ImportRequest, executor, import_source, patient_states
    from tilscope.study import Study, working

    opened = Study.open(study)
    request = ImportRequest(source.resolve(), clinical, expression, masks, examinations)
    with working(opened), Bars(err) as bars, executor(workers, scheduler) as place:
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
    from tilscope.study import Study, working

    opened = Study.open(study)
    chosen = tuple(p.strip() for p in patients.split(",")) if patients else ()
    plan = plan_run(opened, until, chosen)
    with (
        working(opened),
        Bars(err) as bars,
        executor(workers, scheduler, len(plan.patients)) as place,
    ):
        bars.plan_run(plan)
        report = run_study(opened, plan, place, on_outcome=bars.outcome)
        build(opened)
    tell_run(report, opened)


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


def report(study: StudyFolder) -> None:
    """Write the static report from the results that exist."""
    from tilscope.report import build
    from tilscope.study import Study

    file = build(Study.open(study))
    out.print(f"Wrote [bold]{file}[/]: open it in a browser; the folder can be copied as it is.")


def review(
    study: StudyFolder,
    port: Annotated[
        int, typer.Option(help="Port on this machine. \\[default: any free one]", min=0, max=65535)
    ] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    ratings: Annotated[
        Path | None,
        typer.Option(help="Take in a table of ratings that was made on the report's pages, and end."),
    ] = None,
) -> None:
    """Go through the patients' pictures on a local web page: accept, redraw, exclude."""
    from tilscope.review import RatingBook, serve
    from tilscope.study import Study

    opened = Study.open(study)
    if ratings is not None:
        taken, kept = RatingBook(opened).take_in(ratings, opened.patients)
        out.print(
            f"{taken} rating{'' if taken == 1 else 's'} taken in, {kept} not newer than the study's own."
        )
        tell_next(f"tilscope run {study}")
        return
    serve(
        opened,
        port=port,
        open_browser=browser,
        on_ready=lambda url: out.print(
            f"Open {url} (only from this machine); Ctrl-C ends it.", soft_wrap=True
        ),
    )


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
