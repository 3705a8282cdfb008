"""The verb that outlines lesions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tilscope.cli.app import Scheduler, StudyFolder, Workers
from tilscope.cli.telling import (
    EXIT_INTERNAL,
    EXIT_REFUSED,
    err,
    exit_with_quarantine,
    out,
    tell_next,
    tell_quarantine,
)

if TYPE_CHECKING:
    from tilscope.pipeline.outcome import Outcome
    from tilscope.pipeline.places import Place
    from tilscope.study import Study

Patient = Annotated[
    str | None, typer.Option(help="The patient: participant key (sub-...), or the hospital's id.")
]
Box = Annotated[
    str | None,
    typer.Option(
        metavar="X1,Y1,Z1,X2,Y2,Z2",
        help="Two opposite corners of a box around the lesion, with some millimetres of other tissue on each side.",
    ),
]
Seeds = Annotated[
    list[str] | None,
    typer.Option(
        "--seed",
        metavar="X,Y,Z",
        help="A point inside the lesion, instead of a box or with one; may be repeated.",
    ),
]
Boxes = Annotated[
    Path | None,
    typer.Option(help="Table of many patients: columns patient, and box or seed (numbers apart by blanks)."),
]
CoordinateWord = Annotated[
    Literal["lps", "ras", "voxel"],
    typer.Option(
        help="What the numbers are: lps, millimetres to the left, posterior and superior, as in DICOM; ras, as "
        "3D Slicer and ITK-SNAP show them; voxel, indices x, y, z of the study's image from 0, both corners inside."
    ),
]


def segment(
    study: StudyFolder,
    patient: Patient = None,
    box: Box = None,
    seeds: Seeds = None,
    boxes: Boxes = None,
    coordinates: CoordinateWord = "lps",
    phase: Annotated[
        str | None,
        typer.Option(
            help="Phase to outline, such as post1. \\[default: the first in which the box enhances nearly as much as "
            "it ever does]"
        ),
    ] = None,
    reader: Annotated[str, typer.Option(help="Name under which the mask is kept.")] = "auto",
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a mask of that name that a human drew or corrected.")
    ] = False,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """Outline a lesion inside a box or around a seed, by fuzzy c-means (semi-automatic)."""
    from tilscope.pipeline.executing import executor
    from tilscope.pipeline.places import of_participants, place_of, read_places
    from tilscope.pipeline.progress import Bars
    from tilscope.pipeline.segmenting import STEP, SegmentRequest, segment_patients
    from tilscope.study import Study, working

    opened = Study.open(study)
    if (patient is None) == (boxes is None):
        raise typer.BadParameter("give --patient with --box or --seed, or --boxes FILE.csv for many patients")
    request = SegmentRequest(_reader_name(reader), phase, replace)
    named: dict[str, Place]
    if boxes is not None:
        if box or seeds:
            raise typer.BadParameter("--box and --seed belong to --patient; the table has its own")
        named = read_places(boxes, coordinates)
    else:
        named = {patient or "": place_of(box, seeds or (), coordinates)}
    places = of_participants(opened, named)
    n_workers = 0 if boxes is None and scheduler is None else workers
    with (
        working(opened),
        Bars(err) as bars,
        executor(n_workers, scheduler, len(places)) as place,
    ):
        bars.add(STEP, len(places), after_s=2.0)
        outcomes = segment_patients(opened, places, request, place, on_outcome=bars.outcome)
    _tell(opened, outcomes, request.reader, is_batch=boxes is not None)


def _reader_name(name: str) -> str:
    """Return the name if study.toml could name it, too."""
    if not (name.isascii() and name.isalnum() and len(name) <= 20):
        raise typer.BadParameter("a reader's name has 1 to 20 letters and digits", param_hint="--reader")
    return name


def _tell(study: Study, outcomes: tuple[Outcome, ...], reader: str, *, is_batch: bool) -> None:
    from tilscope.pipeline.segmenting import picture_file

    failed = {o.subject: o.error for o in outcomes if o.error}
    for outcome in outcomes:
        if outcome.failed:
            continue
        for note in outcome.notes:
            err.print(f"{note[:6]} {outcome.subject}:{note[6:]}.", markup=False)
        out.print(_in_words(outcome.subject, outcome.payload), markup=False)
        out.print(f"Picture: {picture_file(study, outcome.subject, reader)}", markup=False)
    tell_quarantine(failed)
    if not is_batch and failed:
        rules = {fault["rule"] for fault in failed.values()}
        raise typer.Exit(EXIT_INTERNAL if rules == {"RUN-78"} else EXIT_REFUSED)
    if is_batch:
        out.print(f"{len(outcomes) - len(failed)} of {len(outcomes)} lesion(s) outlined.")
    if study.settings.imaging.roi_reader == reader:
        tell_next(f"look at the outline, then tilscope run {study.root}")
    else:
        tell_next(
            f'look at the outline; to use it, set roi_reader = "{reader}" under [imaging] in '
            f"{study.settings_file}, then tilscope run {study.root}"
        )
    exit_with_quarantine(len(failed))


def _in_words(patient: str, description: dict[str, Any]) -> str:
    """Return the result as a line."""
    told = (
        f"{patient}: {description['voxels']} voxels, {description['volume_ml']:.2f} ml, outlined on "
        f"{description['phase']} as reader {description['reader']}"
    )
    volume = description["functional_volume"]
    if volume is None:
        return f"{told}."
    return (
        f"{told}; functional tumour volume {volume['volume_ml']:.2f} ml "
        f"(PE >= {volume['pe_threshold_percent']:g} %, SER > {volume['ser_threshold']:g}, "
        f"{volume['early_phase']} and {volume['late_phase']})."
    )
