"""The audit: every claim goes through the checks of its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tilscope.signature.audit.auc import check_auc
from tilscope.signature.audit.bounds import check_statistic, check_total
from tilscope.signature.audit.claims import Claims, PerformanceClaim
from tilscope.signature.audit.confusion import check_confusion
from tilscope.signature.audit.equations import check_equation
from tilscope.signature.audit.findings import Audit, Finding
from tilscope.signature.audit.intervals import check_intervals
from tilscope.signature.audit.percentages import check_percentage
from tilscope.signature.audit.table_one import check_comparison


def check_performance(claim: PerformanceClaim) -> Iterator[Finding]:
    """Yield findings on the confusion matrix, on the intervals of its shares, and on the AUC."""
    yield from check_confusion(claim)
    yield from check_intervals(claim)
    yield from check_auc(claim)


@dataclass(frozen=True, slots=True)
class Check:
    """What is done to one kind of claim.

    Attributes
    ----------
    kind : str
        Field of ``Claims``.
    find : callable (claim) -> iterator of Finding
        The check.
    """

    kind: str
    find: Callable[[Any], Iterator[Finding]]


CHECKS: tuple[Check, ...] = (
    Check("totals", check_total),
    Check("percentages", check_percentage),
    Check("comparisons", check_comparison),
    Check("performance", check_performance),
    Check("equations", check_equation),
    Check("statistics", check_statistic),
)


def audit(claims: Claims) -> Audit:
    """Recompute everything that was claimed.

    Parameters
    ----------
    claims : Claims
        Printed numbers, with the decimals that are printed.

    Returns
    -------
    Audit
        One finding or more per claim.
    """
    findings = tuple(
        finding for check in CHECKS for claim in getattr(claims, check.kind) for finding in check.find(claim)
    )
    return Audit(claims.title, claims.source, findings)
