"""Every patient's pictures and measures, for quality control."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tilscope.report.content import Content, PatientState
from tilscope.report.sections.section import Missing, Section
from tilscope.report.tables import Cell, Table, cell, table
from tilscope.report.wording import fixed, number

PATIENTS_PER_PAGE = 48
_RULE = re.compile(r"(?P<rule>[A-Z]{3}-\d{2}):? (?P<sentence>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PatientView:
    """What the page says about one patient."""

    key: str
    state: PatientState
    role: str | None
    facts: tuple[tuple[str, str], ...]
    flags: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]
    registration: Table | None
    enhancement: str | None
    rating: str | None
    qc_sha256: str | None


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return every patient, and the overview of measures."""
    if not content.patients:
        return Missing("No patient has been imported yet.", "tilscope import STUDY SOURCE")
    patients = tuple(_patient(content, key) for key in content.patients)
    return {
        "patients": patients,
        "overview": _overview(content) if content.qc else None,
        "n_flagged": sum(bool(p.flags) for p in patients),
        "n_pictures": len(content.qc_pictures),
        "n": len(patients),
    }


def _patient(content: Content, key: str) -> PatientView:
    qc = content.qc.get(key, {})
    score = _score_row(content, key)
    return PatientView(
        key=key,
        state=content.patients[key],
        role=None if score is None else str(score["role"]),
        facts=_facts(qc, score),
        flags=tuple(split_rule(flag) for flag in qc.get("flags", ())),
        notes=tuple(split_rule(note) for note in qc.get("notes", ())),
        registration=_registration(qc),
        enhancement=_enhancement(qc),
        rating=content.ratings.get(key),
        qc_sha256=content.qc_sha256.get(key),
    )


def _score_row(content: Content, key: str) -> pd.Series | None:
    if content.scores is None or key not in content.scores.index:
        return None
    return content.scores.loc[key].squeeze()  # type: ignore[return-value]


def _facts(qc: dict[str, Any], score: pd.Series | None) -> tuple[tuple[str, str], ...]:
    facts = []
    if score is not None:
        facts += [
            ("Role", str(score["role"])),
            ("sTIL", _with_level(number(float(score["til_percent"])), " %", score["til_level"])),
            (
                "Rad-TILs score",
                _with_level(fixed(float(score["rad_tils_score"])), "", score["rad_tils_level"]),
            ),
        ]
    if "roi_volume_ml" in qc:
        facts.append(("Lesion", f"{fixed(qc['roi_volume_ml'], 2)} mL"))
    if "roi_voxels" in qc:
        facts.append(("Voxels", f"{qc['roi_voxels']:,}"))
    if "roi_phase" in qc:
        facts.append(("Drawn on", str(qc["roi_phase"])))
    if "shape" in qc and "spacing_mm" in qc:
        facts.append(("Image", f"{_times(qc['shape'], 0)} voxels of {_times(qc['spacing_mm'], 2)} mm"))
    if "phase_key" in qc:
        facts.append(("Phases told apart by", str(qc["phase_key"])))
    return tuple(facts)


def _with_level(value: str, unit: str, level: object) -> str:
    return f"{value}{unit} ({level})" if isinstance(level, str) else value


def _times(values: list[float], decimals: int) -> str:
    return " × ".join(fixed(float(v), decimals) for v in reversed(values))


def split_rule(flag: str) -> tuple[str, str]:
    """Return (rule id, sentence) of a note; the rule id is empty where it has none."""
    found = _RULE.match(str(flag))
    return (found["rule"], found["sentence"]) if found else ("", str(flag))


def _registration(qc: dict[str, Any]) -> Table | None:
    rows = qc.get("registration") or []
    if not rows:
        return None
    return table(
        "Registration, phase by phase",
        ("Phase", "Displacement (mm)", "Jacobian", "Similarity before", "after"),
        [
            (
                row.get("phase", "—"),
                cell(row.get("displacement_mm"), _two),
                cell(row.get("jacobian"), _two),
                cell(row.get("similarity_before"), fixed),
                cell(row.get("similarity_after"), fixed),
            )
            for row in rows
        ],
        can_sort=False,
    )


def _two(value: float) -> str:
    return fixed(value, 2)


def _enhancement(qc: dict[str, Any]) -> str | None:
    percent, names = qc.get("enhancement_percent"), qc.get("phases")
    if not percent or not names or len(percent) != len(names):
        return None
    return ", ".join(f"{name} {fixed(float(p), 0)} %" for name, p in zip(names, percent, strict=True))


def _overview(content: Content) -> Table:
    rows = []
    for key, state in content.patients.items():
        qc, score = content.qc.get(key, {}), _score_row(content, key)
        n_flags = len(qc.get("flags", ()))
        rows.append(
            (
                Cell(key, key, link=f"#patient-{key}"),
                Cell(state.state, state.state, badge=state.state.replace(" ", "-")),
                None if score is None else str(score["role"]),
                None if score is None else float(score["til_percent"]),
                cell(None if score is None else float(score["rad_tils_score"]), fixed),
                cell(qc.get("roi_volume_ml"), _two),
                Cell(str(n_flags) if n_flags else "—", float(n_flags), is_number=True),
            )
        )
    headings = ("Patient", "State", "Role", "sTIL (%)", "Score", "Lesion (mL)", "Flags")
    return table("Outcome, score and lesion of every patient", headings, rows, can_filter=True)


def parts(view: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return one view for each `PATIENTS_PER_PAGE` patients; the overview stands on the first."""
    patients, n = view["patients"], PATIENTS_PER_PAGE
    starts = range(0, len(patients), n)
    files = [f"patients{f'-{number}' if number > 1 else ''}.html" for number in range(1, len(starts) + 1)]
    return [
        {
            **view,
            "patients": patients[start : start + n],
            "overview": None if start else view["overview"],
            "first": start + 1,
            "number": number,
            "files": files,
        }
        for number, start in enumerate(starts)
    ]


PATIENTS = Section("patients", "Patients: pictures and measures", view, parts=parts)
