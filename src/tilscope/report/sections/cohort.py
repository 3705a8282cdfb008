"""Who takes part: flow of patients, Table 1, missing values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from tilscope.report.content import ROLES, Content
from tilscope.report.sections.section import Missing, Section
from tilscope.report.tables import Cell, Table, cell, frame_table, table
from tilscope.report.wording import fixed, p_value, percent
from tilscope.statistics import RULES, table_one
from tilscope.statistics.clinical_columns import shareable, with_levels
from tilscope.statistics.table_one import Profile
from tilscope.study import encode_tsv
from tilscope.vocabulary import TilscopeError

NAMES = {"stils": "sTIL (%)", "age": "Age (years)", "til_level": "TIL level"}
# Tests as a column of a table has room for; the footnote says them in full.
SHORT_TESTS = {
    "Pearson chi-square (Yates)": "χ² (Yates)",
    "Pearson chi-square": "χ²",
    "Fisher exact": "Fisher",
    "Fisher (simulated)": "Fisher (sim.)",
    "Wilcoxon rank-sum (exact)": "Wilcoxon (exact)",
    "Wilcoxon rank-sum": "Wilcoxon",
    "Wilcoxon rank-sum, ordered levels": "Wilcoxon, ranks",
    "Kruskal-Wallis, ordered levels": "Kruskal-Wallis, ranks",
}
TABLE_ONE_FILE = "table_one.tsv"
LEVELS = ("high", "low")
READING = (
    "SMD: standardised mean difference, without sign (Yang & Dalton 2012; mean over the pairs of more than two "
    "groups); unlike p it does not depend on the number of patients, and above .1 is often called unbalanced. Shares "
    "are of the patients with a value; rows called missing count those without one, and their p says whether these "
    "are equally frequent in every group."
)


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return counts, Table 1 and the table of missing values."""
    if not content.patients:
        return Missing("No patient has been imported yet.", "tilscope import STUDY SOURCE")
    clinical, hidden = shareable(content.participants)
    return {
        "counts": content.counts,
        "n_known": len(content.patients),
        "missing_values": _missing_values(content, clinical),
        "hidden": hidden,
        "has_roles": content.scores is not None,
    } | _table_one(content)


def files(content: Content) -> Mapping[str, bytes]:
    """Return Table 1 as a table for other programs, with all columns of `tilscope.statistics.table_one`."""
    try:
        found, _ = compared_characteristics(content)
    except TilscopeError:
        return {}
    return {} if found is None else {TABLE_ONE_FILE: encode_tsv(found, index=False)}


def compared_characteristics(content: Content) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Return Table 1 (None without roles or a clinical table), and what is said about its columns.

    Raises
    ------
    TableError
        TAB-59, TAB-60 as `tilscope.statistics.table_one`.
    """
    compared, (clinical, _) = content.compared, shareable(content.participants)
    if compared is None or clinical.empty:
        return None, ()
    frame, notes = with_levels(clinical, content.settings.get("cohort", {}).get("ordered_levels", {}))
    frame["til_level"] = compared["til_level"]
    return table_one(frame, compared["role"], _profile(content)), notes


def _profile(content: Content) -> Profile:
    return "paper-2022" if content.profile == "paper-2022" else "recommended"


def _table_one(content: Content) -> dict[str, Any]:
    """Return Table 1 and its footnotes for the template, or why there is none."""
    nothing: dict[str, Any] = {"table_one": None, "table_one_notes": (), "table_one_file": None}
    try:
        found, notes = compared_characteristics(content)
    except TilscopeError as error:
        return nothing | {"table_one_notes": (f"There is no Table 1: {error}",)}
    if found is None:
        return nothing
    written = found[found["note"] != ""].groupby("note", sort=False)["variable"].unique()
    remarks = (
        f"{', '.join(NAMES.get(name, name) for name in names)}: {note}." for note, names in written.items()
    )
    return {
        "table_one": _shown(content, found),
        "table_one_notes": (RULES[_profile(content)].in_words, READING, *notes, *remarks),
        "table_one_file": f"assets/tables/{TABLE_ONE_FILE}",
    }


def _shown(content: Content, found: pd.DataFrame) -> Table:
    shown = found.copy()
    shown["p_value"] = _only_first(found["p_value"], lambda p: cell(float(p), p_value))
    shown["smd"] = _only_first(found["smd"], lambda smd: cell(float(smd), fixed))
    shown["test"] = found["test"].replace(SHORT_TESTS)
    shown["variable"] = found["variable"].replace(NAMES).where(~found["variable"].duplicated(), "")
    compared = content.compared
    roles = [] if compared is None else [role for role in ROLES if role in found.columns]
    headings = {"variable": "Characteristic", "level": "Level"}
    headings |= {role: f"{role.capitalize()} (n\u00a0=\u00a0{_n_compared(content, role)})" for role in roles}
    headings |= {"p_value": "p", "smd": "SMD", "test": "Test"}
    caption = "Table 1. Characteristics of the patients by role; the same rules for every variable."
    result = frame_table(caption, shown, headings)
    return Table(result.caption, result.columns, result.rows, can_sort=False)


def _n_compared(content: Content, role: str) -> int:
    compared, participants = content.compared, content.participants
    if compared is None or participants is None:
        return 0
    return int((compared.index.isin(participants.index) & (compared["role"] == role)).sum())


def _only_first(column: pd.Series, write: Callable[[float], Cell]) -> pd.Series:
    """Return cells that are blank below a variable's first row, where the number is NaN."""
    return pd.Series(
        [Cell("", None) if pd.isna(v) else write(v) for v in column], index=column.index, dtype=object
    )


def _missing_values(content: Content, clinical: pd.DataFrame) -> Table | None:
    """Return how many patients have no value, for all and by TIL class; a column that nobody lacks has zeros."""
    if clinical.empty:
        return None
    levels = _levels(content).reindex(clinical.index)
    named = {level: f"Missing, {level} TILs" for level in LEVELS if (levels == level).any()}
    groups = {heading: levels == level for level, heading in named.items()}
    if groups and levels.isna().any():
        groups["Missing, TILs unknown"] = levels.isna()
    rows = []
    for column in clinical:
        is_missing = clinical[column].isna()
        by_class = (f"{int(is_missing[own].sum())} of {int(own.sum())}" for own in groups.values())
        name = NAMES.get(str(column), str(column))
        rows.append(
            (name, int((~is_missing).sum()), int(is_missing.sum()), percent(is_missing.mean()), *by_class)
        )
    n_lacking = int(clinical.isna().any().sum())
    caption = (
        f"Values present and missing per column of participants.tsv: {n_lacking} of {clinical.shape[1]} columns have "
        f"gaps, {int(clinical.notna().all(axis=1).sum())} of {len(clinical)} patients have none"
    )
    return table(caption, ("Column", "Present", "Missing", "Share missing", *groups), rows)


def _levels(content: Content) -> pd.Series:
    """Return the TIL class of every patient that has one."""
    return pd.Series(dtype=object) if content.scores is None else content.scores["til_level"].dropna()


COHORT = Section(
    "cohort",
    "Cohort and flow of patients",
    view,
    badge=lambda content: str(len(content.patients)) if content.patients else None,
    files=files,
)
