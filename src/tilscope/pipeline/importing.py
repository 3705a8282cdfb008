"""From a hospital's folder into the study folder: images, masks, tables, all under pseudonyms."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tilscope.pipeline.biology.expression_intake import encode_expression, known_samples, settled_expression
from tilscope.pipeline.executing import Executor, Job
from tilscope.pipeline.importing_images import import_images
from tilscope.pipeline.importing_masks import import_mask
from tilscope.pipeline.importing_patient import ImagePayload
from tilscope.pipeline.outcome import Outcome
from tilscope.pipeline.private_columns import private_columns
from tilscope.pipeline.sources import Delivery, find_tables, refuse_images, survey
from tilscope.reading import (
    ExpressionTable,
    open_expression,
    read_examinations,
    read_gene_sets,
    read_participants,
)
from tilscope.study import Linkage, Study, commit, commit_json, describe_study, encode_tsv
from tilscope.vocabulary import InputError


@dataclass(frozen=True)
class ImportRequest:
    """What to import, and what the user named instead of leaving it to be recognised."""

    source: Path
    clinical: Path | None = None
    expression: Path | None = None
    mask_pattern: str | None = None
    examinations: Path | None = None


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes
    ----------
    outcomes : tuple of Outcome
        How each patient's images and mask ended.
    notes : tuple of str
        What a human should know about the tables.
    set_aside : dict
        How many files were left alone, by reason.
    """

    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...]
    set_aside: dict[str, int]


def import_source(
    study: Study,
    request: ImportRequest,
    executor: Executor,
    *,
    on_scan: Callable[[int, int], None] | None = None,
    on_plan: Callable[[int], None] | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> ImportReport:
    """Bring a source into the study; tables first, so that a bad table costs no time.

    Raises
    ------
    InputError
        A table that is unusable as a whole, or a source without any patient: nothing is imported then.
    """
    clinical, expression = request.clinical, request.expression
    if clinical is None or expression is None:
        found_clinical, found_expression = find_tables(request.source)
        clinical, expression = clinical or found_clinical, expression or found_expression
    chosen = None if request.examinations is None else read_examinations(request.examinations)
    participants = None if clinical is None else read_participants(clinical)
    table_ids = [] if participants is None else list(participants.frame.index)
    linkage = Linkage.load(study.source_folder)
    delivery = survey(
        request.source,
        [*table_ids, *linkage.keys],
        executor,
        linkage.key,
        clinical=clinical,
        expression=expression,
        mask_pattern=request.mask_pattern,
        chosen=chosen,
        on_progress=on_scan,
    )
    if not (delivery.patients or clinical or expression or delivery.gene_sets):
        raise InputError(
            "IMG-00",
            "nothing to import was found",
            file=request.source,
            expected="DICOM images, masks, a clinical table, an expression matrix or gene sets",
            remedy="Check the path.",
        )
    layer = study.settings.expression.layer
    matrix = None if expression is None else open_expression(expression, layer)
    for file in delivery.gene_sets:
        read_gene_sets(file)
    linkage = linkage.with_ids(sorted({*delivery.patients, *table_ids}))
    told = None if matrix is None else _settled(study, matrix, linkage)
    linkage.save(study.source_folder)
    notes = list(() if participants is None else _write_participants(study, participants.frame, linkage))
    notes += [linkage.redact(w) for w in (participants.warnings if participants else ())]
    notes += [] if told is None else _write_expression(study, *told)
    for file in delivery.gene_sets:
        notes += _write_gene_sets(study, file)
    jobs = [_job(linkage, source_id, delivery) for source_id in sorted(delivery.patients, key=linkage.key)]
    if on_plan is not None:
        on_plan(len(jobs))
    outcomes = []
    for outcome in executor.outcomes(study.root, jobs):
        outcomes.append(outcome)
        if on_outcome is not None:
            on_outcome(outcome)
    describe_study(study.root, study.settings.cohort.name)
    report = ImportReport(tuple(outcomes), tuple(notes), dict(delivery.set_aside))
    _remember(study, report)
    return report


def _write_gene_sets(study: Study, file: Path) -> list[str]:
    """Copy a collection; a record of its licence that was written for other sets of this name goes."""
    target, data = study.gene_set_folder / file.name, file.read_bytes()
    record = target.with_suffix(".json")
    is_stale = record.is_file() and not (target.is_file() and target.read_bytes() == data)
    if is_stale:
        record.unlink()
    commit(target, data)
    if not is_stale:
        return []
    return [
        f"TAB-72: {file.name} replaces other sets of that name; the record of their licence was removed, "
        "tilscope genesets add tells the new one"
    ]


def _job(linkage: Linkage, source_id: str, delivery: Delivery) -> Job:
    source = delivery.patients[source_id]
    key = linkage.key(source_id)
    if source.fault is not None:
        return Job(key, [(refuse_images, "import", source.fault)])
    payload = ImagePayload(source)
    return Job(key, [(import_images, "import", payload), (import_mask, "mask", payload)])


def _write_participants(study: Study, frame: pd.DataFrame, linkage: Linkage) -> list[str]:
    """Write participants.tsv, keeping the rows of patients imported earlier; return notes."""
    private = private_columns(frame, linkage.keys)
    table = frame.copy()
    table.index = pd.Index([linkage.key(i) for i in table.index], name="participant_id")
    if study.participants_file.is_file():
        old = read_participants(study.participants_file).frame
        table = pd.concat([old.loc[~old.index.isin(table.index)], table])
        # a column that looks harmless in two small tables may not be so in their sum
        private += [c for c in private_columns(table, linkage.keys) if c not in private]
    table = table.drop(columns=private)
    commit(study.participants_file, encode_tsv(table.sort_index()))
    columns = {str(c): _describe(str(c)) for c in (table.index.name, *table.columns)}
    commit_json(study.participants_file.with_suffix(".json"), columns)
    if not private:
        return []
    return [
        f"PHI-88: {len(private)} column(s) that may identify patients were left out: {', '.join(private)}"
    ]


def _describe(column: str) -> dict[str, str]:
    known = {
        "participant_id": {"Description": "Key of the participant (pseudonym)"},
        "stils": {
            "Description": "Stromal tumour-infiltrating lymphocytes on H&E (0 to 100)",
            "Units": "percent of the stromal area",
        },
        "age": {"Description": "Age at diagnosis", "Units": "years"},
    }
    return known.get(column, {"Description": f"{column}, as handed over"})


def _settled(study: Study, table: ExpressionTable, linkage: Linkage) -> tuple[ExpressionTable, list[str]]:
    """Return the samples of known patients under their keys, and notes; what the step would refuse is refused here."""
    known, notes = known_samples(table.samples, linkage.keys)
    own = table.only(known)
    return own, [*(linkage.redact(w) for w in settled_expression(study, own).warnings), *notes]


def _write_expression(study: Study, table: ExpressionTable, notes: list[str]) -> list[str]:
    """Write the matrix as it came: the step settles it by the settings of the day."""
    commit(study.expression_file, encode_expression(table))
    return notes


def _remember(study: Study, report: ImportReport) -> None:
    """Keep what the import saw for the report."""
    commit_json(
        study.derivatives / "import.json",
        {"notes": list(report.notes), "set_aside": report.set_aside, "written": time.strftime("%Y-%m-%d")},
    )
