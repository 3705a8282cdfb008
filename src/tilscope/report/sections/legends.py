"""Legends of all cohort figures, in one list, ready to paste."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tilscope.report.content import Content
from tilscope.report.pictures import figure_records
from tilscope.report.sections.section import Missing, Section


@dataclass(frozen=True, slots=True)
class Legend:
    """A figure's legend.

    Attributes
    ----------
    file : str
        Name of the figure's file, ``roc.pdf``.
    title, text : str
        Its first sentence without the full stop, and the sentences after it.
    """

    file: str
    title: str
    text: str


def legends_page(legends: Iterable[Legend]) -> bytes:
    """Return legends as Markdown, numbered."""
    told = (
        f"**Figure {number}. {legend.title}.** {legend.text}\n\nFile: `{legend.file}`\n"
        for number, legend in enumerate(legends, start=1)
    )
    return "\n".join(("## Figure legends\n", *told)).encode()


def written(content: Content) -> tuple[Legend, ...]:
    """Return the legends of the figures that the results allow, in the figures' order."""
    from tilscope.figures import FIGURES

    records = figure_records(content)
    drawn = [(figure, records[figure.name]) for figure in FIGURES if figure.name in records]
    return tuple(
        Legend(f"{figure.name}.pdf", figure.title, figure.legend(record)) for figure, record in drawn
    )


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return the legends and the file of them."""
    legends = written(content)
    if not legends:
        return Missing("There are no figures yet, hence no legends.", "tilscope run STUDY")
    return {"legends": legends, "file": "assets/tables/legends.md"}


def files(content: Content) -> Mapping[str, bytes]:
    """Return the legends as Markdown."""
    legends = written(content)
    return {"legends.md": legends_page(legends)} if legends else {}


LEGENDS = Section("legends", "Figure legends", view, files=files)
