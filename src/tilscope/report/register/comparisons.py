"""Comparisons of groups that share one format: immune cells, signatures, molecules; and clinical associations."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.register.family import Family, adjusted, against, as_rows


def immune(content: Content) -> Iterator[Family]:
    """Yield the immune cells and the immune signatures."""
    design = content.biology
    groups = (design.positive, design.negative, design.group_name)
    for tests, name, file in (
        (content.gene_set_tests, "Immune cells", "immune_cells.tsv"),
        (content.signature_tests, "Immune signatures", "signature_tests.tsv"),
    ):
        if tests is not None and len(tests):
            rows = tests.reset_index().rename(columns={"index": "variable"})
            yield _compared("immune", name, f"biology/{file} p_value", rows, groups, design.max_p_adjusted)


def molecules(content: Content) -> Iterator[Family]:
    """Yield the families of molecules, and those of scores."""
    results = content.results.get("molecules")
    if results is None:
        return
    record = results.record
    groups = (record["positive"], record["negative"], record["group_name"])
    for stem, name in (("molecules", "gene"), ("score_tests", "variable")):
        tests = results.tables.get(stem)
        if tests is None or tests.empty:
            continue
        source = f"biology/molecules/{stem}.tsv p_value"
        for family, own in tests.groupby("family", sort=False):
            title = f"Molecules: {family}" if stem == "molecules" else f"Scores: {family}"
            rows = own.assign(variable=own[name])
            yield _compared("molecules", title, source, rows, groups, record["max_p_adjusted"])


def _compared(
    section: str, name: str, source: str, rows: pd.DataFrame, groups: tuple[str, str, str], limit: float
) -> Family:
    positive, negative, group_name = groups
    sizes = rows[[f"n_{positive}", f"n_{negative}"]].to_numpy(dtype=float)
    return Family(
        section,
        name,
        source,
        as_rows(
            variable=rows["variable"],
            compared=[f"{against(positive, negative, *pair)} {group_name}" for pair in sizes],
            n=sizes.sum(axis=1),
            test=rows["test"],
            value=rows["statistic"],
            effect=rows["effect"],
            effect_size=rows["effect_size"],
            ci_low=rows["effect_ci_low"],
            ci_high=rows["effect_ci_high"],
            p_value=rows["p_value"],
            p_adjusted=rows["p_adjusted"],
            note=rows["reason"],
        ),
        adjusted(rows),
        limit,
    )


def associations(content: Content) -> Iterator[Family]:
    """Yield the clinical variables against the groups and the score; outcomes are in no family of the step's."""
    results = content.results.get("associations")
    if results is None or results.tables["associations"].empty:
        return
    tests, record = results.tables["associations"], results.record
    groups = f"{record['positive']} against {record['negative']} Rad-TILs"
    families = [
        name if isinstance(name, str) else "" for name in tests["family"]
    ]  # none at all: a column of NaN
    for family, rows in tests.assign(family=families).groupby("family", sort=False):
        yield Family(
            "associations",
            str(family).capitalize() or "Outcomes outside training, against the groups and the score",
            "biology/associations/associations.tsv p_value",
            as_rows(
                variable=rows["variable"],
                compared=rows["against"].map({"groups": groups, "score": "Rad-TILs score"})
                + rows["patients"].map(lambda who: f", patients: {who}"),
                n=rows["n"],
                test=rows["test"].where(rows["p_value"].notna(), ""),
                value=rows["statistic"],
                effect=rows["effect"],
                effect_size=rows["effect_size"],
                ci_low=rows["ci_low"],
                ci_high=rows["ci_high"],
                p_value=rows["p_value"],
                p_adjusted=rows["p_adjusted"],
                note=rows["reason"],
            ),
            adjusted(rows),
        )
