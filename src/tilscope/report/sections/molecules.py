"""Single molecules between the groups, cells by marker genes, and the study's own signatures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.pictures.molecules import TESTS
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Cell, Table, cell, table
from tilscope.report.wording import effect_in_words, fixed, p_value

two_decimals = partial(fixed, decimals=2)
RANK = "rank-biserial r"


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return a sentence per family, the table of molecules, and that of scores."""
    results = content.results.get("molecules")
    if results is None:
        return missing_result(
            content,
            "molecules",
            "Single molecules were not compared: that needs an expression matrix and a signature.",
            "tilscope run STUDY (after importing expression.tsv.gz)",
        )
    record, tests = results.record, results.tables["molecules"]
    scores = results.tables.get("score_tests", pd.DataFrame())
    return {
        "record": record,
        "method": TESTS.get(record["method"], record["method"]),
        "families": "over all of them together" if record["families"] == "all" else "within each family",
        "sentences": tuple(_sentences(record, tests)),
        "is_anything": bool((tests["p_adjusted"] < record["max_p_adjusted"]).any()),
        "molecules": _molecules(record, tests),
        "missing": tuple(_missing(record)),
        "scores": tuple(_scores(record, scores)) if len(scores) else (),
        "formulas": {one["method"]: one["formula"] for one in record["signatures"]},
        "lists": _lists(record),
        "notes": record["notes"],
    }


def _sentences(record: Mapping[str, Any], tests: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield every family's title with what was found in it."""
    for listed in record["lists"]:
        rows = tests[tests["list"] == listed["name"]].dropna(subset=["p_value"])
        yield listed["title"], _found(record, listed, rows)


def _found(record: Mapping[str, Any], listed: Mapping[str, Any], rows: pd.DataFrame) -> str:
    if not listed["n_tested"]:
        return f"not compared: none of the {listed['n_genes']} is in the matrix and varies."
    differ = rows[rows["p_adjusted"] < record["max_p_adjusted"]]
    if differ.empty:
        smallest = p_value(rows["p_adjusted"].min())
        return f"none of {listed['n_tested']} differs (smallest adjusted p {smallest})."
    parts = [
        f"{n} higher in {group}"
        for n, group in ((listed["n_higher"], record["positive"]), (listed["n_lower"], record["negative"]))
        if n
    ]
    strongest = differ.loc[differ["rank_biserial"].abs().idxmax()]
    verb = "differs" if len(differ) == 1 else "differ"
    return (
        f"{len(differ)} of {listed['n_tested']} {verb} ({', '.join(parts)}); most: {_strongest(strongest)}."
    )


def _strongest(row: pd.Series) -> str:
    """Return ``CXCL1, r .53 (95 % CI .32 to .69), large``; the word is that of the estimate."""
    r, low = row["rank_biserial"], row["rank_biserial_ci_low"]
    ends = "no interval: the groups do not overlap"
    if not pd.isna(low):
        ends = f"95 % CI {_interval(low, row['rank_biserial_ci_high'])}"
    return f"{row['gene']}, r {two_decimals(r)} ({ends}), {effect_in_words(RANK, r)}"


def _interval(low: float | None, high: float | None) -> str:
    """Return ``−0.02 to 0.92``: a dash between numbers below zero is misread."""
    if low is None or high is None or pd.isna(low) or pd.isna(high):
        return "no interval"
    return f"{two_decimals(low)} to {two_decimals(high)}"


def _molecules(record: Mapping[str, Any], tests: pd.DataFrame) -> Table:
    titles = {listed["name"]: listed["title"] for listed in record["lists"]}
    rows = [
        (row["gene"], titles.get(row["list"], row["list"]), *_numbers(record, row))
        for row in tests.sort_values("p_value", kind="stable").to_dict("records")
    ]
    over = "all molecules" if record["families"] == "all" else "the molecules of its family"
    caption = f"{len(rows)} molecules, log2 values, {_groups(record)}; p (FDR): over {over}"
    return table(caption, ("Molecule", "Family", *_headings(record)), rows, can_filter=True)


def _groups(record: Mapping[str, Any]) -> str:
    sides = (f"{record[side]} (n = {record[f'n_{side}']})" for side in ("positive", "negative"))
    return f"{' against '.join(sides)} {record['group_name']}"


def _headings(record: Mapping[str, Any]) -> tuple[str, ...]:
    medians = f"Medians, {record['positive']} / {record['negative']}"
    return medians, "Difference (95 % CI)", "Effect (95 % CI)", "p", "p (FDR)"


def _numbers(record: Mapping[str, Any], row: Mapping[Any, Any]) -> tuple[object, ...]:
    """Return the cells that molecules and scores share; the reason where there was no test."""
    high, low = (row[f"median_{record[group]}"] for group in ("positive", "negative"))
    medians = Cell(
        f"{two_decimals(high)} / {two_decimals(low)}", None if pd.isna(high) else high, is_number=True
    )
    if pd.isna(row["p_value"]):
        return medians, None, f"no test: {row['reason']}", None, None
    difference = _interval(row["difference_ci_low"], row["difference_ci_high"])
    size = _interval(row["effect_ci_low"], row["effect_ci_high"])
    mark = "d" if row["effect"].startswith("Cohen") else "r"
    return (
        medians,
        cell(row["difference"], lambda value: f"{two_decimals(value)} ({difference})"),
        cell(row["effect_size"], lambda value: f"{mark} {two_decimals(value)} ({size})"),
        cell(row["p_value"], p_value),
        cell(row["p_adjusted"], p_value),
    )


def _missing(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is not in the matrix, family by family."""
    for listed in record["lists"]:
        if listed["missing"]:
            yield f"{listed['title']}: {', '.join(listed['missing'])}"


def _scores(record: Mapping[str, Any], tests: pd.DataFrame) -> Iterator[Table]:
    """Yield one table per family of scores."""
    told = {one["name"]: one for one in record["signatures"]}
    groups = _groups(record)
    for family, own in tests[tests["variable"].isin(list(told))].groupby("family", sort=False):
        methods = sorted({told[name]["method"] for name in own["variable"]})
        is_one = len(methods) == 1
        rows = []
        for row in own.to_dict("records"):
            one = told[row["variable"]]
            scored = () if is_one else (one["method"],)
            genes = f"{one['n_present']} of {one['n_genes']}"
            rows.append((one["title"], *scored, genes, *_numbers(record, row)))
        kind = f"{str(family).capitalize()}{f' ({methods[0]})' if is_one else ''}"
        caption = f"{kind}, {groups}; p (FDR): over the scores of this table"
        yield table(caption, ("Score", *(() if is_one else ("Method",)), "Genes", *_headings(record)), rows)


def _lists(record: Mapping[str, Any]) -> Table:
    rows = [
        (
            listed["title"],
            f"{listed['n_present']} of {listed['n_genes']}",
            "; ".join(listed["sources"]),
            listed["note"],
        )
        for listed in record["lists"]
    ]
    return table("The lists", ("Family", "In the matrix", "Sources", "Note"), rows, can_sort=False)


def compared_molecules(content: Content) -> str:
    """Return the sentence of the methods on molecules; empty where there are none."""
    results = content.results.get("molecules")
    if results is None:
        return ""
    record = results.record
    n = len(set(results.tables["molecules"]["gene"]))
    over = "all of them together" if record["families"] == "all" else "each family"
    return (
        f" The log2 expression of {n} molecules of {len(record['lists'])} families (interleukins, chemokines, "
        "co-stimulators, co-inhibitors, MHC and others, from published lists) was compared between the groups by "
        f"{TESTS.get(record['method'], record['method'])}, with Benjamini-Hochberg adjustment over {over}."
    )


MOLECULES = Section("molecules", "Molecules", view)
