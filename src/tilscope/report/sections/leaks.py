"""Which patients each fitted number saw, held against the roles of the scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Section
from tilscope.report.tables import Cell, Table, table


def view(content: Content) -> Mapping[str, Any] | None:
    """Return the ledger of the fit, checked against scores.tsv, and the proof by replacement."""
    if content.leak_proof is None or content.scores is None:
        return None
    entries = content.leak_proof["fitted"]
    roles = {str(key): str(role) for key, role in content.scores["role"].items()}
    others = [
        name for entry in entries for name, n in _roles(entry, roles).items() if name != "training" and n
    ]
    return {
        "table": _table(entries, roles),
        "is_clean": not others,
        "n_entries": len(entries),
        "replaced": content.leak_proof.get("replaced"),
    }


def _table(entries: list[dict[str, Any]], roles: Mapping[str, str]) -> Table:
    rows = [
        (
            entry["what"],
            entry["how"],
            "features and classes" if entry["uses_outcome"] else "features only",
            _counted(_roles(entry, roles)),
        )
        for entry in entries
    ]
    headings = ("Fitted", "How", "Saw", "Patients")
    return table("Everything that was decided from data, in its order", headings, rows, can_sort=False)


def _roles(entry: Mapping[str, Any], roles: Mapping[str, str]) -> Counter[str]:
    return Counter(roles.get(participant, "unknown") for participant in entry["participants"])


def _counted(found: Counter[str]) -> Cell:
    words = ", ".join(f"{n} {role}" for role, n in sorted(found.items()))
    is_leak = any(role != "training" for role in found)
    return Cell(words, mark="not for training" if is_leak else None)


LEAKS = Section("leaks", "What each number saw", view)
