"""A checklist answered for one study: from its results, and by what the authors wrote."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from tilscope.report.checklists.answer import OPEN, STATES, Answer, AuthorAnswer, State
from tilscope.report.checklists.clear import CLEAR
from tilscope.report.checklists.item import Checklist, Item
from tilscope.report.checklists.metrics import METRICS
from tilscope.report.checklists.scoring import Score, metrics_score
from tilscope.report.checklists.tripod_ai import TRIPOD_AI
from tilscope.report.content import Content

CHECKLISTS = (CLEAR, METRICS, TRIPOD_AI)


@dataclass(frozen=True, slots=True)
class Answered:
    """One item with its answer.

    Attributes
    ----------
    item : Item
        The question.
    state : State
        The authors' where they answered, else that of the results.
    says : str
        The authors' text, and what the results say.
    evidence : str
        Name of the section that shows it; empty for none.
    is_authors : bool
        Whether the authors answered.
    is_contradicted : bool
        Whether their yes or no is the opposite of what the results say.
    """

    item: Item
    state: State
    says: str
    evidence: str
    is_authors: bool = False
    is_contradicted: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether something is left for the authors."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class AnsweredChecklist:
    """One checklist with all its answers, and the METRICS score where it is METRICS."""

    checklist: Checklist
    rows: tuple[Answered, ...]
    score: Score | None

    @property
    def counts(self) -> dict[State, int]:
        """Number of items in each state, in the order of the states."""
        found = Counter(row.state for row in self.rows)
        return {state: found[state] for state in STATES}

    @property
    def n_open(self) -> int:
        """Number of items that leave something for the authors."""
        return sum(row.is_open for row in self.rows)


@lru_cache(maxsize=1)
def answered(content: Content) -> tuple[AnsweredChecklist, ...]:
    """Return every checklist with the answers that this study's results and its authors give."""
    return tuple(_answered(checklist, content) for checklist in CHECKLISTS)


def _answered(checklist: Checklist, content: Content) -> AnsweredChecklist:
    given = content.authors.get(checklist.name, {})
    left_out = {
        number: Answer("not applicable", condition.says)
        for condition in checklist.conditions
        if not condition.is_met
        for number in condition.items
    }
    rows = tuple(
        merged(item, left_out.get(item.number) or item.answer(content), given.get(item.number))
        for item in checklist.items
    )
    weights = {item.number: item.weight for item in checklist.items if item.weight}
    states = {row.item.number: row.state for row in rows}
    return AnsweredChecklist(checklist, rows, metrics_score(states, weights) if weights else None)


def merged(item: Item, found: Answer, given: AuthorAnswer | None) -> Answered:
    """Return the authors' answer beside that of the results; a contradiction is told, not hidden."""
    if given is None:
        return Answered(item, found.state, found.says, found.evidence)
    opposite = {found.state, given.state} == {"yes", "no"}
    says = f"Authors: {given.text}"
    if opposite:
        says += f" The results of this study say {found.state}: {found.says}"
    elif found.state in ("yes", "partly", "no") and found.evidence:
        says += f" From the study: {found.says}"
    return Answered(item, given.state, says, found.evidence, is_authors=True, is_contradicted=opposite)
