"""How every patient stands, told from the files of the study alone."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Literal

import pandas as pd

from tilscope.pipeline.loading import load_participants
from tilscope.pipeline.outcome import Outcome
from tilscope.pipeline.step import Step
from tilscope.study import Study, commit_json, load_json, read_provenance

PatientState = Literal["waiting", "done", "quarantined", "set aside"]
SHOWN_PARTS = (
    "tilscope",
    "numpy",
    "scipy",
    "pandas",
    "numba",
    "PyWavelets",
    "antspyx",
    "picsl-greedy",
    "pydicom",
    "highdicom",
    "nibabel",
    "pynrrd",
    "matplotlib",
)


@dataclass(frozen=True)
class PatientStatus:
    """How one patient stands.

    Attributes
    ----------
    state : str
        ``waiting`` (some step is still to run), ``done``, ``quarantined`` (no features, for the stated reason) or
        ``set aside`` (features exist, but the outcome is missing: no part in the signature).
    step : str
        The last step done, or the one that failed.
    rule, message, found, expected, remedy, file : str or None
        Why, where there is a why.
    """

    state: PatientState
    step: str
    rule: str | None = None
    message: str | None = None
    found: str | None = None
    expected: str | None = None
    remedy: str | None = None
    file: str | None = None


def quarantine_step(study: Study, patient: str) -> str | None:
    """Return the step that quarantined a patient, or None."""
    file = study.quarantine_folder / f"{patient}.json"
    return str(load_json(file)["step"]) if file.is_file() else None


def excluded_patients(study: Study) -> frozenset[str]:
    """Return the patients that a human excluded on the review page."""
    if not study.ratings_file.is_file():
        return frozenset()
    table = pd.read_csv(study.ratings_file, sep="\t", dtype=str, keep_default_na=False)
    return frozenset(table.loc[table["rating"] == "exclude", "participant_id"])


def patient_states(study: Study) -> dict[str, PatientStatus]:
    """Return the state of every patient that the study knows, by key, sorted."""
    table = load_participants(study)
    quarantined = {f.stem for f in study.quarantine_folder.glob("sub-*.json")}
    known = sorted({*study.patients, *table.index, *quarantined})
    outcomes_known = set(table.index[table["stils"].notna()]) if "stils" in table else set()
    states = {patient: _state(study, patient, patient in outcomes_known) for patient in known}
    for patient in excluded_patients(study) & {p for p, s in states.items() if s.state == "done"}:
        states[patient] = PatientStatus(
            "set aside",
            "review",
            "QC-01",
            "excluded on the review page",
            remedy="Change the rating to take part.",
        )
    return states


def _state(study: Study, patient: str, has_outcome: bool) -> PatientStatus:
    file = study.quarantine_folder / f"{patient}.json"
    if file.is_file():
        r = load_json(file)
        return PatientStatus(
            "quarantined",
            r["step"],
            r["rule"],
            r["message"],
            r["found"],
            r["expected"],
            r["remedy"],
            r["file"],
        )
    if patient not in study.patients:
        return PatientStatus(
            "quarantined",
            "import",
            "IMG-03",
            "no images of this patient were imported",
            remedy="Import the images, or take the patient out of the table.",
        )
    if not study.feature_file(patient).is_file():
        return PatientStatus("waiting", "import")
    if not has_outcome:
        return PatientStatus(
            "set aside",
            "extract",
            "TAB-59",
            "no usable sTIL percentage",
            remedy="Complete the clinical table.",
        )
    return PatientStatus("done", "extract")


def counts(states: dict[str, PatientStatus]) -> dict[str, int]:
    """Return how many patients are in each state; the numbers add up to all patients."""
    names: tuple[PatientState, ...] = ("done", "set aside", "waiting", "quarantined")
    return {"known": len(states)} | {n: sum(s.state == n for s in states.values()) for n in names}


def usable_patients(study: Study) -> tuple[str, ...]:
    """Return the patients whose own steps went well and whom no human excluded."""
    excluded = excluded_patients(study)
    return tuple(
        p
        for p in study.patients
        if p not in excluded
        and study.feature_file(p).is_file()
        and quarantine_step(study, p) in (None, "collect")
    )


def write_status(study: Study, outcomes: Sequence[Outcome]) -> None:
    """Write ``derivatives/status.json``: states, counts, and what each step took."""
    states = patient_states(study)
    steps: dict[str, dict[str, Any]] = {}
    for o in outcomes:
        row = steps.setdefault(
            o.step, {"done": 0, "up to date": 0, "left out": 0, "failed": 0, "seconds": 0.0, "peak_mib": 0.0}
        )
        row[o.state] += 1
        row["seconds"] = round(row["seconds"] + o.seconds, 3)
        row["peak_mib"] = round(max(row["peak_mib"], o.peak_mib), 1)
    commit_json(
        study.status_file,
        {
            "patients": {key: asdict(state) for key, state in states.items()},
            "counts": counts(states),
            "steps": steps,
            "cohort": {o.step: _cohort_record(o) for o in outcomes if o.subject == ""},
        },
    )


def _cohort_record(outcome: Outcome) -> dict[str, Any]:
    """Tell how a step of the cohort ended, and why."""
    told = {
        k: v
        for k, v in (outcome.error or {}).items()
        if k in ("rule", "message", "found", "expected", "remedy")
    }
    return (
        {"state": outcome.state}
        | told
        | ({"reason": outcome.notes[0]} if outcome.state == "left out" else {})
    )


def write_provenance(study: Study, steps: Iterable[Step]) -> None:
    """Write ``derivatives/provenance.json``: what made the results of this study, in one place."""
    settings = study.settings
    records: dict[str, Any] = {}
    for step in steps:
        subjects = ("",) if step.is_cohort else study.patients
        stored = {s: read_provenance(step.record(study, s)) for s in subjects}
        records[step.name] = {
            "version": step.version,
            "settings": next((p.settings for p in stored.values() if p is not None), None),
            "keys": {s or "cohort": p.key for s, p in stored.items() if p is not None},
        }
    commit_json(
        study.provenance_file,
        {
            "profile": settings.profile,
            "settings": settings.model_dump(mode="json"),
            "seed": settings.cohort.seed,
            "versions": {name: version(name) for name in SHOWN_PARTS} | {"python": platform.python_version()},
            "steps": records,
        },
    )
