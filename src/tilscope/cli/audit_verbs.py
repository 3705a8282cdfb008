"""The verb that recomputes published numbers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from tilscope.cli.app import AsJson
from tilscope.cli.telling import err, out, print_json, tell_next

if TYPE_CHECKING:
    from tilscope.signature.audit import Audit

EXIT_INCONSISTENT = 3
STYLES = {
    "consistent": "green", "consistent only if": "yellow", "inconsistent": "bold red", "cannot be checked": "dim",
}  # fmt: skip
WIDEST = max(map(len, STYLES))


def audit(
    paper: Annotated[
        str | None,
        typer.Argument(help="YAML file of published numbers, or the example su2022.", show_default=False),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write the findings: .html, .md or .json.")
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Print a commented file to start from, and do nothing else.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recompute the numbers that a paper prints: which can be true, which only if, which cannot (exit code 3)."""
    from tilscope.pipeline.auditing import TEMPLATE, audit_paper, shipped_text
    from tilscope.report.audit_page import checked_form
    from tilscope.study import commit

    if template:
        sys.stdout.write(shipped_text(TEMPLATE))
        return
    if paper is None:
        raise typer.BadParameter(
            "name a YAML file, or su2022; tilscope audit --template prints one to start from"
        )
    form = None if file is None else checked_form(file, force=force)
    result = audit_paper(paper)
    if as_json:
        print_json(result.as_record())
    else:
        _tell(result)
    if file is not None and form is not None:
        commit(file, form(result))
    if not as_json:
        _tell_next(paper, file)
    if result.contradictions:
        raise typer.Exit(EXIT_INCONSISTENT)


def _tell(result: Audit) -> None:
    from tilscope.report.audit_page import count_in_words, places

    for line in (result.title, result.source):
        if line:
            out.print(line, style="bold" if line == result.title else None, markup=False)
    for place, findings in places(result):
        out.print(f"\n[bold]{escape(place)}[/]")
        for f in findings:
            verdict = f"[{STYLES[f.verdict]}]{f.verdict:<{WIDEST}}[/]"
            out.print(f"  {verdict}  [bold]{escape(f.claim)}[/]: {escape(f.says)}")
    out.print()
    out.print(count_in_words(result), markup=False)
    if any(f.verdict == "inconsistent" for f in result.findings):
        err.print("Inconsistent numbers cannot all be right as they are printed.")


def _tell_next(paper: str, file: Path | None) -> None:
    if file is None:
        tell_next(
            f"tilscope audit {paper} --out audit.html keeps the findings; docs/audit.md says how each is made"
        )
    else:
        out.print(f"Wrote {file}.", markup=False)
        tell_next(f"look at {file}; docs/audit.md says how each finding is made")
