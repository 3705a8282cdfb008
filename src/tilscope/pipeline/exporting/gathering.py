"""Everything that can be exported of a study, read once; and what is not there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tilscope import __version__
from tilscope.pipeline.exporting.export_table import ExportTable
from tilscope.pipeline.exporting.features import signature_of
from tilscope.pipeline.exporting.participants import clinical_meanings, participants
from tilscope.pipeline.exporting.sources import SOURCES
from tilscope.report.files import read_json
from tilscope.report.steps import CohortStep, read_steps, settings_used, without_results
from tilscope.study import Study
from tilscope.vocabulary import StudyError


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """What a study has to give away.

    Attributes
    ----------
    tables : tuple of ExportTable
        ``participants`` first.
    facts : dict of str to text, number or dict of these
        Settings (as JSON text), versions, name and hash of the signature; no dates, no places.
    missing : tuple of str
        Tables that are not there, and why; ``tilscope run`` makes them.
    notes : tuple of str
        What was left out on purpose.
    """

    tables: tuple[ExportTable, ...]
    facts: dict[str, Any]
    missing: tuple[str, ...]
    notes: tuple[str, ...]

    def table(self, name: str) -> ExportTable | None:
        """Return a table by name, or None where the study has none."""
        return next((table for table in self.tables if table.name == name), None)


def gather(study: Study) -> Gathered:
    """Read every table of a study that may be given away.

    Results of a step that failed or was left out, and of what follows it, are not read, as in the report. Nothing of
    ``sourcedata/`` is read.

    Raises
    ------
    StudyError
        RUN-76 for a damaged file, or where the study has nothing to give.
    """
    steps = read_steps(read_json(study.status_file) or {})
    withheld = without_results(steps)
    frame, hidden = participants(study, withheld)
    people = ExportTable("participants", "One row per participant", frame, meanings=clinical_meanings(study))
    tables: list[ExportTable] = [people]
    absent: dict[str, list[str]] = {}
    for source in SOURCES:
        found = None if source.step in withheld else source.read(study, withheld)
        if found is None or found.empty:
            if not source.is_optional:
                absent.setdefault(source.step, []).append(source.name)
            continue
        tables.append(ExportTable(source.name, source.title, found, source.cells, source.meanings(study)))
    if frame.empty and len(tables) == 1:
        raise StudyError(
            "RUN-76",
            "the study has nothing to export yet",
            expected="imported patients or results",
            remedy=f"tilscope import {study.root} SOURCE, then tilscope run {study.root}",
        )
    notes = (
        (f"PHI-88: {len(hidden)} clinical column(s) of free text left out: {', '.join(hidden)}",)
        if hidden
        else ()
    )
    return Gathered(tuple(tables), _facts(study, withheld), _missing(absent, steps), notes)


def _missing(absent: dict[str, list[str]], steps: tuple[CohortStep, ...]) -> tuple[str, ...]:
    ended = {step.name: step for step in steps}
    told = []
    for name, tables in absent.items():
        step = ended.get(name)
        why = "no results yet" if step is None else (step.reason or step.message or "no results")
        told.append(f"not there: {', '.join(tables)} (step {name}: {why})")
    return tuple(told)


def _facts(study: Study, withheld: frozenset[str]) -> dict[str, Any]:
    provenance = read_json(study.provenance_file) or {}
    used = settings_used(provenance)
    facts: dict[str, Any] = {
        "study": str(used.get("cohort", {}).get("name", "tilscope study")),
        "profile": str(provenance.get("profile", "unknown")),
        "settings": json.dumps(used, sort_keys=True, ensure_ascii=False),
        "versions": {str(k): str(v) for k, v in (provenance.get("versions") or {}).items()}
        | {"tilscope": __version__},
    }
    signature = None if "signature" in withheld else signature_of(study)
    if signature is not None:
        facts["signature"] = {
            "name": signature.name,
            "sha256": signature.sha256,
            "intercept": signature.intercept,
            "positive": signature.positive,
            "negative": signature.negative,
        } | ({} if signature.cutoff is None else {"cutoff": signature.cutoff})
    design = None if "biology" in withheld else read_json(study.biology_folder / "design.json")
    if design:
        facts["groups"] = {
            key: design[key]
            for key in ("group_name", "positive", "negative", "set_scores", "group_rule")
            if isinstance(design.get(key), str)
        }
    return facts
