"""The record of the flow of patients."""

from __future__ import annotations

from collections import Counter

from tilscope.figures import FlowStep, PatientFlow
from tilscope.report.content import ROLES, Content


def flow(content: Content) -> PatientFlow | None:
    """Say who came in, who left and why, who was analysed; the numbers always add up."""
    if not content.patients:
        return None
    counts = content.counts
    with_features = counts["done"] + counts["set aside"]
    steps = [
        FlowStep("Patients in the study", sum(counts.values())),
        FlowStep("Images, lesion and features", with_features, _reasons(content, "quarantined", "waiting")),
        FlowStep("With a usable sTIL percentage", counts["done"], _reasons(content, "set aside")),
    ]
    compared = content.compared
    if compared is None:
        return PatientFlow(tuple(steps))
    n_scored = len(compared)
    if n_scored < counts["done"]:
        left = (("no part in the signature", counts["done"] - n_scored),)
        steps.append(FlowStep("In the signature", n_scored, left))
    roles = compared["role"].value_counts()
    branches = tuple((role.capitalize(), int(roles[role])) for role in ROLES if role in roles)
    return PatientFlow(tuple(steps), branches)


def _reasons(content: Content, *states: str) -> tuple[tuple[str, int], ...]:
    reasons: Counter[str] = Counter()
    for patient in content.patients.values():
        if patient.state in states:
            reason = "not run yet" if patient.state == "waiting" else patient.message or "no reason given"
            reasons[f"{patient.rule}: {reason}" if patient.rule else reason] += 1
    return tuple(reasons.most_common())
