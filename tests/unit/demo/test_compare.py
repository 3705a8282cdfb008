"""The truth table: a perfect run passes every row, and each row can fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tilscope.demo import PatientTruth, Recovered, Truth, compare, gather_truth, plan_hospital
from tilscope.demo.genes import all_genes
from tilscope.demo.plan import TIMES_S
from tilscope.vocabulary import InputError


def _patient(plan: object) -> PatientTruth:
    fault = plan.fault  # type: ignore[attr-defined]
    return PatientTruth(
        patient_id=plan.patient_id,  # type: ignore[attr-defined]
        latent_til=plan.latent_til,  # type: ignore[attr-defined]
        stils=None if fault == "no-stils" else plan.stils,  # type: ignore[attr-defined]
        fault=fault,
        lesion_volume_mm3=4000.0,
        mask_phase="post1",
        mask_file="masks/x.nii.gz",
        times_s=TIMES_S,
        motion_mm={"pre": 1.5, "post1": 0.0, "post2": 2.0, "post3": 1.0, "post4": 1.2},
        jumped_phase="post3" if fault == "misregistered" else "",
        has_expression=True,
    )


@pytest.fixture
def truth() -> Truth:
    plan = plan_hospital(1, 40)
    return gather_truth(plan, [_patient(p) for p in reversed(plan.patients)])


@pytest.fixture
def perfect(truth: Truth) -> Recovered:
    used = [p for p in truth.patients if p.fault in ("", "misregistered")]
    readable = [p for p in truth.patients if p.fault != "truncated"]
    scores = pd.DataFrame(
        {
            "role": ["training" if i % 3 else "validation" for i in range(len(used))],
            "rad_tils_score": [1 / (1 + np.exp(-p.latent_til)) for p in used],
        },
        index=[p.patient_id for p in used],
    )
    genes = list(all_genes(2400))
    p_values = [1e-9 if g in truth.planted_genes else 0.5 for g in genes]
    sets = dict.fromkeys(truth.planted_sets, 0.0001) | dict.fromkeys(truth.null_sets, 0.6)
    (wrong,), (cut,), (bare,), (moved,) = (
        truth.with_fault(f) for f in ("wrong-grid", "truncated", "no-stils", "misregistered")
    )
    return Recovered(
        scores=scores,
        validation_auc=0.9,
        auc_ci_low=0.72,
        auc_ci_high=1.0,
        differential_expression=pd.DataFrame({"p_value": p_values}, index=genes),
        immune_cells=pd.DataFrame({"p_adjusted": list(sets.values())}, index=list(sets)),
        enrichment=pd.DataFrame(
            {"nes": [2.1] * 6 + [-1.0], "p_adjusted": [0.001] * 6 + [0.5]},
            index=[*truth.planted_sets[:6], truth.null_sets[0]],
        ),
        genes_against_chance=1 / 201,
        quarantined=((wrong, "ROI-44"), (cut, "IMG-21")),
        set_aside=(bare,),
        qc_flags={moved: ("REG-01 post3",), used[0].patient_id: ()},
        times_s={p.patient_id: p.times_s for p in readable},
        lesion_volume_mm3={p.patient_id: 4100.0 for p in used},
        displacement_mm={p.patient_id: p.motion_mm for p in used},
    )


def _failed(truth: Truth, recovered: Recovered) -> list[str]:
    return [row.topic for row in compare(truth, recovered).rows if not row.passed]


def test_a_perfect_run_passes_every_row(truth: Truth, perfect: Recovered) -> None:
    table = compare(truth, perfect)
    assert table.passed, table.frame().to_string()
    assert list(table.frame().columns) == ["topic", "planted", "recovered", "expected", "verdict"]
    assert set(table.frame()["verdict"]) == {"pass"}


def test_an_empty_run_fails_every_row(truth: Truth) -> None:
    nothing = Recovered(
        scores=pd.DataFrame(),
        validation_auc=float("nan"),
        auc_ci_low=float("nan"),
        auc_ci_high=float("nan"),
        differential_expression=pd.DataFrame(),
        immune_cells=pd.DataFrame(),
    )
    table = compare(truth, nothing)
    assert {row.verdict for row in table.rows} == {"FAIL"}


def _reversed_scores(r: Recovered) -> dict[str, object]:
    return {"scores": r.scores.assign(rad_tils_score=1 - r.scores["rad_tils_score"])}


def _shuffled_genes(r: Recovered) -> dict[str, object]:
    values = np.random.default_rng(0).permutation(r.differential_expression["p_value"])
    return {"differential_expression": r.differential_expression.assign(p_value=values)}


def _all_sets(p: float) -> object:
    return lambda r: {"immune_cells": r.immune_cells.assign(p_adjusted=p)}


def _uses_the_patient_without_stils(r: Recovered) -> dict[str, object]:
    (bare,) = r.set_aside
    extra = pd.DataFrame({"role": ["training"], "rad_tils_score": [0.5]}, index=[bare])
    return {"scores": pd.concat([r.scores, extra])}


@pytest.mark.parametrize(
    ("topic", "change"),
    [
        ("Rad-TILs score", _reversed_scores),
        ("Validation AUC", lambda r: {"auc_ci_low": 0.48}),
        ("Differential expression", _shuffled_genes),
        ("Immune-cell sets", _all_sets(0.3)),
        ("Null sets", _all_sets(0.001)),
        ("Enrichment", lambda r: {"enrichment": r.enrichment.assign(nes=-2.1)}),
        ("Enrichment", lambda r: {"enrichment": r.enrichment.assign(p_adjusted=0.2)}),
        ("Enrichment", lambda r: {"enrichment": r.enrichment.iloc[-1:]}),
        ("Chance", lambda r: {"genes_against_chance": 0.3}),
        ("Phases and times", lambda r: {"times_s": {k: v[::-1] for k, v in r.times_s.items()}}),
        ("Phases and times", lambda r: {"times_s": {k: v[:4] for k, v in r.times_s.items()}}),
        ("Lesion volume", lambda r: {"lesion_volume_mm3": dict.fromkeys(r.lesion_volume_mm3, 3000.0)}),
        ("Registration", lambda r: {"displacement_mm": {k: {"pre": 9.0} for k in r.displacement_mm}}),
        ("Misregistered patient", lambda r: {"qc_flags": {}}),
        ("Misregistered patient", lambda r: {"qc_flags": dict.fromkeys(r.qc_flags, ("REG-01 post2",))}),
        ("Misregistered patient", lambda r: {"qc_flags": dict.fromkeys(r.qc_flags, ("REG-02 post3",))}),
        ("Misregistered patient", lambda r: {"qc_flags": dict.fromkeys(r.scores.index, ("REG-01 post3",))}),
        (
            "Mask on a wrong grid",
            lambda r: {"quarantined": ((r.quarantined[0][0], "ROI-33"), r.quarantined[1])},
        ),
        ("Truncated image", lambda r: {"quarantined": (r.quarantined[0], (r.quarantined[1][0], "RUN-78"))}),
        ("Patient without sTIL", _uses_the_patient_without_stils),
        ("Patients accounted for", lambda r: {"scores": r.scores.iloc[:-1]}),
    ],
)
def test_each_row_fails_alone(truth: Truth, perfect: Recovered, topic: str, change: object) -> None:
    assert _failed(truth, replace(perfect, **change(perfect))) == [topic]  # type: ignore[operator]


def test_truth_survives_its_json(truth: Truth) -> None:
    assert Truth.from_json(truth.to_json()) == truth
    assert truth.to_json() == Truth.from_json(truth.to_json()).to_json()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"patients": [{}], "seed": 1}'])
def test_a_file_that_is_no_truth_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="RUN-76"):
        Truth.from_json(text)
