"""The checklists as files: a table and a Markdown page each for the supplement, and a form for the authors."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator

import pandas as pd

from tilscope.report.checklists.answer import DECISIONS
from tilscope.report.checklists.answering import AnsweredChecklist
from tilscope.report.checklists.authors import FILE, MAX_LETTERS
from tilscope.study import encode_tsv

TEMPLATE = "checklists-template.toml"


def files(found: Iterable[AnsweredChecklist]) -> dict[str, bytes]:
    """Return the files by name: ``checklist_<name>.tsv`` and ``.md``, and the authors' form."""
    found = tuple(found)
    written = {TEMPLATE: template(found).encode()}
    for one in found:
        stem = f"checklist_{one.checklist.name}"
        written[f"{stem}.tsv"] = encode_tsv(frame(one), index=False)
        written[f"{stem}.md"] = markdown(one).encode()
    return written


def frame(one: AnsweredChecklist) -> pd.DataFrame:
    """Return one row per item: number, part, topic, question, state, answer, section of the report, who answered."""
    rows = [
        {
            "item": row.item.number,
            "part": row.item.part,
            "topic": row.item.topic,
            "question": row.item.asks,
            "state": row.state,
            "answer": row.says,
            "evidence": row.evidence,
            "answered_by": "authors" if row.is_authors else "tilscope",
        }
        | ({"weight": row.item.weight} if one.score is not None else {})
        for row in one.rows
    ]
    return pd.DataFrame(rows)


def markdown(one: AnsweredChecklist) -> str:
    """Return one checklist as a page for the supplement."""
    counted = ", ".join(f"{n} {state}" for state, n in one.counts.items() if n)
    lines = [
        f"# {one.checklist.title}",
        "",
        f"{one.checklist.reference}",
        "",
        f"{len(one.rows)} items: {counted}.",
    ]
    lines += ["Wording of the questions by tilscope; numbers are those of the checklist."]
    if one.score is not None:
        score = one.score
        lines += [
            "",
            f"Provisional METRICS score: {score.percent:.1f} % ({score.category}); {score.if_open_were_yes:.1f} % if "
            f"all {score.n_open} open items were answered yes.",
        ]
    lines += ["", "| No. | Part | Item | State | Answer |", "|---|---|---|---|---|"]
    lines += [
        f"| {row.item.number} | {row.item.part} | {row.item.topic}: {row.item.asks} | {row.state} | {_cell(row.says)} |"
        for row in one.rows
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Return text that is text in Markdown, too: no markup, no end of the cell."""
    escaped = html.escape(text, quote=False)
    return "".join(f"\\{letter}" if letter in "\\`*_[]|" else letter for letter in escaped)


def template(found: Iterable[AnsweredChecklist]) -> str:
    """Return a form with the open items of a study, each commented out."""
    return "\n".join(_template(found)) + "\n"


def _template(found: Iterable[AnsweredChecklist]) -> Iterator[str]:
    yield f"# Answers of the authors: copy this file to the study's folder as {FILE}, and take away the # of what you"
    yield f"# answer. A text (1 to {MAX_LETTERS} letters) answers yes; otherwise write"
    yield f'#   8 = {{state = "no", text = "..."}}   with one of: {", ".join(DECISIONS)}'
    for one in found:
        yield ""
        yield f"[{one.checklist.name}]"
        for row in one.rows:
            if row.is_open:
                yield f"# {row.item.number}. {row.item.topic}: {row.item.asks}"
                yield f'# {row.item.number} = ""'
