"""Many cases of `tilscope extract`: a CSV file of images and masks in, a table of features out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tilscope.pipeline.diagnostics import diagnostic_names
from tilscope.pipeline.drawn_regions import ALL
from tilscope.pipeline.executing import Executor, Job
from tilscope.pipeline.extract_settings import ExtractionRequest
from tilscope.pipeline.extracting import ExtractionCase, RegionRow, extract_case
from tilscope.pipeline.outcome import Outcome
from tilscope.radiomics import image_feature_names, series_feature_names
from tilscope.reading.participants import ID_COLUMNS, find_column
from tilscope.reading.text_tables import read_text_table, shown
from tilscope.vocabulary import SeriesError, SettingsError, TableError

IMAGE, MASK, LABEL = "Image", "Mask", "Label"
FURTHER_IMAGE = re.compile(r"Image([2-9]|[1-9]\d)")
REASON, WARNINGS = "reason", "warnings"
STEP = "extract"
TABLE_ENDINGS = (".csv", ".tsv")


@dataclass(frozen=True)
class CaseTable:
    """The cases, each with the cells that the user gave for it.

    Attributes
    ----------
    header : tuple of str
        Names of the user's columns.
    cells : tuple of tuple of str
        One row per case.
    cases : tuple of ExtractionCase
    is_batch : bool
        The user gave a table, not a case.
    """

    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    cases: tuple[ExtractionCase, ...]
    is_batch: bool = True


@dataclass(frozen=True)
class ExtractedRow:
    """One row of the output: the case's cells, and the numbers of one of its ROIs."""

    case: ExtractionCase
    cells: tuple[str, ...]
    region: RegionRow

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.case.name} label {self.region.label}" if self.case.label == ALL else self.case.name


@dataclass(frozen=True)
class ExtractedTable:
    """The output, in the order of the input.

    Attributes
    ----------
    header : tuple of str
        Names of the user's columns.
    rows : tuple of ExtractedRow
        A failed one has a reason and no numbers.
    names : tuple of str
        Diagnostics and features, in the fixed order.
    """

    header: tuple[str, ...]
    rows: tuple[ExtractedRow, ...]
    names: tuple[str, ...]

    @property
    def n_failed(self) -> int:
        """Number of rows without numbers."""
        return sum(row.region.error is not None for row in self.rows)


def cases_of(
    files: Sequence[str], label: str | None = None, *, images: Sequence[str] = (), mask: str | None = None
) -> CaseTable:
    """Return the cases of a command's words: images and their mask, or one table.

    Parameters
    ----------
    files : sequence of str
        Images and then, unless ``mask`` names it, their mask; or one table.
    label : str, optional
        For cases without a label of their own.
    images, mask : sequence of str, str, optional
        Images that come before those, and the mask, where the user named them as such.

    Raises
    ------
    SettingsError
        SET-05: an image without a mask or the other way round, or nothing at all.
    TableError
        See `read_cases`.
    """
    if len(files) == 1 and not images and mask is None and files[0].lower().endswith(TABLE_ENDINGS):
        return read_cases(Path(files[0]), label)
    all_images = [*images, *files]
    if mask is None and files:
        mask = all_images.pop()
    if all_images and mask is not None:
        return one_case(all_images, mask, label)
    raise SettingsError(
        "SET-05",
        "a case is images and their mask",
        found=f"only {', '.join(all_images) or mask}" if all_images or mask else "no file",
        expected=f"images and then their mask, or one table of cases ({', '.join(TABLE_ENDINGS)})",
        remedy="Name the images and then the mask: tilscope extract IMAGE MASK.",
    )


def one_case(images: Sequence[str], mask: str, label: str | None = None) -> CaseTable:
    """Return the table of a single case, named after its first image."""
    header = (IMAGE, *(f"{IMAGE}{k}" for k in range(2, len(images) + 1)), MASK)
    case = ExtractionCase(Path(images[0]).name, tuple(images), mask, label)
    return CaseTable(header, ((*images, mask),), (case,), is_batch=False)


def read_cases(file: Path, label: str | None = None) -> CaseTable:
    """Read a table of cases, as PyRadiomics' batch files are.

    Parameters
    ----------
    file : Path
        Comma, semicolon or tab between the cells. Columns ``Image`` and ``Mask`` with paths, relative to the
        table's folder; further phases in ``Image2``, ``Image3``, ...; an optional ``Label``. Any other column is
        copied to the output; one named like an id names the case in messages.
    label : str, optional
        For cases without a ``Label``.

    Raises
    ------
    TableError
        TAB-00 missing, TAB-51 ragged, cut or without rows, TAB-52 encoding, TAB-62 no column ``Image`` or
        ``Mask``, or a column that the output needs.
    """
    table = read_text_table(file)
    missing = [name for name in (IMAGE, MASK) if name not in table.header]
    if missing:
        raise TableError(
            "TAB-62",
            f"the table of cases has no column {' and no column '.join(missing)}",
            file=file,
            found=shown(table.header),
            expected="columns Image and Mask (and Image2, Image3, ... for further phases)",
            remedy="Name the columns as PyRadiomics does.",
        )
    if not table.rows:
        raise TableError("TAB-51", "the table has no rows", file=file, expected="one row per case")
    further = sorted((n for n in table.header if FURTHER_IMAGE.fullmatch(n)), key=lambda n: int(n[5:]))
    rows = [dict(zip(table.header, (cell.strip() for cell in row), strict=True)) for row in table.rows]
    names = _case_names(table.header, rows)
    cases = tuple(
        ExtractionCase(
            name,
            tuple(row[column] for column in (IMAGE, *further)),
            row[MASK],
            row.get(LABEL) or label,
            file.parent,
        )
        for name, row in zip(names, rows, strict=True)
    )
    return CaseTable(table.header, table.rows, cases)


def _case_names(header: Sequence[str], rows: Sequence[dict[str, str]]) -> list[str]:
    """Return what messages call each case: its id, with its number where that is not enough."""
    column = find_column(header, ID_COLUMNS)
    ids = ["" if column is None else row[column] for row in rows]
    count = Counter(ids)
    return [
        f"case {k}" if not own else (own if count[own] == 1 else f"{own} (case {k})")
        for k, own in enumerate(ids, start=1)
    ]


def extract_cases(
    table: CaseTable,
    request: ExtractionRequest,
    executor: Executor,
    on_case: Callable[[int, int], None] = lambda count, total: None,
) -> ExtractedTable:
    """Take the features of every case, wherever the executor runs them.

    Parameters
    ----------
    table : CaseTable
    request : ExtractionRequest
    executor : Executor
    on_case : callable
        Told (cases done, cases) after each case.

    Returns
    -------
    ExtractedTable
        Does not depend on the executor, nor on the order in which it ends cases.

    Raises
    ------
    TableError
        TAB-62: a column of the table has the name of a column of the output.
    """
    _refuse_taken_names(table, request)
    found: dict[int, tuple[RegionRow, ...]] = {}
    jobs = [
        Job(str(k), [(_task, STEP, (case, request))], is_of_study=False) for k, case in enumerate(table.cases)
    ]
    for outcome in executor.outcomes(Path(), jobs):
        found[int(outcome.subject)] = _rows(outcome)
        on_case(len(found), len(jobs))
    n_phases = next((row.n_phases for k in sorted(found) for row in found[k] if row.error is None), 0)
    rows = [
        ExtractedRow(case, cells, _of_other_count(region, n_phases))
        for k, (case, cells) in enumerate(zip(table.cases, table.cells, strict=True))
        for region in found[k]
    ]
    header, rows = _with_labels(table, rows)
    return ExtractedTable(header, tuple(rows), _names(request, n_phases))


def _task(root: str, step: str, subject: str, payload: Any, before: Outcome | None) -> Outcome:
    return Outcome(step, subject, "done", payload=extract_case(*payload))


def _rows(outcome: Outcome) -> tuple[RegionRow, ...]:
    if outcome.failed:  # the worker died
        return (RegionRow(error=outcome.error),)
    rows: tuple[RegionRow, ...] = outcome.payload
    return rows


def _names(request: ExtractionRequest, n_phases: int) -> tuple[str, ...]:
    if n_phases == 0:
        return ()
    settings = request.settings
    names = diagnostic_names(settings, n_phases) if request.has_diagnostics else ()
    return names + (
        image_feature_names(settings) if n_phases == 1 else series_feature_names(n_phases, settings)
    )


def _of_other_count(row: RegionRow, n_phases: int) -> RegionRow:
    """Refuse a case whose number of phases is not that of the first: its columns would mean something else."""
    if row.error is not None or row.n_phases == n_phases:
        return row
    fault = SeriesError(
        "IMG-03",
        "the number of images is not that of the first case",
        found=row.n_phases,
        expected=n_phases,
        remedy="Export all phases, or extract such cases apart.",
    )
    return replace(row, n_phases=0, features={}, diagnostics={}, error=fault.as_record())


def _with_labels(table: CaseTable, rows: list[ExtractedRow]) -> tuple[tuple[str, ...], list[ExtractedRow]]:
    """Name the ROI of each row, in the user's own column Label or a new one, where cases have several."""
    if all(case.label != ALL for case in table.cases):
        return table.header, rows
    if LABEL not in table.header:
        return (*table.header, LABEL), [replace(r, cells=(*r.cells, r.region.label)) for r in rows]
    k = table.header.index(LABEL)
    return table.header, [replace(r, cells=(*r.cells[:k], r.region.label, *r.cells[k + 1 :])) for r in rows]


def _refuse_taken_names(table: CaseTable, request: ExtractionRequest) -> None:
    n_images = len(table.cases[0].images)
    taken = {REASON, WARNINGS, *_names(request, n_images)} & set(table.header)
    if taken:
        raise TableError(
            "TAB-62",
            "the table of cases has columns that the output needs",
            found=shown(sorted(taken)),
            expected="other names",
            remedy="Rename or remove them; an output of extract is no input.",
        )


def cells_of(table: ExtractedTable) -> Iterator[dict[str, Any]]:
    """Yield each row of the output as name -> value: the user's cells, reason, warnings, numbers.

    A failed row has no numbers, and one without a reason has none either: those keys are absent.
    """
    for row in table.rows:
        cells: dict[str, Any] = dict(zip(table.header, row.cells, strict=True))
        if row.region.error is not None:
            cells[REASON] = told_in_one_line(row.region.error)
        if row.region.warnings:
            cells[WARNINGS] = list(row.region.warnings)
        yield cells | row.region.diagnostics | row.region.features


def told_in_one_line(error: Mapping[str, str | None], case: str = "") -> str:
    """Return an error's record as its line: rule, case, file, message, found, expected, remedy."""
    details = "".join(f", {word} {error[word]}" for word in ("found", "expected") if error[word])
    where = f"{error['file']}: " if error["file"] else ""
    head = f"{error['rule']} {case}".rstrip()
    return f"{head}: {where}{error['message']}{details}. {error['remedy'] or ''}".rstrip()
