"""`tilscope export`: from a study to files of other programs, outside or beside the study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tilscope.pipeline.exporting.formats import BY_NAME, FORMATS, ExportFormat
from tilscope.study import Study, commit, encode_json, refuse_existing
from tilscope.vocabulary import SettingsError, StudyError

if TYPE_CHECKING:
    from tilscope.pipeline.exporting.gathering import Gathered

DICTIONARY = "tables.json"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to write, and where.

    Attributes
    ----------
    place : Path
        A folder, or one file of a format that is one file.
    formats : tuple of ExportFormat
    is_file : bool
        Whether ``place`` is that file.
    left_out : tuple of str
        Formats that nobody named and whose package is not installed, in words.
    """

    place: Path
    formats: tuple[ExportFormat, ...]
    is_file: bool
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what was not."""

    files: tuple[Path, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def export_request(study: Study, place: Path, names: Sequence[str] = ()) -> ExportRequest:
    """Decide what to write, before anything is read.

    Parameters
    ----------
    study : Study
    place : Path
        With the ending of a format it is one file, else a folder.
    names : sequence of str
        Formats; none: all whose packages are installed, or the file's own.

    Raises
    ------
    StudyError
        RUN-75: the place lies in ``sourcedata/``, or is a file where a folder is meant, or the other way round.
    SettingsError
        SET-05: an unknown format, or one that is not one file where a file is named.
    """
    unknown = sorted(set(names) - set(BY_NAME))
    if unknown:
        raise _no_format(f"unknown: {', '.join(unknown)}", "Name one of these, or none for all.")
    if place.resolve().is_relative_to(study.source_folder.resolve()):
        raise StudyError(
            "RUN-75",
            "sourcedata/ is for what must stay in the hospital",
            file=place,
            expected="another folder",
            remedy="Choose a folder outside sourcedata/.",
        )
    ending = BY_NAME.get(place.suffix.lower().removeprefix("."))
    if ending is not None and not place.is_dir():
        return _of_file(place, ending, names)
    if place.is_file():
        raise StudyError(
            "RUN-75", "this is a file", file=place, expected="a folder", remedy="Choose another name."
        )
    chosen = tuple(form for form in FORMATS if form.name in names) if names else FORMATS
    absent = {f.name for f in chosen if f.package is not None and find_spec(f.package) is None}
    if not names and absent:
        told = f'not written: {", ".join(sorted(absent))}; python -m pip install "tilscope[h5ad]"'
        return ExportRequest(place, tuple(f for f in chosen if f.name not in absent), False, (told,))
    return ExportRequest(place, chosen, is_file=False)


def _of_file(place: Path, form: ExportFormat, names: Sequence[str]) -> ExportRequest:
    if not form.is_single:
        raise _no_format(f"{place.name}: several files", "Name a folder after --out.")
    if set(names) - {form.name}:
        raise _no_format(f"{place.name} with --format {' '.join(names)}", "Name a folder after --out.")
    return ExportRequest(place, (form,), is_file=True)


def _no_format(found: str, remedy: str) -> SettingsError:
    return SettingsError(
        "SET-05",
        "the format and the place do not fit",
        found=found,
        expected=", ".join(BY_NAME) + "; one file is .h5mu or .xlsx",
        remedy=remedy,
    )


def export_study(
    study: Study, request: ExportRequest, *, force: bool = False, on_progress: Progress | None = None
) -> Exported:
    """Write the tables of a study in the formats of a request, each file whole or not at all.

    Raises
    ------
    StudyError
        RUN-75: a file is there already; RUN-76: nothing to export, or a damaged file; RUN-72 to RUN-75 as `commit`.
    MissingExtraError
        SET-27: a format was named whose package is not installed.
    """
    from tilscope.pipeline.exporting.gathering import gather

    gathered = gather(study)
    planned = _planned(gathered, request)
    for path, _ in planned:
        refuse_existing(path, force=force)
    for number, (path, encode) in enumerate(planned, start=1):
        commit(path, encode())
        if on_progress is not None:
            on_progress(number, len(planned))
    without = [
        f"not written: {form.name} (the study has no {form.needs})"
        for form in request.formats
        if not form.files(gathered)
    ]
    return Exported(
        tuple(path for path, _ in planned),
        (*gathered.missing, *without, *request.left_out),
        gathered.notes,
    )


def _planned(gathered: Gathered, request: ExportRequest) -> list[tuple[Path, Callable[[], bytes]]]:
    if request.is_file:
        (form,) = request.formats
        files = form.files(gathered)
        if not files:
            raise StudyError(
                "RUN-76",
                "the study has nothing for this format yet",
                found="; ".join(gathered.missing),
                expected=form.needs,
                remedy="Run the study first.",
            )
        return [(request.place, files[0][1])]
    planned = [
        (request.place / name, make) for form in request.formats for name, make in form.files(gathered)
    ]
    return [*planned, (request.place / DICTIONARY, lambda: encode_json(dictionary(gathered)))]


def dictionary(gathered: Gathered) -> dict[str, object]:
    """Return what the tables and their columns are: the content of ``tables.json``."""
    facts = {key: value for key, value in gathered.facts.items() if key != "settings"}
    return {
        "tables": [table.as_record() for table in gathered.tables],
        "missing": list(gathered.missing),
        "left_out": list(gathered.notes),
        **facts,
    }
