"""What every section of the report is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tilscope.report.content import Content
from tilscope.report.steps import CohortStep
from tilscope.report.wording import reason


@dataclass(frozen=True, slots=True)
class Missing:
    """Results that a section needs and that are not there.

    Attributes
    ----------
    what : str
        What is missing, as a sentence.
    command : str
        The command that makes it (without the study's folder, which the report never names).
    why, remedy : str or None
        Why the step that makes it has failed or was left out, and what to do first.
    """

    what: str
    command: str
    why: str | None = None
    remedy: str | None = None


def missing_result(content: Content, step: str, what: str, command: str) -> Missing:
    """Return what is missing; with the reason where the step that makes it failed or was left out."""
    ended = content.missing_step(step)
    if ended is None:
        return Missing(what, command)
    return Missing(what, command, f"The step {step} {ended.state_in_words}: {why(ended)}", ended.remedy)


def why(step: CohortStep) -> str:
    """Return why a step of the cohort has no results, with its rule, as one sentence."""
    rule = f"{step.rule}, " if step.rule else ""
    return rule + reason(step.message or step.reason, step.found, step.expected)


@dataclass(frozen=True, slots=True)
class Presented:
    """A section ready for its template."""

    name: str
    title: str
    template: str
    view: Mapping[str, Any]
    missing: Missing | None
    badge: str | None


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the report: the entry of its file in one of the ``PAGES``.

    Attributes
    ----------
    name : str
        Anchor on the page, and stem of its template.
    title : str
        Heading.
    view : callable (content) -> mapping, Missing or None
        What the template gets; Missing where results are not there; None where the section has no place.
    badge : callable (content) -> str or None
        A short text beside the name in the list of contents.
    files : callable (content) -> mapping of name to bytes
        Tables for other programs, which the page keeps in ``assets/tables``.
    parts : callable (view) -> sequence of mapping
        The views of consecutive pages, where one page would be too long (patients, by the thousand).
    """

    name: str
    title: str
    view: Callable[[Content], Mapping[str, Any] | Missing | None]
    badge: Callable[[Content], str | None] = lambda _content: None
    files: Callable[[Content], Mapping[str, bytes]] = lambda _content: {}
    parts: Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]]] = lambda view: (view,)

    def present(self, content: Content) -> tuple[Presented, ...]:
        """Return the section for this content, one for each of its pages; none where it has no place."""
        view = self.view(content)
        if view is None:
            return ()
        missing = view if isinstance(view, Missing) else None
        views = ({},) if isinstance(view, Missing) else self.parts(view)
        template, badge = f"{self.name}.html.j2", self.badge(content)
        return tuple(Presented(self.name, self.title, template, each, missing, badge) for each in views)
