"""The checklists that journals ask for: what the study answers by itself, and what is left for the authors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tilscope.report.checklists.answering import Answered, AnsweredChecklist, answered
from tilscope.report.checklists.authors import FILE
from tilscope.report.checklists.scoring import Score
from tilscope.report.checklists.writing import TEMPLATE
from tilscope.report.checklists.writing import files as written
from tilscope.report.content import Content
from tilscope.report.sections.associations import ASSOCIATIONS
from tilscope.report.sections.cohort import COHORT
from tilscope.report.sections.genes import GENES
from tilscope.report.sections.harmonisation import HARMONISATION
from tilscope.report.sections.honesty import HONESTY
from tilscope.report.sections.leaks import LEAKS
from tilscope.report.sections.methods import METHODS
from tilscope.report.sections.performance import PERFORMANCE
from tilscope.report.sections.provenance import PROVENANCE
from tilscope.report.sections.quality import QUALITY
from tilscope.report.sections.quarantine import QUARANTINE
from tilscope.report.sections.reproducibility import REPRODUCIBILITY
from tilscope.report.sections.section import Section
from tilscope.report.sections.signature import SIGNATURE
from tilscope.report.sections.summary import SUMMARY
from tilscope.report.tables import Cell, Table, table

# Sections that an answer may point to.
EVIDENCE = {
    section.name: section.title
    for section in (ASSOCIATIONS, COHORT, GENES, HARMONISATION, HONESTY, LEAKS, METHODS, PERFORMANCE, PROVENANCE,
                    QUALITY, QUARANTINE, REPRODUCIBILITY, SIGNATURE, SUMMARY)
}  # fmt: skip
# States, and the colours of the badges that have them already; the words say it without the colour.
BADGES = {"yes": "done", "partly": "flag", "no": "failed", "not applicable": "none", "for you": "waiting"}


@dataclass(frozen=True, slots=True)
class ShownChecklist:
    """One checklist on the page.

    Attributes
    ----------
    title, purpose, reference : str
        Which it is.
    counted : str
        How many items are in which state.
    score : Score or None
        METRICS' score.
    conditions : tuple of (str, str, str)
        METRICS' conditions: question, yes or no, and why.
    table : Table
        One row per item.
    n_contradicted : int
        Number of the authors' answers that the results contradict.
    stem : str
        Of its files.
    """

    title: str
    purpose: str
    reference: str
    counted: str
    score: Score | None
    conditions: tuple[tuple[str, str, str], ...]
    table: Table
    n_contradicted: int
    stem: str


def view(content: Content) -> Mapping[str, Any]:
    """Return the checklists with their answers."""
    found = answered(content)
    return {
        "checklists": tuple(_shown(one) for one in found),
        "n_items": sum(len(one.rows) for one in found),
        "n_open": sum(one.n_open for one in found),
        "n_authors": sum(row.is_authors for one in found for row in one.rows),
        "authors_file": FILE,
        "template": f"assets/tables/{TEMPLATE}",
    }


def _shown(one: AnsweredChecklist) -> ShownChecklist:
    listed = one.checklist
    return ShownChecklist(
        title=listed.title,
        purpose=listed.purpose,
        reference=listed.reference,
        counted=", ".join(f"{n} {state}" for state, n in one.counts.items() if n),
        score=one.score,
        conditions=tuple((c.asks, "yes" if c.is_met else "no", c.says) for c in listed.conditions),
        table=_table(one),
        n_contradicted=sum(row.is_contradicted for row in one.rows),
        stem=f"assets/tables/checklist_{listed.name}",
    )


def _table(one: AnsweredChecklist) -> Table:
    is_weighted = one.score is not None
    rows = [
        (
            Cell(row.item.number, f"{place:03d}"),
            row.item.part,
            f"{row.item.topic}: {row.item.asks}",
            *((row.item.weight,) if is_weighted else ()),
            Cell(row.state, row.state, badge=BADGES[row.state]),
            Cell(
                row.says, row.says, mark="the results contradict the authors" if row.is_contradicted else None
            ),
            _evidence(row),
        )
        for place, row in enumerate(one.rows)
    ]
    headings = ("No.", "Part", "Item", *(("Weight",) if is_weighted else ()), "State", "Answer", "Evidence")
    return table(f"{one.checklist.title}, item by item", headings, rows, can_filter=True)


def _evidence(row: Answered) -> Cell:
    if not row.evidence:
        return Cell("—", None)
    title = EVIDENCE[row.evidence]
    return Cell(title, title, link=f"#{row.evidence}")


def _files(content: Content) -> Mapping[str, bytes]:
    return written(answered(content))


def _badge(content: Content) -> str:
    return f"{sum(one.n_open for one in answered(content))} open"


CHECKLISTS = Section("checklists", "Checklists", view, badge=_badge, files=_files)
