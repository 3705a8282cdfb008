"""Hold what a run recovered against the planted truth: one small function per row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from tilscope.demo.plan import MISREGISTERED, NO_STILS, TRUNCATED, WRONG_GRID
from tilscope.demo.recovered import Recovered, TruthRow, TruthTable
from tilscope.demo.truth import PatientTruth, Truth

_MIN_SPEARMAN = 0.40
_MIN_GENE_SHARE = 0.70
_MIN_SET_SHARE = 0.80
_MAX_NULL_SETS = 1
_ALPHA = 0.05
_TIME_TOLERANCE_S = 0.5
_MAX_VOLUME_ERROR = 0.15
_MAX_REGISTRATION_ERROR_MM = 1.0
#: Rules that may stop a mask on a wrong grid, and a truncated image.
_GRID_RULES = ("ROI-42", "ROI-43", "ROI-44")
_TRUNCATED_RULES = ("IMG-21",)
#: Flags of gross misregistration: displacement too large, or similarity too low after registration.
_MISREGISTRATION_RULES = ("REG-01", "REG-03")
_MAX_OTHERS = 0.10


def compare(truth: Truth, recovered: Recovered) -> TruthTable:
    """Return one row per planted thing, each with its own verdict.

    Parameters
    ----------
    truth : Truth
        What ``write_hospital`` planted.
    recovered : Recovered
        What the run found, keyed by the hospital's ids.

    Returns
    -------
    TruthTable
        A row fails when the planted thing was not found or was not reported at all.
    """
    return TruthTable(tuple(row(truth, recovered) for row in ROWS))


def _latent_score(truth: Truth, recovered: Recovered) -> TruthRow:
    from scipy.stats import spearmanr

    latent = {p.patient_id: p.latent_til for p in truth.patients}
    scores = recovered.scores
    held_out = scores[scores["role"] == "validation"] if "role" in scores else scores.iloc[:0]
    known = [key for key in held_out.index if key in latent]
    rho = float("nan")
    if len(known) > 2:
        rho = float(spearmanr([latent[k] for k in known], held_out.loc[known, "rad_tils_score"]).statistic)
    return TruthRow(
        "Rad-TILs score",
        "latent TIL score of every patient",
        f"Spearman {_number(rho)} in {len(known)} validation patients",
        f">= {_MIN_SPEARMAN}",
        rho >= _MIN_SPEARMAN,
    )


def _validation_auc(truth: Truth, recovered: Recovered) -> TruthRow:
    auc, low, high = recovered.validation_auc, recovered.auc_ci_low, recovered.auc_ci_high
    return TruthRow(
        "Validation AUC",
        "texture and kinetics follow the score",
        f"{_number(auc)} ({_number(low)} to {_number(high)})",
        "lower limit > 0.5, or 1 (then there is no interval)",
        low > 0.5 or auc == 1.0,
    )


def _genes(truth: Truth, recovered: Recovered) -> TruthRow:
    table = recovered.differential_expression
    planted = set(truth.planted_genes)
    top = list(table.sort_values("p_value", kind="stable").index[: len(planted)]) if len(table) else []
    share = sum(gene in planted for gene in top) / len(planted)
    return TruthRow(
        "Differential expression",
        f"{len(planted)} immune genes follow the score",
        f"{share:.0%} of the top {len(planted)} genes are planted",
        f">= {_MIN_GENE_SHARE:.0%}",
        share >= _MIN_GENE_SHARE,
    )


def _n_significant(recovered: Recovered, names: tuple[str, ...]) -> int:
    table = recovered.immune_cells
    found = [name for name in names if name in table.index]
    return int((table.loc[found, "p_adjusted"] < _ALPHA).sum()) if found else 0


def _immune_sets(truth: Truth, recovered: Recovered) -> TruthRow:
    names = truth.planted_sets
    n = _n_significant(recovered, names)
    return TruthRow(
        "Immune-cell sets",
        f"{len(names)} sets follow the score",
        f"{n} significant at FDR {_ALPHA}",
        f">= {_MIN_SET_SHARE:.0%}",
        n >= _MIN_SET_SHARE * len(names),
    )


def _null_sets(truth: Truth, recovered: Recovered) -> TruthRow:
    names = truth.null_sets
    n_found = sum(name in recovered.immune_cells.index for name in names)
    n = _n_significant(recovered, names)
    return TruthRow(
        "Null sets",
        f"{len(names)} sets do not follow it",
        f"{n} significant at FDR {_ALPHA}, {n_found} tested",
        f"<= {_MAX_NULL_SETS}",
        n <= _MAX_NULL_SETS and n_found == len(names),
    )


def _enriched_sets(truth: Truth, recovered: Recovered) -> TruthRow:
    table = recovered.enrichment
    tested = [name for name in truth.planted_sets if name in table.index]
    found = table.loc[tested] if tested else pd.DataFrame({"nes": [], "p_adjusted": []})
    n = int(((found["nes"] > 0) & (found["p_adjusted"] < _ALPHA)).sum())
    return TruthRow(
        "Enrichment",
        f"{len(tested)} of these sets are large enough for it",
        f"{n} enriched in high at FDR {_ALPHA}",
        f">= {_MIN_SET_SHARE:.0%}",
        bool(tested) and n >= _MIN_SET_SHARE * len(tested),
    )


def _against_chance(truth: Truth, recovered: Recovered) -> TruthRow:
    p_value = recovered.genes_against_chance
    return TruthRow(
        "Chance",
        "the groups' genes differ for a reason",
        f"p {_p(p_value)} with the labels dealt anew",
        f"<= {_ALPHA}",
        p_value <= _ALPHA,
    )


def _misregistered(truth: Truth, recovered: Recovered) -> TruthRow:
    moved = [p for p in truth.patients if p.fault == MISREGISTERED]
    flags = [flag for p in moved for flag in _gross_flags(p.patient_id, recovered) if p.jumped_phase in flag]
    ids = [p.patient_id for p in moved]
    others = [
        p.patient_id for p in truth.patients if p not in moved and _gross_flags(p.patient_id, recovered)
    ]
    return TruthRow(
        "Misregistered patient",
        f"{', '.join(ids)}: {', '.join(p.jumped_phase for p in moved)} jumps by 25 mm",
        f"{'; '.join(flags) or 'not flagged'} ({len(others)} others flagged so)",
        f"that phase flagged by {' or '.join(_MISREGISTRATION_RULES)}, at most {_MAX_OTHERS:.0%} of the others",
        bool(flags) and len(others) <= _MAX_OTHERS * len(truth.patients),
    )


def _gross_flags(patient_id: str, recovered: Recovered) -> list[str]:
    """Return what quality control says of a patient about gross misregistration."""
    flags = recovered.qc_flags.get(patient_id, ())
    return [flag for flag in flags if flag.startswith(_MISREGISTRATION_RULES)]


def _quarantined(fault: str, topic: str, planted: str, rules: tuple[str, ...]) -> Callable[..., TruthRow]:
    def row(truth: Truth, recovered: Recovered) -> TruthRow:
        ids = truth.with_fault(fault)
        found = [rule for key in ids for rule in recovered.rules(key)]
        return TruthRow(
            topic,
            f"{', '.join(ids)}: {planted}",
            f"quarantined by {', '.join(found)}" if found else "not quarantined",
            f"quarantined by {' or '.join(rules)}",
            bool(ids) and all(set(recovered.rules(key)) & set(rules) for key in ids),
        )

    return row


def _no_stils(truth: Truth, recovered: Recovered) -> TruthRow:
    ids = truth.with_fault(NO_STILS)
    told = set(recovered.set_aside) | {key for key, _ in recovered.quarantined}
    in_use = _in_use(recovered)
    state = "used for the signature" if set(ids) & in_use else "not used"
    return TruthRow(
        "Patient without sTIL",
        f"{', '.join(ids)}: no sTIL in the table",
        f"{state}, {'named' if set(ids) <= told else 'not named'} as set aside",
        "named, not used",
        bool(ids) and set(ids) <= told and not set(ids) & in_use,
    )


def _in_use(recovered: Recovered) -> set[str]:
    """Return the patients that train or validate the signature."""
    if "role" not in recovered.scores:
        return set()
    roles = recovered.scores["role"]
    return set(roles.index[roles.isin(["training", "validation"])])


def _nobody_lost(truth: Truth, recovered: Recovered) -> TruthRow:
    ids = {p.patient_id for p in truth.patients}
    accounted = _in_use(recovered) | {key for key, _ in recovered.quarantined} | set(recovered.set_aside)
    healthy = {p.patient_id for p in truth.patients if p.fault in ("", MISREGISTERED)}
    n_wrongly = len(
        {key for key, _ in recovered.quarantined} & {p.patient_id for p in truth.patients if not p.fault}
    )
    return TruthRow(
        "Patients accounted for",
        f"{len(ids)} patients, {len(healthy)} usable",
        f"{len(ids & accounted)} accounted for, {n_wrongly} without fault quarantined",
        "all, none",
        ids == accounted and n_wrongly == 0,
    )


def _times(truth: Truth, recovered: Recovered) -> TruthRow:
    readable = [p for p in truth.patients if p.fault != TRUNCATED]
    right = [p for p in readable if _same_times(p, recovered.times_s.get(p.patient_id, ()))]
    wrong = [p.patient_id for p in readable if p not in right]
    return TruthRow(
        "Phases and times",
        f"{len(readable)} readable series of 5 phases",
        f"{len(right)} told right" + (f"; wrong: {', '.join(wrong[:5])}" if wrong else ""),
        "all",
        not wrong,
    )


def _same_times(patient: PatientTruth, times_s: tuple[float, ...]) -> bool:
    if len(times_s) != len(patient.times_s):
        return False
    return bool(np.allclose(times_s, patient.times_s, rtol=0, atol=_TIME_TOLERANCE_S))


def _lesion_volume(truth: Truth, recovered: Recovered) -> TruthRow:
    errors = [
        abs(recovered.lesion_volume_mm3[p.patient_id] / p.lesion_volume_mm3 - 1.0)
        for p in truth.patients
        if p.patient_id in recovered.lesion_volume_mm3
    ]
    median = float(np.median(errors)) if errors else float("nan")
    return TruthRow(
        "Lesion volume",
        "true volume in post1",
        f"median error {_percent(median)} in {len(errors)} patients",
        f"<= {_MAX_VOLUME_ERROR:.0%}",
        median <= _MAX_VOLUME_ERROR,
    )


def _registration(truth: Truth, recovered: Recovered) -> TruthRow:
    errors = [
        abs(found - p.motion_mm[phase])
        for p in truth.patients
        for phase, found in recovered.displacement_mm.get(p.patient_id, {}).items()
        if phase in p.motion_mm and phase not in ("post1", p.jumped_phase)
    ]
    mean = float(np.mean(errors)) if errors else float("nan")
    return TruthRow(
        "Registration",
        "lesions move by 1 to 3 mm between phases",
        f"mean error of the displacement {_number(mean)} mm in {len(errors)} phases",
        f"<= {_MAX_REGISTRATION_ERROR_MM} mm",
        mean <= _MAX_REGISTRATION_ERROR_MM,
    )


def _number(value: float) -> str:
    return "not available" if np.isnan(value) else f"{value:.2f}"


def _p(value: float) -> str:
    return "not available" if np.isnan(value) else "< .001" if value < 0.001 else f"= {value:.3f}"


def _percent(value: float) -> str:
    return "not available" if np.isnan(value) else f"{value:.1%}"


#: The rows of the table, in order.
ROWS: tuple[Callable[[Truth, Recovered], TruthRow], ...] = (
    _latent_score,
    _validation_auc,
    _genes,
    _immune_sets,
    _null_sets,
    _enriched_sets,
    _against_chance,
    _times,
    _lesion_volume,
    _registration,
    _misregistered,
    _quarantined(WRONG_GRID, "Mask on a wrong grid", "identity affine", _GRID_RULES),
    _quarantined(TRUNCATED, "Truncated image", "one image cut in half", _TRUNCATED_RULES),
    _no_stils,
    _nobody_lost,
)
