"""One item of a checklist, and a checklist."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tilscope.report.checklists.answer import Answer
from tilscope.report.content import Content

Answering = Callable[[Content], Answer]


@dataclass(frozen=True, slots=True)
class Item:
    """One item.

    Attributes
    ----------
    number : str
        As the checklist prints it.
    part : str
        The part of the paper, or the category.
    topic : str
        What it is about, in our words.
    asks : str
        What must be told, in our words.
    answer : callable (content) -> Answer
        The answer that the study's results give.
    weight : float
        METRICS' weight; 0 elsewhere.
    """

    number: str
    part: str
    topic: str
    asks: str
    answer: Answering
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Condition:
    """A question on which it depends whether items count.

    Attributes
    ----------
    asks : str
        The question, in our words.
    items : tuple of str
        Numbers of the items that count only where it is met.
    is_met : bool
        Whether a study of tilscope meets it; an item that the authors answer counts all the same.
    says : str
        Why.
    """

    asks: str
    items: tuple[str, ...]
    is_met: bool
    says: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """A published checklist.

    Attributes
    ----------
    name : str
        Its table in ``checklists.toml``, and the stem of its files.
    title : str
        As it is called.
    purpose : str
        What it is for, in one sentence.
    reference : str
        The publication.
    items : tuple of Item
        In its order.
    conditions : tuple of Condition
        METRICS' five; none elsewhere.
    """

    name: str
    title: str
    purpose: str
    reference: str
    items: tuple[Item, ...]
    conditions: tuple[Condition, ...] = ()


def by_authors(where: str) -> Answering:
    """Return an answer that only the authors can give; ``where`` says where it is written."""
    answer = Answer("for you", where)
    return lambda _content: answer
