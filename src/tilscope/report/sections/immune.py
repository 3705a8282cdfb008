"""The immune landscape: cells and signatures in both groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from tilscope.report.content import Biology, Content
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Cell, Table, table
from tilscope.report.wording import SET_SCORE_NAMES, fixed, p_value

MAX_ROWS = 200
MANY = 12
DEPENDS = {
    "gsva": "GSVA compares each gene with the other patients: a patient who comes later changes all scores.",
}


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return the tables of tests, what the sets cover, and notes; the boxes are figures."""
    if content.gene_set_tests is None and content.signature_scores is None:
        return missing_result(
            content,
            "biology",
            "There are no immune-cell scores: they need an expression matrix and gene sets.",
            "tilscope run STUDY (after importing expression.tsv.gz and genesets/*.gmt)",
        )
    design, tests = content.biology, content.gene_set_tests
    return {
        "design": design,
        "cells": _tests(tests, f"{SET_SCORE_NAMES.get(design.set_scores, design.set_scores)} scores", design),
        "signatures": _tests(content.signature_tests, "Immune signatures", design),
        "n_significant": 0 if tests is None else int((tests["p_adjusted"] < design.max_p_adjusted).sum()),
        "n_tested": 0 if tests is None else len(tests),
        "directions": _directions(tests, design),
        "limit": f"{design.max_p_adjusted:g}".lstrip("0"),
        "coverage": _coverage(tests),
        "notes": tuple(_notes(design)),
    }


def _directions(tests: pd.DataFrame | None, design: Biology) -> str:
    """Say how many of the sets that differ are higher, and how many lower."""
    if tests is None or "effect_size" not in tests:
        return ""
    effects = tests.loc[tests["p_adjusted"] < design.max_p_adjusted, "effect_size"]
    n_higher, n_lower = int((effects > 0).sum()), int((effects < 0).sum())
    told = f"{n_higher} higher, {n_lower} lower in {design.positive}"
    return f" ({told})" if n_higher + n_lower else ""


def _coverage(tests: pd.DataFrame | None) -> str:
    """Say how much of the tested sets the matrix holds."""
    if tests is None or "n_genes" not in tests or not len(tests):
        return ""
    n_present, n_genes = (tests[name].to_numpy(dtype=float) for name in ("n_present", "n_genes"))
    lowest = int((n_present / n_genes).argmin())
    return (
        f"Of the sets' genes the matrix holds {100 * n_present.sum() / n_genes.sum():.0f} %; least of "
        f"{str(tests.index[lowest]).replace('_', ' ')} ({n_present[lowest]:.0f} of {n_genes[lowest]:.0f})."
    )


def _notes(design: Biology) -> Iterator[str]:
    """Yield what was not scored, and what the scores depend on."""
    if design.set_scores in DEPENDS:
        yield DEPENDS[design.set_scores]
    for note in (*design.notes, *design.signature_notes):
        rule, _, told = note.partition(": ")
        if rule == "TAB-58":
            yield told
        elif note in design.signature_notes:
            yield note


def _tests(tests: pd.DataFrame | None, what: str, design: Biology) -> Table | None:
    if tests is None:
        return None
    ordered = tests.sort_values("p_value", kind="stable")
    caption = [f"{what}, {design.positive} against {design.negative} {design.group_name}"]
    if len(ordered) and "family" in ordered:
        caption.append(f"family of {int(ordered['n_tests'].iloc[0])} tests: {ordered['family'].iloc[0]}")
    groups = (design.positive, design.negative)
    is_one_n = all(_is_one(ordered, f"n_{group}") for group in groups)
    if is_one_n:
        caption.append(" and ".join(f"{int(ordered[f'n_{group}'].iloc[0])} {group}" for group in groups))
    if _is_one(ordered, "test"):
        caption.append(f"{ordered['test'].iloc[0]} test")
    if _is_one(ordered, "effect"):
        caption.append(f"effect: {ordered['effect'].iloc[0]}, positive where {design.positive} is higher")
    if len(ordered) > MAX_ROWS:
        caption.append(
            f"the {MAX_ROWS} smallest p values of {len(ordered):,}, all are in derivatives/biology"
        )
        ordered = ordered.head(MAX_ROWS)
    columns = [
        "Variable",
        *(["Genes found"] if "n_genes" in ordered else []),
        *([] if _is_one(ordered, "test") else ["Test"]),
        *(f"{shown}, {group}" for group in groups for shown in ("Median", *([] if is_one_n else ["n"]))),
        *([] if _is_one(ordered, "effect") else ["Effect"]),
        "Effect (95 % CI)",
        "p",
        "p (FDR)",
    ]
    rows = [_row(str(name), row, ordered, design, is_one_n=is_one_n) for name, row in ordered.iterrows()]
    return table("; ".join(caption), columns, rows, can_filter=len(tests) > MANY)


def _is_one(tests: pd.DataFrame, column: str) -> bool:
    return column in tests and len(set(tests[column])) == 1


def _row(name: str, row: pd.Series, tests: pd.DataFrame, design: Biology, *, is_one_n: bool) -> list[object]:
    cells: list[object] = [name]
    if "n_genes" in tests:
        n_present, n_genes = int(row["n_present"]), int(row["n_genes"])
        cells.append(Cell(f"{n_present} of {n_genes}", n_present / n_genes, is_number=True))
    if not _is_one(tests, "test"):
        cells.append(row["test"])
    for group in (design.positive, design.negative):
        cells += [_median(row[f"median_{group}"]), *([] if is_one_n else [int(row[f"n_{group}"])])]
    if not _is_one(tests, "effect"):
        cells.append(row.get("effect"))
    effect = row["effect_size"]
    ends = [row.get(column, float("nan")) for column in ("effect_ci_low", "effect_ci_high")]
    told = fixed(effect, 2)
    if not pd.isna(ends).any():
        told += f" ({fixed(ends[0], 2)} to {fixed(ends[1], 2)})"
    cells.append(Cell(told, None if pd.isna(effect) else float(effect), is_number=True))
    return [*cells, _p(row["p_value"]), _p(row["p_adjusted"])]


def _median(value: float) -> Cell:
    """Return a score with some four digits: those of ssGSEA run into thousands."""
    decimals = 3 if not abs(value) >= 10 else 1 if abs(value) < 1000 else 0
    return Cell(fixed(value, decimals), None if pd.isna(value) else float(value), is_number=True)


def _p(value: float) -> Cell:
    return Cell(p_value(value), None if pd.isna(value) else float(value), is_number=True)


IMMUNE = Section("immune", "Immune landscape", view)
