"""Claims from a mapping of texts, as an audit file holds it; a fault is named with its place."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from tilscope.signature.audit.claims import (
    Claim,
    Claims,
    ComparisonClaim,
    EquationClaim,
    PercentageClaim,
    PerformanceClaim,
    StatisticClaim,
    TotalClaim,
    Variable,
)
from tilscope.vocabulary import AuditError

KINDS: dict[str, type[Claim]] = {
    "performance": PerformanceClaim,
    "comparisons": ComparisonClaim,
    "variables": Variable,
    "totals": TotalClaim,
    "percentages": PercentageClaim,
    "equations": EquationClaim,
    "statistics": StatisticClaim,
}
"""Key of a list -> the record of its items."""


def parse_claims(content: Mapping[str, Any], file: str | None = None) -> Claims:
    """Check a mapping and return its claims.

    Parameters
    ----------
    content : mapping
        Keys as in ``Claims``; numbers as texts, with the decimals that are printed.
    file : str, optional
        Name of the file, for the message.

    Raises
    ------
    AuditError
        ``AUD-91`` for an unknown key, with the nearest valid one; ``AUD-92`` for an impossible value, or
        where nothing is claimed.
    """
    try:
        claims = Claims.model_validate(dict(content))
    except ValidationError as error:
        raise _refusal(error, file) from None
    if not any(getattr(claims, kind) for kind in KINDS if kind in Claims.model_fields):
        raise AuditError(
            "AUD-92",
            "the file claims nothing that can be recomputed",
            file=file,
            expected=f"at least one of {', '.join(k for k in KINDS if k in Claims.model_fields)}",
            remedy="Start from tilscope audit --template.",
        )
    return claims


def _refusal(error: ValidationError, file: str | None) -> AuditError:
    faults = error.errors(include_url=False)
    unknown = next((fault for fault in faults if fault["type"] == "extra_forbidden"), None)
    first = faults[0] if unknown is None else unknown
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    if unknown is not None:
        return AuditError(
            "AUD-91",
            f"unknown key{more}",
            file=file,
            found=f"'{place}'",
            expected=_nearest(first["loc"]),
            remedy="Correct the key or delete it; tilscope audit --template lists all.",
        )
    return AuditError(
        "AUD-92",
        f"impossible value for '{place}'{more}",
        file=file,
        found=reprlib.repr(first.get("input")),
        expected=first["msg"].removeprefix("Value error, "),
        remedy="Correct the value.",
    )


def _nearest(place: tuple[str | int, ...]) -> str:
    """Return the valid key that is nearest to the last part of a place, or all that are valid there."""
    *parents, wrong = place
    lists = [part for part in parents if part in KINDS]
    model: type[BaseModel] = KINDS[str(lists[-1])] if lists else Claims
    names = list(model.model_fields)
    near = difflib.get_close_matches(str(wrong), names, n=1, cutoff=0.5)
    return f"'{near[0]}'" if near else f"one of {', '.join(names)}"
