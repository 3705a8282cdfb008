"""What became of the steps of the cohort, and with which settings every step ran."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

# In the order of a run; each with the steps from whose results it is made.
MADE_FROM: dict[str, tuple[str, ...]] = {
    "collect": (),
    "signature": ("collect",),
    "expression": (),
    "gene_sets": ("expression",),
    "biology": ("signature", "expression"),
    "enrichment": ("biology",),
    "molecules": ("signature", "expression"),
    "clusters": ("biology",),
    "robustness": ("biology",),
    "associations": ("signature",),
    "radiogenomics": ("biology",),
    "voxels": ("signature",),
}


@dataclass(frozen=True, slots=True)
class CohortStep:
    """How a step of the whole cohort ended; all texts are free of folders' names."""

    name: str
    state: str
    rule: str | None = None
    message: str | None = None
    found: str | None = None
    expected: str | None = None
    remedy: str | None = None
    reason: str | None = None

    @property
    def is_missing(self) -> bool:
        """Tell whether the step has no results."""
        return self.state in ("failed", "left out")

    @property
    def state_in_words(self) -> str:
        """Return how the step ended, to follow its name."""
        return "was left out" if self.state == "left out" else self.state


def settings_used(provenance: dict[str, Any]) -> dict[str, Any]:
    """Return the study's settings, overlaid by what the steps read.

    ``collect`` looks at settings that the patients' steps have acted on, so that theirs count.
    """
    settings: dict[str, Any] = deepcopy(provenance.get("settings") or {})
    steps = provenance.get("steps") or {}
    for name in sorted(steps, key=lambda name: name not in MADE_FROM):
        for key, value in (steps[name].get("settings") or {}).items():
            *rooms, last = key.split(".")
            place = settings
            for room in rooms:
                place = place.setdefault(room, {})
            place[last] = deepcopy(value)
    return settings


def read_steps(status: dict[str, Any]) -> tuple[CohortStep, ...]:
    """Return the steps of the cohort as status.json tells them, in the order of a run."""
    names = set(CohortStep.__dataclass_fields__) - {"name"}
    rows = status.get("cohort") or {}
    known = [name for name in MADE_FROM if name in rows]
    return tuple(
        CohortStep(name, **{k: v for k, v in rows[name].items() if k in names})
        for name in (*known, *(name for name in rows if name not in known))
    )


def without_results(cohort: tuple[CohortStep, ...]) -> frozenset[str]:
    """Return the steps whose results must not be shown: those that are missing, and what is made from them."""
    without = {s.name for s in cohort if s.is_missing and s.name in MADE_FROM}
    for name, parts in MADE_FROM.items():
        if without.intersection(parts):
            without.add(name)
    return frozenset(without)
