"""How far the review is, and who comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tilscope.review.cases import Case


@dataclass(frozen=True)
class Progress:
    """All patients in the order of the page.

    Attributes
    ----------
    cases : mapping of str to Case
        Every patient by key, sorted.
    """

    cases: Mapping[str, Case]

    @property
    def n_ratable(self) -> int:
        """Number of patients with pictures to rate."""
        return sum(case.is_ratable for case in self.cases.values())

    @property
    def n_rated(self) -> int:
        """Number of patients whose present pictures are rated."""
        return sum(case.is_rated for case in self.cases.values())

    def count(self, state: str) -> int:
        """Return how many patients are in a state."""
        return sum(case.state == state for case in self.cases.values())

    def position(self, key: str) -> int:
        """Return a patient's place in the order, from 1."""
        return list(self.cases).index(key) + 1

    def neighbour(self, key: str, step: int) -> str | None:
        """Return the address of the patient ``step`` places on, or None beyond the ends."""
        keys = list(self.cases)
        place = keys.index(key) + step
        return f"/patients/{keys[place]}" if 0 <= place < len(keys) else None

    def next_open(self, key: str | None = None) -> str:
        """Return the address of the next patient who waits for a rating, round the end; else the overview's."""
        keys = list(self.cases)
        start = keys.index(key) + 1 if key is not None else 0
        waiting = (k for k in keys[start:] + keys[:start] if k != key and self._is_open(k))
        return next((f"/patients/{k}" for k in waiting), "/")

    def _is_open(self, key: str) -> bool:
        case = self.cases[key]
        return case.is_ratable and not case.is_rated
