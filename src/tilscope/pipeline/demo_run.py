"""The demo: a synthetic hospital is written, imported, run, reported, and held against its planted truth."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd

from tilscope.demo import (
    Recovered,
    Truth,
    TruthTable,
    compare,
    gather_truth,
    plan_hospital,
    write_patient,
    write_tables,
)
from tilscope.pipeline.executing import Executor, Job
from tilscope.pipeline.importing import ImportRequest, import_source
from tilscope.pipeline.outcome import Outcome
from tilscope.pipeline.progress import Bars
from tilscope.pipeline.run import plan_run, run_study
from tilscope.pipeline.status import patient_states
from tilscope.report import build
from tilscope.study import Linkage, Study, commit, create_study, encode_tsv, load_json, working
from tilscope.vocabulary import StudyError

HOSPITAL, STUDY, TRUTH = "hospital", "study", "truth.json"
# The panel in small: a demo shows what it looks like, within a minute; a real study leaves the defaults.
FEW_REPETITIONS = {
    "n_splits": 30,
    "n_nested_folds": 5,
    "n_nested_repeats": 2,
    "n_permutations": 39,
    "n_permutation_folds": 3,
    "n_control_splits": 10,
}


@dataclass(frozen=True)
class DemoResult:
    """What the demo found of the planted truth."""

    table: TruthTable
    report_file: Path
    seconds: float

    @property
    def passed(self) -> bool:
        """Tell whether everything planted was recovered."""
        return self.table.passed


def run_demo(folder: Path, n_patients: int, seed: int, executor: Executor, bars: Bars) -> DemoResult:
    """Make a hospital, run a study on it, and compare with the truth.

    Parameters
    ----------
    folder : Path
        New or empty; gets ``hospital/``, ``study/`` and ``truth.json``.
    n_patients : int
        At least 20.
    seed : int
        The same seed gives the same features and signature, byte for byte.

    Raises
    ------
    StudyError
        RUN-75 when the folder is not empty.
    """
    started = perf_counter()
    if folder.exists() and any(folder.iterdir()):
        raise StudyError(
            "RUN-75",
            "this folder is not empty",
            file=folder,
            expected="a new or empty folder",
            remedy="Choose another name, or delete it.",
        )
    truth = _write_hospital(folder / HOSPITAL, n_patients, seed, executor, bars)
    commit(folder / TRUTH, truth.to_json().encode())
    study = create_study(folder / STUDY, name=f"Synthetic demo cohort of {n_patients} patients")
    _set(study, "honesty", FEW_REPETITIONS)
    # A fixed secret makes the demo repeatable; a real study draws its own at random.
    Linkage(hashlib.sha256(f"tilscope demo {seed}".encode()).digest(), {}).save(study.source_folder)
    with working(study):
        import_source(
            study,
            ImportRequest(folder / HOSPITAL),
            executor,
            on_scan=bars.scan,
            on_plan=bars.plan_import,
            on_outcome=bars.outcome,
        )
        plan = plan_run(study)
        bars.plan_run(plan)
        run_study(study, plan, executor, on_outcome=bars.outcome)
        table = compare(truth, _recovered(study))
        shown = table.frame().map(Linkage.load(study.source_folder).redact)
        commit(study.derivatives / "truth.tsv", encode_tsv(shown, index=False))
        build(study)
    return DemoResult(table, study.report_file, perf_counter() - started)


def _set(study: Study, table: str, values: Mapping[str, int]) -> None:
    """Give settings of one table, which the template shows as comments, a value."""
    text = study.settings_file.read_text(encoding="utf-8")
    head, header, rest = text.partition(f"\n[{table}]\n")
    own, after, tail = rest.partition("\n[")
    for key, value in values.items():
        own, n = re.subn(rf"^# {key} = .*$", f"{key} = {value}", own, flags=re.MULTILINE)
        if n != 1:
            raise StudyError(
                "RUN-78", "the template of study.toml has changed", found=f"{n} lines of {table}.{key}"
            )
    commit(study.settings_file, "".join((head, header, own, after, tail)).encode())


def _write_hospital(folder: Path, n_patients: int, seed: int, executor: Executor, bars: Bars) -> Truth:
    plan = plan_hospital(seed, n_patients)
    name = "make the hospital"
    bars.add(name, n_patients)
    write_tables(folder, plan)
    jobs = [Job(p.patient_id, [(_write_one, name, (str(folder), p))]) for p in plan.patients]
    truths = {}
    for count, outcome in enumerate(executor.outcomes(folder, jobs), start=1):
        if outcome.failed:
            raise StudyError("RUN-78", "the synthetic hospital could not be written", found=outcome.error)
        truths[outcome.subject] = outcome.payload
        bars.to(name, count, n_patients)
    return gather_truth(plan, [truths[p.patient_id] for p in plan.patients])


def _write_one(root: str, step: str, subject: str, payload: Any, before: Outcome | None) -> Outcome:
    folder, plan = payload
    return replace(Outcome(step, subject, "done"), payload=write_patient(Path(folder), plan))


def _recovered(study: Study) -> Recovered:
    """Put the study's results under the hospital's ids again, for the comparison only."""
    source_ids = {key: source for source, key in Linkage.load(study.source_folder).keys.items()}
    states = patient_states(study)
    measures = {p: load_json(study.qc_folder(p) / "qc.json") for p in study.patients if _has_qc(study, p)}
    performance = _json_or_empty(study.signature_folder / "performance.json").get("validation", {})
    scores = _table(study.signature_folder / "scores.tsv", "participant_id")
    robustness = _json_or_empty(study.biology_folder / "robustness" / "robustness.json")
    return Recovered(
        scores=scores.rename(index=source_ids),
        validation_auc=_number(performance.get("auc")),
        auc_ci_low=_number(performance.get("ci_low")),
        auc_ci_high=_number(performance.get("ci_high")),
        differential_expression=_table(study.biology_folder / "differential_expression.tsv", "gene"),
        immune_cells=_table(study.biology_folder / "immune_cells.tsv", "variable"),
        enrichment=_table(study.biology_folder / "enrichment" / "gsea.tsv", "gene_set"),
        genes_against_chance=_number((robustness.get("genes") or {}).get("p_value")),
        quarantined=tuple(
            (source_ids[p], s.rule or "") for p, s in states.items() if s.state == "quarantined"
        ),
        set_aside=tuple(source_ids[p] for p, s in states.items() if s.state == "set aside"),
        qc_flags={source_ids[p]: tuple(m["flags"]) for p, m in measures.items()},
        times_s={source_ids[p]: _times(study, p) for p in study.patients},
        lesion_volume_mm3={source_ids[p]: 1000.0 * m["roi_volume_ml"] for p, m in measures.items()},
        displacement_mm={
            source_ids[p]: {r["phase"]: r["displacement_mm"] for r in m["registration"]}
            for p, m in measures.items()
        },
    )


def _times(study: Study, patient: str) -> tuple[float, ...]:
    return tuple(load_json(study.image_folder(patient) / "dce.json")["times_s"] or ())


def _has_qc(study: Study, patient: str) -> bool:
    return (study.qc_folder(patient) / "qc.json").is_file()


def _json_or_empty(file: Path) -> dict[str, Any]:
    return load_json(file) if file.is_file() else {}


def _table(file: Path, index: str) -> pd.DataFrame:
    if not file.is_file():
        return pd.DataFrame()
    return pd.read_csv(file, sep="\t", index_col=index, na_values="n/a", keep_default_na=False)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
