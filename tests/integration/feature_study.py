"""A study whose patients have features already: everything from `collect` on, without an image."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from tilscope.pipeline.executing import Executor
from tilscope.pipeline.run import RunPlan, RunReport, plan_run, run_study
from tilscope.study import Study

SETTINGS = """
[selection]
n_folds = 5
[biology]
"""


def write_study(
    root: Path, features: pd.DataFrame, stils: pd.Series, settings: str = SETTINGS, **clinical: object
) -> Study:
    """Write a study of patients ``sub-..`` with these features and percentages."""
    root.mkdir(parents=True)
    (root / "study.toml").write_text(settings)
    table = pd.DataFrame({"stils": stils, **clinical}, index=features.index)
    table.to_csv(root / "participants.tsv", sep="\t", index_label="participant_id", na_rep="n/a")
    for patient, row in features.iterrows():
        images, derived = root / "images" / str(patient), root / "derivatives" / "features"
        for folder in (images, derived):
            folder.mkdir(parents=True, exist_ok=True)
        names = ["pre", "post1", "post2", "post3", "post4"]
        record = {"n_pre": 1, "phase_names": names, "times_s": None, "phase_key": "", "notes": []}
        (images / "dce.json").write_text(json.dumps(record))
        (derived / f"{patient}.json").write_text(
            json.dumps({"features": dict(zip(row.index, row.tolist(), strict=True)), "warnings": []})
        )
    return Study.open(root)


def write_controls(study: Study, shuffled: pd.DataFrame, moved: pd.DataFrame) -> None:
    """Write what the step `controls` would have made."""
    folder = study.derivatives / "controls"
    folder.mkdir(parents=True, exist_ok=True)
    for patient in study.patients:
        record = {
            name: {"features": table.loc[patient].to_dict() if patient in table.index else None}
            for name, table in (("shuffled", shuffled), ("moved", moved))
        }
        (folder / f"{patient}.json").write_text(json.dumps(record))


def run_cohort(study: Study, executor: Executor, **listeners: object) -> RunReport:
    """Run the cohort's steps."""
    whole = plan_run(study)
    plan = RunPlan((), (), tuple(s for s in whole.cohort_steps if s != "qc-table"), whole.batches)
    return run_study(study, plan, executor, **listeners)  # type: ignore[arg-type]


def noise(n: int, p: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return features and percentages that have nothing to do with each other."""
    rng = np.random.default_rng(seed)
    index = [f"sub-{k:04d}" for k in range(n)]
    names = ["shape_MeshVolume", *(f"phase1_original_firstorder_F{k}" for k in range(1, p))]
    values = pd.DataFrame(rng.normal(size=(n, p)), index=index, columns=names)
    return values, pd.Series(rng.permutation(np.linspace(0, 40, n)).round(1), index=index)


def planted(n: int, p: int, seed: int, effect: float = 2.0) -> tuple[pd.DataFrame, pd.Series]:
    """Return features of which the second and the third tell high from low TILs."""
    values, _ = noise(n, p, seed)
    rng = np.random.default_rng(seed + 1)
    truth = effect * (values.iloc[:, 1] - values.iloc[:, 2]) + rng.normal(size=n)
    return values, (20.0 + 5.0 * truth).clip(0, 100).round(1)
