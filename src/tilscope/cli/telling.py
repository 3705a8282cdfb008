"""What the commands print: tables, counts, faults, and what to do next."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from tilscope.pipeline import (
        Environment,
        ExtractedTable,
        Format,
        ImportReport,
        PatientStatus,
        RunReport,
    )
    from tilscope.radiomics.ibsi import ConformityRow
    from tilscope.study import Study

MOST_FAULTS_SHOWN = 20
CONFORMITY_STYLES = {"match": None, "documented": "yellow", "differs": "bold red"}
EXIT_REFUSED, EXIT_QUARANTINED, EXIT_INTERNAL, EXIT_LOCKED, EXIT_INTERRUPTED = 2, 3, 4, 75, 130

# One fault is one line, however narrow the terminal: lines are never wrapped.
out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)


def truth_table(frame: pd.DataFrame) -> Table:
    """Return the demo's comparison as a table."""
    table = Table(title="Planted truth against what was recovered", title_justify="left")
    for column in frame.columns:
        table.add_column(column)
    for row in frame.itertuples(index=False):
        table.add_row(*(escape(str(cell)) for cell in row), style=None if row[-1] == "pass" else "bold red")
    return table


def status_table(states: dict[str, PatientStatus]) -> Table:
    """Return how every patient stands as a table."""
    table = Table()
    for column in ("patient", "state", "last step", "rule", "why"):
        table.add_column(column)
    for patient, s in states.items():
        table.add_row(patient, s.state, s.step, s.rule or "", escape(s.message or ""))
    return table


def tell_import(report: ImportReport) -> None:
    """Print what an import did, and whom it quarantined."""
    for note in report.notes:
        err.print(note, markup=False)
    for reason, n in sorted(report.set_aside.items()):
        err.print(f"set aside: {n} file(s), {reason}", markup=False)
    told = [f"{o.subject}: {note}" for o in report.outcomes for note in o.notes]
    for note in told[:MOST_FAULTS_SHOWN]:
        err.print(note, markup=False)
    if len(told) > MOST_FAULTS_SHOWN:
        err.print(f"... and {len(told) - MOST_FAULTS_SHOWN} more notes: rois/*/reader-*.json tell them all.")
    failed = {o.subject: o.error for o in report.outcomes if o.failed and o.error}
    n_patients = len({o.subject for o in report.outcomes})
    out.print(f"{n_patients - len(failed)} of {n_patients} patient(s) imported.")
    tell_quarantine(failed)


def tell_run(report: RunReport, study: Study) -> None:
    """Print how everybody stands after a run; exit as the run ended."""
    from tilscope.pipeline import counts

    out.print(in_words(counts(report.states)))
    tell_quarantine({p: asdict(s) for p, s in report.states.items() if s.state == "quarantined"})
    if report.cohort_error is not None:
        tell_quarantine({"": report.cohort_error})
        raise typer.Exit(EXIT_INTERNAL if report.cohort_error["rule"] == "RUN-78" else EXIT_REFUSED)
    if study.report_file.is_file():
        out.print(f"Report: [bold]{study.report_file}[/]")
    exit_with_quarantine(report.n_quarantined)


def in_words(numbers: dict[str, int]) -> str:
    """Return the counts of states as a sentence."""
    states = ", ".join(f"{n} {state}" for state, n in numbers.items() if state != "known" and n)
    return f"{numbers['known']} patient(s): {states}."


def tell_quarantine(faults: Mapping[str, Mapping[str, str | None]]) -> None:
    """Print one line per fault, the first of many."""
    from tilscope.pipeline import told_in_one_line

    for patient, fault in list(faults.items())[:MOST_FAULTS_SHOWN]:
        err.print(told_in_one_line(fault, patient), markup=False)
    if len(faults) > MOST_FAULTS_SHOWN:
        err.print(f"... and {len(faults) - MOST_FAULTS_SHOWN} more: tilscope status tells them all.")


def exit_with_quarantine(n: int) -> None:
    """Exit with code 3 if anybody is quarantined."""
    if n:
        raise typer.Exit(EXIT_QUARANTINED)


def tell_next(command: str) -> None:
    """Print what to do next."""
    out.print(f"Next: {command}", markup=False)


def print_json(record: object) -> None:
    """Print a record for programs."""
    sys.stdout.write(json.dumps(record, indent=1, sort_keys=True, allow_nan=False) + "\n")


def tell_extraction(table: ExtractedTable, file: Path | None, form: Format | None, *, is_batch: bool) -> None:
    """Write or print the features, say what went wrong, and exit with code 3 if a case has none.

    A single case that failed is a refusal: nothing is written.
    """
    from tilscope.pipeline import encode_features, readable_lines

    _tell_rows(table, file)
    if not is_batch and table.n_failed == len(table.rows):
        rules = {row.region.error["rule"] for row in table.rows if row.region.error}
        raise typer.Exit(EXIT_INTERNAL if rules == {"RUN-78"} else EXIT_REFUSED)
    if file is not None:
        from tilscope.study import commit

        commit(file, encode_features(table, form or "csv"))
        n = len(table.rows) - table.n_failed
        out.print(f"Wrote {len(table.names)} values of {n} ROI(s) to {file}.", markup=False)
    elif form is None and len(table.rows) == 1:
        sys.stdout.write(readable_lines(table))
    else:
        sys.stdout.write(encode_features(table, form or "csv").decode())
    _next_after_extraction(table, file, is_batch=is_batch)
    exit_with_quarantine(table.n_failed)


def _tell_rows(table: ExtractedTable, file: Path | None) -> None:
    from tilscope.pipeline import told_in_one_line

    for row in table.rows:
        for warning in row.region.warnings:
            rule, _, text = warning.partition(": ")
            err.print(f"{rule} {row.name}: {text}", markup=False)
    faults = [(row.name, row.region.error) for row in table.rows if row.region.error]
    for name, fault in faults[:MOST_FAULTS_SHOWN]:
        err.print(told_in_one_line(fault, name), markup=False)
    if len(faults) > MOST_FAULTS_SHOWN:
        err.print(f"... and {len(faults) - MOST_FAULTS_SHOWN} more: see the column reason.")


def _next_after_extraction(table: ExtractedTable, file: Path | None, *, is_batch: bool) -> None:
    """Say what to do next, beside the features and never among them."""
    if table.n_failed:
        step = "correct the cases named above and give the same command again" + (
            " with --force" if file else ""
        )
    elif file is None:
        step = "keep them with --out features.csv (or .tsv, .json, .txt)"
    elif is_batch:
        step = f"look at {file}; docs/extract.md says what its columns mean"
    else:
        step = "many cases at once: tilscope extract cases.csv --out FILE, with columns Image and Mask"
    (err if file is None else out).print(f"Next: {step}", markup=False)


def tell_environment(*, as_json: bool) -> None:
    """Print what tilscope runs on; exit with code 4 if a part is missing."""
    from tilscope.pipeline import environment

    found = environment()
    if as_json:
        print_json(asdict(found))
    else:
        _tell_facts(found)
    if found.missing:
        err.print(f"Not installed: {', '.join(found.missing)}. Install tilscope again.", markup=False)
        raise typer.Exit(EXIT_INTERNAL)
    if not as_json:
        tell_next("tilscope doctor --ibsi")


def _tell_facts(found: Environment) -> None:
    kernels = found.kernels
    n_missing = kernels.n_kernels - kernels.n_cached
    facts = Table.grid(padding=(0, 2))
    facts.add_row("tilscope", found.tilscope)
    facts.add_row("Python", escape(found.python))
    facts.add_row("system", escape(found.system))
    facts.add_row("cores", str(found.n_cores))
    facts.add_row("memory", f"{found.memory_bytes / 2**30:.1f} GiB")
    facts.add_row("kernels", f"{kernels.n_cached} of {kernels.n_kernels} are compiled and kept")
    for folder in kernels.folders:
        facts.add_row("", escape(folder))
    out.print(facts, no_wrap=True)
    out.print()
    out.print(_parts_table(found), no_wrap=True)
    for extra, parts in found.extras.items():
        absent = [name for name, is_there in parts.items() if is_there is None]
        told = f"missing ({', '.join(absent)})" if absent else "installed"
        out.print(f"Optional part {extra}: {told}.", markup=False)
    if not kernels.folders:
        err.print("No folder for compiled kernels can be written: each process compiles anew.")
    elif n_missing:
        out.print(f"The other {n_missing} kernels are compiled when they are first used, once per machine.")


def _parts_table(found: Environment) -> Table:
    """Return all parts with their versions, in three columns."""
    parts = found.parts | {name: v for extra in found.extras.values() for name, v in extra.items()}
    cells = [
        cell
        for name, v in sorted(parts.items(), key=lambda p: p[0].lower())
        for cell in (name, v or "missing")
    ]
    table = Table.grid(padding=(0, 2))
    for first in range(0, len(cells), 6):
        table.add_row(*cells[first : first + 6])
    return table


def tell_conformity(*, as_json: bool) -> None:
    """Print ours beside IBSI's consensus values; exit with code 4 if one differs and nobody knows why."""
    from tilscope.radiomics.ibsi import conformity

    rows = conformity()
    verdicts = [row.verdict for row in rows]
    n_match, n_documented, n_differs = (verdicts.count(v) for v in ("match", "documented", "differs"))
    if as_json:
        values = [_conformity_record(row) for row in rows]
        print_json({"match": n_match, "documented": n_documented, "differs": n_differs, "values": values})
    else:
        _tell_values(rows)
        out.print(
            f"IBSI's digital phantom, {len(rows)} consensus values: {n_match} match, {n_documented} documented, "
            f"{n_differs} differ (docs/ibsi.md)."
        )
    if n_differs:
        raise typer.Exit(EXIT_INTERNAL)


def _tell_values(rows: Sequence[ConformityRow]) -> None:
    """Print one line per consensus value, family by family, and the notes below them."""
    notes = list(dict.fromkeys(row.reason for row in rows if row.reason))
    out.print(_conformity_line("feature", "IBSI", "consensus", "default", "ibsi", "verdict"), style="bold")
    section = ""
    for row in rows:
        entry = row.consensus
        title = ": ".join(filter(None, (entry.family, entry.aggregation.name)))
        if title != section:
            section = title
            out.print(f"\n{title}", style="bold")
        cells = (
            entry.feature.partition("_")[2],
            entry.name,
            f"{entry.value:g}" + (f" ± {entry.tolerance:g}" if entry.tolerance else ""),
            f"{row.default:.4g}",
            f"{row.ibsi:.4g}",
            f"note {notes.index(row.reason) + 1}" if row.verdict == "documented" else row.verdict,
        )
        out.print(_conformity_line(*cells), style=CONFORMITY_STYLES[row.verdict])
    out.print()
    for number, note in enumerate(notes, start=1):
        out.print(f"note {number}: {note}.")


def _conformity_line(*cells: str) -> str:
    """Return the cells in columns, 99 characters at most."""
    feature, name, consensus, default, ibsi, verdict = cells
    return f"{feature:<36} {name:<20} {consensus:<15} {default:>8} {ibsi:>8} {verdict}"


def _conformity_record(row: ConformityRow) -> dict[str, object]:
    entry = row.consensus
    return {
        "tag": entry.tag,
        "feature": entry.feature,
        "aggregation": entry.aggregation.name,
        "consensus": entry.value,
        "tolerance": entry.tolerance,
        "default": row.default,
        "ibsi": row.ibsi,
        "verdict": row.verdict,
        "reason": row.reason,
    }
