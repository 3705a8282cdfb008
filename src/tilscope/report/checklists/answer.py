"""What is said to one item of a checklist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

State = Literal["yes", "partly", "no", "not applicable", "for you"]
STATES: Final[tuple[State, ...]] = get_args(State)
# What authors may answer: anything but leaving it open.
DECISIONS: Final[tuple[State, ...]] = STATES[:-1]

# What is left to do for the authors, wholly or in part.
OPEN: Final[tuple[State, ...]] = ("partly", "for you")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to one item.

    Attributes
    ----------
    state : {"yes", "partly", "no", "not applicable", "for you"}
        ``partly``: the report has a part, the rest is the authors'; ``for you``: only the authors know.
    says : str
        One or two sentences with the numbers, or what to do.
    evidence : str
        Name of the section of the report that shows it; empty for none.
    """

    state: State
    says: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class AuthorAnswer:
    """What the authors wrote to one item in ``checklists.toml``."""

    text: str
    state: State = "yes"
