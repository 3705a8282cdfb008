"""The METRICS score: the weights of the items answered yes over those of all items that apply.

References
----------
Kocak B et al. Insights Imaging 2024;15:8: items that do not apply leave both sums; the categories of quality are the
authors' own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tilscope.report.checklists.answer import OPEN, State

CATEGORIES = ((20.0, "very low"), (40.0, "low"), (60.0, "moderate"), (80.0, "good"), (100.0, "excellent"))


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one set of answers.

    Attributes
    ----------
    percent : float
        0 to 100; anything but yes counts as no.
    if_open_were_yes : float
        The same if every item that is open were answered yes.
    n_open : int
        Number of items that are left to the authors, wholly or in part.
    n_applicable : int
        Number of items that count.
    """

    percent: float
    if_open_were_yes: float
    n_open: int
    n_applicable: int

    @property
    def category(self) -> str:
        """Return the category of the percentage as it is printed, with one decimal."""
        return category(self.percent)


def category(percent: float) -> str:
    """Return ``very low`` (under 20), ``low`` (40), ``moderate`` (60), ``good`` (80) or ``excellent``."""
    printed = round(percent, 1)
    return next((name for limit, name in CATEGORIES if printed < limit), CATEGORIES[-1][1])


def metrics_score(states: Mapping[str, State], weights: Mapping[str, float]) -> Score:
    """Return the score of the answers.

    Parameters
    ----------
    states : mapping of item number to state
        ``not applicable`` leaves the item out; ``yes`` counts; ``partly``, ``no`` and ``for you`` count as no.
    weights : mapping of item number to float
        For the same items.
    """
    applicable = [number for number in weights if states[number] != "not applicable"]
    whole = sum(weights[number] for number in applicable)
    earned = sum(weights[number] for number in applicable if states[number] == "yes")
    opened = [number for number in applicable if states[number] in OPEN]
    if whole == 0:
        return Score(0.0, 0.0, 0, 0)
    most = earned + sum(weights[number] for number in opened)
    return Score(100 * earned / whole, 100 * most / whole, len(opened), len(applicable))
