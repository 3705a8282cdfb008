"""What was read of the expression matrix, and what was decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Section
from tilscope.report.tables import Cell, Table, table

SCALES = {
    "counts": "counts of reads",
    "linear": "abundances, not on a log scale",
    "log2": "log2 values",
    "ratio": "log ratios",
}
MOST_NOTE = 600  # characters; lists of genes stand whole in expression.json


def view(content: Content) -> Mapping[str, Any] | None:
    """Return the decisions with their evidence, the numbers of genes and samples, and notes."""
    results = content.results.get("expression")
    if results is None or "decisions" not in results.record:
        return None
    record = results.record
    return {
        "scale": SCALES[record["scale"]],
        "n_genes": record["n_genes"],
        "n_samples": record["n_samples"],
        "n_without": record["n_participants_without"],
        "decisions": _decisions(record["decisions"]),
        "counted": _counted(record),
        "notes": [note if len(note) <= MOST_NOTE else note[:MOST_NOTE] + " ..." for note in record["notes"]],
    }


def _decisions(decisions: Mapping[str, str]) -> Table:
    names = {"layout": "Table", "scale": "Scale", "identifiers": "Names of genes", "duplicates": "Duplicates"}
    rows = [(what, decisions[name]) for name, what in names.items() if name in decisions]
    return table("What was recognised, and by which evidence", ("What", "Evidence"), rows)


def _counted(record: Mapping[str, Any]) -> Table:
    counted = record["counted"]
    rows = [
        ("Rows read", counted["rows_read"]),
        ("Ids mapped to symbols", counted["mapped"]),
        ("Ids without a symbol, kept", counted["unmapped"]),
        ("Earlier names replaced by the approved symbol", counted["renamed"]),
        ("Rows merged with another of their gene", counted["merged"]),
        ("Genes left out for missing values", counted["dropped"]),
        ("Genes kept", counted["genes"]),
        ("Of these with one value in all samples", counted["constant"]),
        ("Samples in the study's matrix", record["n_samples_file"]),
        ("Samples of patients, kept", record["n_samples"]),
    ]
    cells = [(what, Cell(f"{n:,}", n, is_number=True)) for what, n in rows]
    return table("Genes and samples", ("What", "Number"), cells)


EXPRESSION = Section("expression", "Expression: what was read", view)
