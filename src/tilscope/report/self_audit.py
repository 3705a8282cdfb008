"""The audit of published numbers, on our own report before it is written.

What the page prints is read back as text and recomputed: patients' flow, Table 1, confusion matrices, shares and their
intervals, AUC. Confusion matrices and AUC are also made anew from the patients' scores, by another way than the one
that made them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tilscope.report.content import Content
from tilscope.report.performances import Performance
from tilscope.report.sections.cohort import NAMES, compared_characteristics
from tilscope.report.sections.performance import MEASURES, RoleView
from tilscope.report.sections.performance import view as performance_view
from tilscope.report.wording import NONE, fixed, interval, p_value
from tilscope.signature.audit import Finding, Verdict, audit, parse_claims
from tilscope.signature.audit.claims import MAX_ITEMS
from tilscope.signature.audit.printed import parse_printed
from tilscope.statistics import roc_auc
from tilscope.statistics.roc import Interval
from tilscope.vocabulary import AuditError, TilscopeError

NOTICE = "AUD-94: numbers of this report contradict each other"
REMEDY = (
    "A file of the results was altered, or tilscope is wrong. Delete the folder derivatives/signature and run again; "
    "if this notice stays, report it to the developers."
)
TABLE_ONE, FLOW = "Table 1", "Flow of patients"
TESTS = {
    "Pearson chi-square": "pearson", "Pearson chi-square (Yates)": "yates", "Fisher exact": "fisher",
    "Student t": "student", "Welch t": "welch", "ANOVA": "anova", "Wilcoxon rank-sum, ordered levels": "wilcoxon",
}  # fmt: skip
"""Tests whose p follows from what Table 1 prints."""
_AUC = re.compile(r"AUC (?P<auc>[\d.]+)(?: \(\d+% CI (?P<low>[\d.]+)–(?P<high>[\d.]+)\))?")
_MAX_NAME = 150


@dataclass(frozen=True, slots=True)
class SelfAudit:
    """What was recomputed of a report.

    Attributes
    ----------
    findings : tuple of Finding
        One per printed number or set of numbers.
    contradictions : tuple of Finding
        Those that cannot be right.
    """

    findings: tuple[Finding, ...]
    contradictions: tuple[Finding, ...]

    @property
    def in_words(self) -> str:
        """``Numbers recomputed: 41 of 41 consistent``."""
        n = len(self.findings)
        return f"Numbers recomputed: {n - len(self.contradictions)} of {n} consistent"

    notice = NOTICE
    remedy = REMEDY


def audit_own(content: Content) -> SelfAudit:
    """Recompute what the report prints.

    Parameters
    ----------
    content : Content
        What the report is made of.

    Returns
    -------
    SelfAudit
        Empty where nothing has been computed yet. Of a number whose test or positive class we know, "consistent
        only if" something else holds is a contradiction, too.
    """
    claims = {
        "totals": list(_totals(content)),
        "comparisons": list(_table_one(content)),
        "performance": [_performance(role) for role in _roles(content)],
    }
    claimed = _recomputed(claims) if any(claims.values()) else ()
    findings = (*(f for f in claimed if f.verdict != "cannot be checked"), *_from_scores(content))
    return SelfAudit(findings, tuple(f for f in findings if not _is_right(f)))


def _recomputed(claims: dict[str, list[dict[str, Any]]]) -> tuple[Finding, ...]:
    """Return the findings on printed texts; a text that cannot be read as a number is one, too."""
    try:
        return audit(parse_claims({kind: found[:MAX_ITEMS] for kind, found in claims.items()})).findings
    except AuditError as error:
        return (
            Finding("Report", "printed numbers", "inconsistent", f"{error.message}, found {error.found}"),
        )


def _is_right(finding: Finding) -> bool:
    """Only an AUC may depend on a condition: that scores tie."""
    return finding.verdict == "consistent" or (
        finding.verdict == "consistent only if" and finding.claim.startswith(("AUC", "width of AUC"))
    )


def _totals(content: Content) -> Iterator[dict[str, Any]]:
    """Yield the patients by state; and of each role those of both classes, who must be in the table of scores."""
    if content.patients:
        yield {"name": FLOW, "whole": len(content.patients), "parts": content.counts}
    compared = content.compared
    for row in content.performance:
        if compared is not None:
            whole = int((compared["role"] == row.role).sum())
            parts = {row.positive: row.n_positive, row.negative: row.n_negative}
            yield {"name": f"{row.role.capitalize()} patients", "whole": whole, "parts": parts}


def _roles(content: Content) -> tuple[RoleView, ...]:
    found = performance_view(content)
    return found["roles"] if isinstance(found, Mapping) else ()


def _performance(role: RoleView) -> dict[str, Any]:
    """Return one role's numbers as the page prints them."""
    row = role.row
    claim: dict[str, Any] = {
        "name": f"{row.role.capitalize()} performance",
        "positive": row.positive,
        "negative": row.negative,
        "n_positive": row.n_positive,
        "n_negative": row.n_negative,
        "confidence": f"{100 * row.confidence:g} %",
        **{name: str(getattr(row, name)) for name in ("tp", "fn", "fp", "tn")},
    }
    printed = {cells[0].text: [cell.text for cell in cells] for cells in role.measures.rows}
    for words, name in MEASURES:
        _, _, value, limits = printed[words]
        if value != NONE:
            claim |= {name: value, f"{name}_ci": limits}
    found = _AUC.match(role.auc)
    if found is not None:
        claim["auc"] = found["auc"]
        claim |= {"auc_ci": [found["low"], found["high"]]} if found["low"] else {}
    return claim


def _table_one(content: Content) -> Iterator[dict[str, Any]]:
    """Yield one table per variable of Table 1, so that each has the one test that was done."""
    try:
        found, _ = compared_characteristics(content)
    except TilscopeError:
        return
    compared, participants = content.compared, content.participants
    if found is None or compared is None or participants is None:
        return
    known = compared[compared.index.isin(participants.index)]
    groups = {role: int((known["role"] == role).sum()) for role in known["role"].unique() if role in found}
    for variable, rows in found.groupby("variable", sort=False):
        claim = _variable(str(variable), rows, list(groups))
        if claim is not None:
            test = TESTS.get(str(rows["test"].iloc[0]))
            tests = [] if test is None else [test]
            yield {"name": TABLE_ONE, "groups": groups, "tests": tests, "variables": [claim]}


def _variable(name: str, rows: pd.DataFrame, groups: Sequence[str]) -> dict[str, Any] | None:
    """Return one variable as it is printed; None where a group has no value."""
    first, missing = rows.iloc[0], rows[rows["row"] == "missing"]
    claim: dict[str, Any] = {
        "name": NAMES.get(name, name)[:_MAX_NAME] or "no name",
        "missing": [0] * len(groups)
        if missing.empty
        else [int(missing[group].iloc[0].split()[0]) for group in groups],
        "unknown_levels": [],
    }
    text = p_value(float(first["p_value"])) if str(first["test"]) in TESTS else NONE
    claim |= {} if text == NONE else {"p": text}
    cells = [str(first[group]) for group in groups]
    if any("NA" in cell for cell in cells):
        return None
    if first["row"] == "level":
        levels = rows[rows["row"] == "level"]
        counts = {
            str(row["level"])[:_MAX_NAME]: [row[group] for group in groups] for _, row in levels.iterrows()
        }
        return claim | {"counts": counts, "ordered": "ordered" in str(first["test"])}
    kind = "medians" if str(first["level"]).startswith("median") else "means"
    return claim | {kind: cells}


def _from_scores(content: Content) -> Iterator[Finding]:
    """Yield findings on each role's confusion matrix and AUC, made anew from the table of scores."""
    compared = content.compared
    if compared is None:
        return
    for row in content.performance:
        patients = compared[compared["role"] == row.role]
        if not patients.empty:
            yield _recounted(row, patients)
            if row.auc is not None:
                yield _ranked(row, patients)
                yield _limits(row, patients)


def _recounted(row: Performance, patients: pd.DataFrame) -> Finding:
    truth = (patients["til_level"] == row.positive).to_numpy()
    called = (patients["rad_tils_level"] == row.positive).to_numpy()
    pairs = {"tp": truth & called, "fn": truth & ~called, "fp": ~truth & called, "tn": ~truth & ~called}
    counted = {name: int(which.sum()) for name, which in pairs.items()}
    printed = {name: getattr(row, name) for name in counted}
    place, claim = f"{row.role.capitalize()} performance", f"confusion matrix {_in_words(printed)}"
    verdict: Verdict = "consistent" if counted == printed else "inconsistent"
    return Finding(place, claim, verdict, f"the patients' scores give {_in_words(counted)}")


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())


def _ranked(row: Performance, patients: pd.DataFrame) -> Finding:
    """Compare the AUC with the one from rank sums (Mann-Whitney), which has no curve and no pairs."""
    truth = (patients["til_level"] == row.positive).to_numpy()
    ranks = patients["rad_tils_score"].rank().to_numpy(dtype=np.float64)
    m, n = int(truth.sum()), int((~truth).sum())
    place, claim = f"{row.role.capitalize()} performance", f"AUC {fixed(row.auc)} of the scores"
    if not m or not n:
        return Finding(place, claim, "inconsistent", "the patients' scores are of one class only")
    area = (ranks[truth].sum() - m * (m + 1) / 2) / (m * n)
    is_right = parse_printed(fixed(row.auc)).span().holds(float(area))
    reason = f"the ranks of the patients' scores give {fixed(float(area))}"
    return Finding(place, claim, "consistent" if is_right else "inconsistent", reason)


def _limits(row: Performance, patients: pd.DataFrame) -> Finding:
    """Compare the printed interval with the one that DeLong's variance of the patients' scores gives."""
    level = patients["til_level"].to_numpy(dtype=object)
    scores = patients["rad_tils_score"].to_numpy(dtype=np.float64)
    kind: Interval = "logit" if row.interval == "logit" else "delong"
    found = roc_auc(level, scores, row.positive, confidence=row.confidence, interval=kind)
    low, high = (float(end) if np.isfinite(end) else None for end in (found.ci_low, found.ci_high))
    printed, anew = interval(row.ci_low, row.ci_high), interval(low, high)
    verdict: Verdict = "consistent" if printed == anew else "inconsistent"
    place = f"{row.role.capitalize()} performance"
    return Finding(
        place, f"AUC interval {printed} of the scores", verdict, f"the patients' scores give {anew}"
    )
