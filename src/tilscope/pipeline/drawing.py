"""Any figure of a study as a file of its own, made from what the study folder holds."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tilscope.study import refuse_existing
from tilscope.vocabulary import SettingsError, StudyError

if TYPE_CHECKING:
    from tilscope.figures import Figure, FigureStyle
    from tilscope.figures.figure import Format
    from tilscope.report import Content, Legend
    from tilscope.study import Study

KINDS: dict[str, Format] = {
    ".pdf": "pdf",
    ".svg": "svg",
    ".png": "png",
    ".tiff": "tiff",
    ".tif": "tiff",
}
"""Ending of a file -> its format."""

# Figures of one patient; all are made from what the step qc reads.
OF_A_PATIENT = ("phases", "flicker", "checkerboard", "subtraction", "jacobian", "bias", "enhancement")


@dataclass(frozen=True, slots=True)
class Listed:
    """A figure, and whether the results allow it.

    Attributes
    ----------
    name, title : str
        What it is called, and its heading.
    needs : str
        What must be done first; empty where it can be drawn.
    """

    name: str
    title: str
    needs: str


@dataclass(frozen=True, slots=True)
class Look:
    """How a figure is written.

    Attributes
    ----------
    style : FigureStyle
        Fonts, colours and the like.
    width_mm : float or None
        Another width than the figure's own.
    """

    style: FigureStyle
    width_mm: float | None = None


def listed(study: Study, content: Content) -> tuple[Listed, ...]:
    """Return every figure, in the order of the report, and what those that are not possible need."""
    from tilscope.figures import FIGURES
    from tilscope.report import figure_records

    possible = figure_records(content)
    return tuple(
        Listed(
            figure.name, figure.title, "" if figure.name in possible else _needs(figure.name, study, content)
        )
        for figure in FIGURES
    )


def _needs(name: str, study: Study, content: Content) -> str:
    if name in OF_A_PATIENT:
        example = next((p for p in study.patients if not _missing(study, p)), None)
        return f"--patient {example}" if example else _run(study)
    if not content.cohort:
        return _run(study)
    without = ", ".join(step.name for step in content.missing_steps)
    return "results that this study does not have" + (f" (none of: {without})" if without else "")


def _run(study: Study) -> str:
    return f"tilscope run {study.root}"


def figure_called(name: str) -> Figure:
    """Return the figure of a name.

    Raises
    ------
    SettingsError
        SET-41: there is none; the nearest names are told.
    """
    from tilscope.figures import FIGURES

    known = {figure.name: figure for figure in FIGURES}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    raise SettingsError(
        "SET-41",
        "there is no figure of this name",
        found=repr(name),
        expected=" or ".join(near) if near else None,
        remedy="tilscope figure --list tells all names.",
    )


def record_of(study: Study, figure: Figure, patient: str | None) -> object:
    """Return what a figure shall draw, from the study's results.

    Raises
    ------
    SettingsError
        SET-04: the patient does not exist. SET-42: the figure is of one patient, and none was named, or the other way
        round; or the results do not allow it.
    StudyError
        RUN-76: a result cannot be read.
    """
    if figure.name in OF_A_PATIENT:
        return _record_of_patient(study, figure, _checked_patient(study, figure, patient))
    if patient is not None:
        raise SettingsError(
            "SET-42",
            f"the figure {figure.name} shows the whole cohort",
            found=f"--patient {patient}",
            remedy=f"Leave it out; of one patient are: {', '.join(OF_A_PATIENT)}.",
        )
    return _record_of_cohort(study, figure)


def _record_of_cohort(study: Study, figure: Figure) -> object:
    from tilscope.report import read_content
    from tilscope.report.pictures.contents import MAKERS

    content = read_content(study.root)
    record = MAKERS[figure.name](content)
    if record is not None:
        return record
    failed = content.missing_steps
    why = f"; {failed[0].name} {failed[0].state_in_words}" if failed else ""
    told = next((step.remedy for step in failed if step.remedy), None)
    raise SettingsError(
        "SET-42",
        f"the results do not allow the figure {figure.name}{why}",
        remedy=f"{told.rstrip('.')}, then: {_run(study)}"
        if told
        else f"Make them with: {_run(study)} (where that is done, the study has nothing that it could show).",
    )


def _checked_patient(study: Study, figure: Figure, patient: str | None) -> str:
    if patient is None:
        raise SettingsError(
            "SET-42",
            f"the figure {figure.name} shows one patient",
            expected="--patient with a key of the study",
            remedy="tilscope status lists the patients.",
        )
    if patient not in study.patients:
        near = difflib.get_close_matches(patient, study.patients, n=1, cutoff=0.6)
        raise SettingsError(
            "SET-04",
            "there is no such patient",
            found=repr(patient),
            expected=near[0] if near else None,
            remedy="tilscope status lists the patients of the study.",
        )
    return patient


def _missing(study: Study, patient: str) -> Path | None:
    """Return the first file that a patient's pictures need and that is not there."""
    from tilscope.pipeline.qc import picture_inputs

    return next((file for file in picture_inputs(study, patient) if not file.is_file()), None)


def _record_of_patient(study: Study, figure: Figure, patient: str) -> object:
    from tilscope.pipeline.qc import load_material
    from tilscope.pipeline.qc_pictures import picture_records

    missing = _missing(study, patient)
    if missing is None:
        for shown in picture_records(load_material(study, patient)):
            if shown.figure.name == figure.name:  # the first one shows the phase that moved most
                return shown.record
    raise SettingsError(
        "SET-42",
        f"the figure {figure.name} cannot be made of this patient",
        found=f"no {missing.name}" if missing else "no phase that was registered",
        remedy=f"Make what it shows with: {_run(study)} --until qc --patients {patient}",
    )


def checked_kind(file: Path, *, force: bool) -> Format:
    """Return the format that a file's ending asks for.

    Raises
    ------
    SettingsError
        SET-43: it tells no format.
    StudyError
        RUN-75: the file exists already, or is a folder.
    """
    kind = KINDS.get(file.suffix.lower())
    if kind is None:
        eps = " EPS knows no transparency, which the bands of these figures need: a journal takes PDF too."
        raise SettingsError(
            "SET-43",
            "the ending of the output file tells no format",
            file=file,
            expected=", ".join(KINDS),
            remedy="End its name in one of these." + (eps if file.suffix.lower() == ".eps" else ""),
        )
    refuse_existing(file, force=force)
    return kind


def checked_folder_of(folder: Path, *, force: bool) -> None:
    """Refuse, before anything is drawn, to write over figures (RUN-75)."""
    there = (
        sorted(f.name for f in folder.iterdir() if f.suffix in KINDS or f.name == "legends.md")
        if folder.is_dir()
        else []
    )
    if folder.is_file() or (there and not force):
        raise StudyError(
            "RUN-75",
            "this is a file" if folder.is_file() else "the folder holds figures already",
            file=folder,
            found=there[0] if there else None,
            expected="a new folder",
            remedy="Choose another folder." if folder.is_file() else "Choose another folder, or add --force.",
        )


def encode_figure(figure: Figure, record: object, kind: Format, look: Look) -> bytes:
    """Return a figure as the bytes of a file.

    Raises
    ------
    SettingsError
        SET-40: its content does not fit the width that was asked for, or the style's text.
    """
    from tilscope.figures import render
    from tilscope.figures.fitting import check_width

    is_larger = look.style.text_scale > 1.0
    if look.width_mm is not None or is_larger:
        check_width(figure, record, look.width_mm or figure.size(record)[0], style=look.style)
    return render(figure, record, kind, style=look.style, width_mm=look.width_mm)


def draw_all(
    study: Study, kind: Format, look: Look, follow: Callable[[int, int], None]
) -> Iterator[tuple[bytes, Legend]]:
    """Yield the bytes and the legend (with the file's name) of every figure of the cohort that the results allow.

    A figure that does not fit the width has its own width; its legend says so.

    Parameters
    ----------
    follow : callable (done, all) -> None
        Is told how far it is.
    """
    from tilscope.figures import FIGURES
    from tilscope.report import Legend, figure_records, read_content

    records = figure_records(read_content(study.root))
    chosen = [figure for figure in FIGURES if figure.name in records]
    for done, figure in enumerate(chosen, start=1):
        record = records[figure.name]
        text = figure.legend(record)
        try:
            data = encode_figure(figure, record, kind, look)
        except SettingsError as error:
            text += f" *Its own width: {error.message} ({error.found}; {error.expected}).*"
            data = encode_figure(figure, record, kind, Look(_with_own_text(look.style)))
        follow(done, len(chosen))
        yield data, Legend(f"{figure.name}.{kind}", figure.title, text)


def _with_own_text(style: FigureStyle) -> FigureStyle:
    from tilscope.figures.style import OWN_SIZE_PT

    return style.model_copy(update={"text": style.text.model_copy(update={"size_pt": OWN_SIZE_PT})})
