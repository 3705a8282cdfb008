"""An audit as a file: a page of its own, Markdown, or JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib.resources import files
from itertools import groupby
from pathlib import Path

from tilscope.report.rendering import environment
from tilscope.signature.audit import Audit, Finding
from tilscope.study import encode_json, refuse_existing
from tilscope.vocabulary import AuditError

LIGHTS = {
    "consistent": "good", "consistent only if": "unsure", "inconsistent": "bad", "cannot be checked": "none",
}  # fmt: skip
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|])")


def places(audit: Audit) -> list[tuple[str, list[Finding]]]:
    """Return the findings by place, in their order; a place that comes again continues its group."""
    order = {finding.place: number for number, finding in reversed(list(enumerate(audit.findings)))}
    ordered = sorted(audit.findings, key=lambda finding: order[finding.place])
    return [(place, list(group)) for place, group in groupby(ordered, key=lambda finding: finding.place)]


def count_in_words(audit: Audit) -> str:
    """Return ``38 numbers recomputed: 1 inconsistent, ...``; the worst first, none of which there are none."""
    counts = ", ".join(f"{n} {verdict}" for verdict, n in audit.counts.items() if n)
    return f"{len(audit.findings)} numbers recomputed: {counts}."


def as_html(audit: Audit) -> bytes:
    """Return a page that opens from a file; it needs nothing else."""
    sheet = (files("tilscope.report") / "static" / "report.css").read_text(encoding="utf-8")
    return (
        environment("tilscope.report")
        .get_template("audit.html.j2")
        .render(audit=audit, places=places(audit), counts=count_in_words(audit), lights=LIGHTS, sheet=sheet)
        .encode()
    )


def as_markdown(audit: Audit) -> bytes:
    """Return the findings as Markdown tables."""
    lines = [f"# Audit: {_marked(audit.title)}", "", *([_marked(audit.source), ""] if audit.source else [])]
    lines += [count_in_words(audit), ""]
    for place, findings in places(audit):
        lines += [f"## {_marked(place)}", "", *_table(findings), ""]
    return "\n".join(lines).encode()


def _table(findings: Iterable[Finding]) -> list[str]:
    rows = [f"| {_marked(f.claim)} | **{f.verdict}** | {_marked(f.says)} |" for f in findings]
    return ["| as printed | verdict | recomputed |", "|---|---|---|", *rows]


def _marked(text: str) -> str:
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def as_json(audit: Audit) -> bytes:
    """Return the findings for programs."""
    return encode_json(audit.as_record())


FORMS: dict[str, Callable[[Audit], bytes]] = {".html": as_html, ".md": as_markdown, ".json": as_json}
"""Ending of a file -> what is written."""


def checked_form(file: Path, *, force: bool) -> Callable[[Audit], bytes]:
    """Return the form that a file's ending asks for.

    Raises
    ------
    AuditError
        ``AUD-93``: the ending tells no form.
    StudyError
        ``RUN-75``: the file exists already, or is a folder.
    """
    if file.suffix.lower() not in FORMS:
        raise AuditError(
            "AUD-93",
            "the ending of the output file tells no form",
            file=file,
            expected=", ".join(FORMS),
            remedy="End its name in one of these.",
        )
    refuse_existing(file, force=force)
    return FORMS[file.suffix.lower()]
