"""What an audit says: one finding per published number, and all of them together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["consistent", "consistent only if", "inconsistent", "cannot be checked"]
VERDICTS: tuple[Verdict, ...] = ("inconsistent", "consistent only if", "cannot be checked", "consistent")


@dataclass(frozen=True, slots=True)
class Finding:
    """One published number, recomputed.

    Attributes
    ----------
    place : str
        Where it stands: the name that the claim was given.
    claim : str
        The number or numbers, as printed.
    verdict : {"consistent", "consistent only if", "inconsistent", "cannot be checked"}
        Whether it can be true. ``consistent only if`` names its condition in ``condition``.
    reason : str
        Why, in one sentence with numbers.
    condition : str
        What must hold; empty for the other verdicts.
    details : mapping
        Numbers for programs: matrices, tests with their p values, ranges. JSON types only.
    """

    place: str
    claim: str
    verdict: Verdict
    reason: str
    condition: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def says(self) -> str:
        """Condition and reason as one line."""
        return f"{self.condition}; {self.reason}" if self.condition else self.reason

    def as_record(self) -> dict[str, Any]:
        """Return the fields as plain JSON types."""
        return {
            "place": self.place,
            "claim": self.claim,
            "verdict": self.verdict,
            "condition": self.condition or None,
            "reason": self.reason,
            "details": dict(self.details),
        }


@dataclass(frozen=True, slots=True)
class Audit:
    """All findings on one paper or report.

    Attributes
    ----------
    title, source : str
        What was audited, and where it was published.
    findings : tuple of Finding
        In the order of the claims.
    """

    title: str
    source: str
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> dict[Verdict, int]:
        """Number of findings by verdict, the worst first."""
        return {verdict: sum(f.verdict == verdict for f in self.findings) for verdict in VERDICTS}

    @property
    def contradictions(self) -> tuple[Finding, ...]:
        """Findings that are inconsistent."""
        return tuple(f for f in self.findings if f.verdict == "inconsistent")

    def as_record(self) -> dict[str, Any]:
        """Return everything as plain JSON types."""
        return {
            "title": self.title,
            "source": self.source,
            "counts": dict(self.counts),
            "findings": [f.as_record() for f in self.findings],
        }


def possible(
    place: str, claim: str, reason: str, condition: str = "", details: Mapping[str, Any] | None = None
) -> Finding:
    """Return the finding that something can be true: without a condition, or only under one."""
    verdict: Verdict = "consistent only if" if condition else "consistent"
    return Finding(place, claim, verdict, reason, condition, details or {})


def plain(value: float, decimals: int = 3) -> str:
    """Return a number as this field prints it: ``.780``, ``-.12``, ``1.155``; ``<.001`` for tiny positive ones."""
    if not math.isfinite(value):
        return "undefined"
    if 0 < value < 0.5 * 10**-decimals:
        return f"<.{'0' * (decimals - 1)}1"
    text = f"{value:.{decimals}f}"
    if text.startswith(("0.", "-0.")):
        return text.replace("0.", ".", 1)
    return text


def listed(words: list[str] | tuple[str, ...]) -> str:
    """Return ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
