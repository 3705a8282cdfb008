"""Clinical and pathological variables against high and low Rad-TILs, and against the score."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Table, table
from tilscope.report.wording import NONE, fixed, number, p_value

COLUMNS = ("Variable", "Patients", "n", "Missing", "Test", "p", "p (FDR)", "Effect (95 % CI)")
AGAINST = {"groups": "high and low Rad-TILs", "score": "the Rad-TILs score"}


def view(content: Content) -> Mapping[str, Any] | Missing | None:
    """Return the tables of tests, and what could not be compared; None before there is a signature."""
    results = content.results.get("associations")
    if results is None:
        if content.scores is None:
            return None
        return missing_result(
            content,
            "associations",
            "The clinical variables were not compared with the score.",
            "tilscope run STUDY (after importing a clinical table)",
        )
    record, tests = results.record, results.tables["associations"]
    main = tests[(tests["patients"] == record["patients"]) & (tests["is_outcome"] != "yes")]
    return {
        "record": record,
        "n_tested": {a: int((_of(main, a)["p_value"].notna()).sum()) for a in AGAINST},
        "n_significant": {a: int((_of(main, a)["p_adjusted"] < 0.05).sum()) for a in AGAINST},
        "tables": [
            _table(_of(tests, against), what) for against, what in AGAINST.items() if len(_of(tests, against))
        ],
        "outcomes": record["outcomes"],
        "notes": sorted(
            {f"{row['variable']}: {row['reason']}" for row in tests.to_dict("records") if _is_told(row)}
        ),
    }


def _is_told(row: Mapping[Any, Any]) -> bool:
    return isinstance(row["reason"], str) and row["reason"] != ""


def _of(tests: pd.DataFrame, against: str) -> pd.DataFrame:
    return tests[tests["against"] == against]


def _table(tests: pd.DataFrame, what: str) -> Table:
    order = tests.assign(is_other=tests["is_outcome"] != "yes")
    first = order.groupby("variable", sort=False)["p_value"].transform("min")
    ordered = order.assign(first=first).sort_values(["is_other", "first", "variable"], kind="stable")
    return table(
        f"Clinical and pathological variables against {what}",
        COLUMNS,
        [_row(row) for row in ordered.to_dict("records")],
        can_filter=len(tests) > 12,
    )


def _row(row: Mapping[Any, Any]) -> tuple[object, ...]:
    is_outcome = row["is_outcome"] == "yes"
    return (
        f"{row['variable']} (outcome)" if is_outcome else row["variable"],
        row["patients"],
        row["n"],
        row["n_missing"],
        row["test"],
        p_value(_number(row["p_value"])),
        NONE if is_outcome else p_value(_number(row["p_adjusted"])),
        _size(row),
    )


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _size(row: Mapping[Any, Any]) -> str:
    size, low, high = (_number(row[name]) for name in ("effect_size", "ci_low", "ci_high"))
    if math.isnan(size):
        return NONE
    # a ratio far from 1 needs digits, not decimals
    write = partial(number, digits=2) if row["effect"] == "odds ratio" else partial(fixed, decimals=2)
    ends = "" if math.isnan(low) or math.isnan(high) else f" ({write(low)} to {write(high)})"
    contrast = row["contrast"] if row["kind"] == "class" and isinstance(row["contrast"], str) else ""
    return f"{row['effect']} {write(size)}{ends}{': ' if contrast else ''}{contrast}"


def associated_in_methods(content: Content) -> str:
    """Return the sentence of the methods text; empty where nothing was compared."""
    results = content.results.get("associations")
    if results is None or results.tables["associations"].empty:
        return ""
    tests = results.tables["associations"]
    named = ", ".join(sorted({str(test) for test in tests.loc[tests["p_value"].notna(), "test"]}))
    outcomes = ", ".join(results.record["outcomes"])
    text = (
        f"Clinical and pathological variables of {results.record['n_patients']} patients were compared between "
        f"{results.record['positive']} and {results.record['negative']} Rad-TILs, and with the score, by two-sided "
        f"tests ({named}), adjusted over the variables (Benjamini-Hochberg)."
    )
    return text + (
        f" The outcome ({outcomes}), on which the score was trained, took part outside training only."
        if outcomes
        else ""
    )


ASSOCIATIONS = Section("associations", "Clinical associations", view)
