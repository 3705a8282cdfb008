"""The verb that makes the figures of a study as files for a journal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tilscope.cli.app import AsJson
from tilscope.cli.telling import err, out, print_json, tell_next

if TYPE_CHECKING:
    from tilscope.figures import FigureStyle
    from tilscope.pipeline.drawing import Listed, Look
    from tilscope.study import Study

NARROWEST_MM, WIDEST_MM = 50.0, 300.0


def figure(
    name: Annotated[
        str | None,
        typer.Argument(help="Which figure, such as roc. \\[default: list all]", show_default=False),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write: .pdf, .svg, .png or .tiff; a folder with --all."),
    ] = None,
    study: Annotated[Path, typer.Option(help="The study folder.")] = Path(),
    patient: Annotated[
        str | None, typer.Option(help="Key of the patient, for a figure of one patient.")
    ] = None,
    width: Annotated[
        str | None,
        typer.Option(help="Width in mm, or one or two columns; text keeps its size. \\[default: its own]"),
    ] = None,
    dpi: Annotated[
        int | None,
        typer.Option(help="Pixels per inch of PNG, TIFF and images in PDF and SVG.", min=72, max=1200),
    ] = None,
    style: Annotated[
        Path | None,
        typer.Option(help="Style file. \\[default: figures.toml in the study, if there is one]"),
    ] = None,
    legend: Annotated[
        bool, typer.Option("--legend", help="Print the figure's legend, and write it beside the file (.txt).")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Every figure of the cohort into the folder --out, with legends.md.")
    ] = False,
    kind: Annotated[Literal["pdf", "svg", "png", "tiff"], typer.Option(help="What --all writes.")] = "pdf",
    list_: Annotated[
        bool, typer.Option("--list", help="List all figures, and what those that are missing need.")
    ] = False,
    write_style: Annotated[
        Path | None, typer.Option(help="Write a commented style file to start from, and do nothing else.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over existing files.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make any figure anew from the study's results, as a file for a journal; without a name, list them all."""
    from tilscope.study import Study

    if write_style is not None:
        _write_style(write_style, force=force)
        return
    opened = Study.open(study)
    if everything:
        if name is not None or patient is not None:
            raise typer.BadParameter("--all takes neither the name of a figure nor a patient")
        if file is None:
            raise typer.BadParameter("--all needs a folder: --out FOLDER")
        _write_all(opened, file, kind, _look(opened, style, width, dpi), force=force)
    elif name is None or list_:
        _tell_list(opened, as_json=as_json)
    else:
        _write_one(opened, name, patient, file, _look(opened, style, width, dpi), wants=(legend, force))


def _write_style(file: Path, *, force: bool) -> None:
    from tilscope.figures.style import STYLE_FILE, style_template
    from tilscope.study import commit, refuse_existing

    refuse_existing(file, force=force)
    commit(file, style_template().encode())
    out.print(f"Wrote {file}.", markup=False)
    tell_next(f"change it, then tilscope figure NAME --style {file}, or keep it as {STYLE_FILE} in the study")


def _look(study: Study, style: Path | None, width: str | None, dpi: int | None) -> Look:
    """Return how figures shall look; say so where readers could not tell two classes apart."""
    from tilscope.figures import load_style, style_in
    from tilscope.figures.style import too_close
    from tilscope.pipeline.drawing import Look

    chosen = style_in(study.root) if style is None else load_style(style)
    for sentence in too_close(chosen):
        err.print(f"Style: {sentence}; choose others, or tell them apart by more than colour.", markup=False)
    if dpi is not None:
        chosen = chosen.model_copy(update={"page": chosen.page.model_copy(update={"dpi": dpi})})
    return Look(chosen, _width_mm(width, chosen))


def _width_mm(width: str | None, style: FigureStyle) -> float | None:
    columns = {"one": style.page.one_column_mm, "two": style.page.two_columns_mm}
    if width is None or width in columns:
        return None if width is None else columns[width]
    try:
        millimetres = float(width)
    except ValueError:
        millimetres = 0.0
    if not NARROWEST_MM <= millimetres <= WIDEST_MM:
        raise typer.BadParameter(
            f"--width is one, two, or a number of mm from {NARROWEST_MM:g} to {WIDEST_MM:g}, not {width}"
        )
    return millimetres


def _write_one(
    study: Study, name: str, patient: str | None, file: Path | None, look: Look, wants: tuple[bool, bool]
) -> None:
    from tilscope.pipeline.drawing import checked_kind, encode_figure, figure_called, record_of
    from tilscope.study import commit

    wants_legend, force = wants
    chosen = figure_called(name)
    if file is None and not wants_legend:
        raise typer.BadParameter(f"name the file to write: tilscope figure {name} --out {name}.pdf")
    kind = None if file is None else checked_kind(file, force=force)
    record = record_of(study, chosen, patient)
    text = f"{chosen.title}. {chosen.legend(record)}"
    if file is not None and kind is not None:
        commit(file, encode_figure(chosen, record, kind, look))
        out.print(f"Wrote {file}.", markup=False)
        if wants_legend:
            commit(file.with_suffix(".txt"), f"{text}\n".encode())
    if wants_legend:
        out.print(text, markup=False)
    tell_next(
        f"tilscope figure {name} --out {name}.pdf"
        if file is None
        else f"look at {file}; --width one lays it out for one column, --style changes fonts and colours"
    )


def _write_all(
    study: Study, folder: Path, kind: Literal["pdf", "svg", "png", "tiff"], look: Look, *, force: bool
) -> None:
    from tilscope.pipeline import Bars
    from tilscope.pipeline.drawing import checked_folder_of, draw_all
    from tilscope.report import Legend, legends_page
    from tilscope.study import commit

    checked_folder_of(folder, force=force)
    legends: list[Legend] = []
    doing = "draw the figures"
    with Bars(err) as bars:
        for data, legend in draw_all(study, kind, look, lambda n, total: bars.to(doing, n, total)):
            commit(folder / legend.file, data)
            legends.append(legend)
    commit(folder / "legends.md", legends_page(legends))
    out.print(f"Wrote {len(legends)} figure(s) and legends.md to {folder}.", markup=False)
    tell_next(f"look at {folder}; tilscope figure --list --study {study.root} tells what others need")


def _tell_list(study: Study, *, as_json: bool) -> None:
    from dataclasses import asdict

    from tilscope.pipeline.drawing import listed
    from tilscope.report import read_content

    entries = listed(study, read_content(study.root))
    if as_json:
        print_json({"figures": [asdict(entry) for entry in entries]})
        return
    for line in _lines(entries):
        out.print(line, markup=False)
    ready = next((entry.name for entry in entries if not entry.needs), None)
    if ready:
        tell_next(f"tilscope figure {ready} --out {ready}.pdf --study {study.root}")
    else:
        tell_next(f"tilscope run {study.root}")


def _state(entry: Listed) -> str:
    if not entry.needs:
        return "ready"
    return "patient" if entry.needs.startswith("--patient") else "missing"


def _lines(entries: Sequence[Listed]) -> list[str]:
    wide = max(len(entry.name) for entry in entries)
    return [
        f"{entry.name:<{wide}}  {_state(entry):<7}  {entry.title}"
        + (f"; needs {entry.needs}" if entry.needs else "")
        for entry in entries
    ]
