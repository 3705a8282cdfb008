"""Clinical and pathological variables against high and low Rad-TILs, and against the score itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from tilscope.biology.landscape.variable_tests import (
    Found,
    Method,
    against_groups,
    against_score,
    counts_by_level,
    kind_of,
)
from tilscope.statistics import benjamini_hochberg
from tilscope.statistics.clinical_columns import shareable, with_levels
from tilscope.vocabulary import TableError

FAMILY = "clinical variables"
ALL, OUTSIDE, TRAINING = "all", "outside training", "training"
MIN_PATIENTS = 3
ASSOCIATION_COLUMNS = (
    "variable", "kind", "against", "patients", "family", "test", "statistic", "p_value", "p_adjusted", "effect",
    "effect_size", "ci_low", "ci_high", "contrast", "n", "n_missing", "is_outcome", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A variable that is left out, or not compared as declared.

    Attributes
    ----------
    variable, rule, reason : str
        Column, rule id, and why in words.
    """

    variable: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Associations:
    """Associations of the clinical variables with the score.

    Attributes
    ----------
    table : DataFrame
        ``ASSOCIATION_COLUMNS``; one row per variable, against what (``groups`` or ``score``), and patients (``all``,
        or those ``outside training``). p values are adjusted (Benjamini-Hochberg) within a family: the clinical
        variables against one of the two, in one of the two sets of patients. An outcome is in no family.
    levels : DataFrame
        ``variable, level, <positive>, <negative>``: patients of each class, in its order.
    excluded : tuple of Exclusion
    """

    table: pd.DataFrame
    levels: pd.DataFrame
    excluded: tuple[Exclusion, ...]


def associate(
    clinical: pd.DataFrame,
    scores: pd.DataFrame,
    order: tuple[str, str] = ("high", "low"),
    *,
    outcomes: Collection[str] = (),
    ordered_levels: Mapping[str, Sequence[str]] | None = None,
    method: Method = "auto",
) -> Associations:
    """Compare every usable clinical variable between the groups and with the score.

    A class against the groups: chi-square or Fisher's exact test; an ordered one: Cochran and Armitage's trend. A
    class with the score: Welch's t or Wilcoxon (two levels), Kruskal-Wallis (more); an ordered one: Jonckheere and
    Terpstra's trend. A number between the groups: Welch's t or Wilcoxon; with the score: Spearman's rho.

    Parameters
    ----------
    clinical : DataFrame, patients x variables
        Numbers and texts; a missing value leaves its patient out of that variable only.
    scores : DataFrame, patients x ``score, group, role``
        ``group``: one of ``order``, or missing; role ``training``: a patient that the score was fitted on.
    order : tuple of str
        The group that effects favour, and the other one.
    outcomes : collection of str
        Variables that the score was trained on: compared in the patients outside training only.
    ordered_levels : mapping of str to sequence of str, optional
        Levels of ordered classes, from low to high.
    method : {"auto", "auto-student"}
        Of numbers between groups, as `tilscope.statistics.compare_two_groups`.

    Raises
    ------
    TableError
        ``TAB-60`` for fewer than three patients with a score; ``TAB-59`` for infinite values.
    """
    known = scores.dropna(subset=["score"])
    known = known[known.index.isin(clinical.index)]
    if len(known) < MIN_PATIENTS:
        raise TableError(
            "TAB-60",
            "too few patients have a score and a row in the clinical table",
            found=len(known),
            expected=f"at least {MIN_PATIENTS}",
            remedy="Complete participants.tsv.",
        )
    frame, excluded = _usable(clinical.loc[known.index], ordered_levels or {})
    sets = _patients(known)
    rows: list[dict[str, Any]] = []
    for name in map(str, frame):
        is_outcome = name in outcomes
        chosen = {what: patients for what, patients in sets.items() if not (is_outcome and what == ALL)}
        if not chosen:
            why = "the score was trained on it, and no patient is outside training"
            excluded.append(Exclusion(name, "TAB-60", why))
        for what, patients in chosen.items():
            column = frame[name].loc[patients.index]
            for against, found in _compared(column, patients, order, method):
                told = {"against": against, "patients": what, "is_outcome": is_outcome}
                rows.append(_row(column, found, told))
    table = _adjusted(pd.DataFrame(rows, columns=list(ASSOCIATION_COLUMNS)))
    return Associations(table, _levels(frame, known["group"], order), tuple(excluded))


def _usable(
    clinical: pd.DataFrame, ordered_levels: Mapping[str, Sequence[str]]
) -> tuple[pd.DataFrame, list[Exclusion]]:
    """Return the columns that can be compared, as what they are, and what is wrong with the others."""
    shown, hidden = shareable(clinical)
    frame, notes = with_levels(shown, ordered_levels)
    excluded = [Exclusion(name, "TAB-61", "free text, which may identify patients") for name in hidden]
    excluded += [
        Exclusion(str(name), "TAB-61", note.removeprefix(f"{name} is "))
        for name in frame
        for note in notes
        if note.startswith(f"{name} is not compared")
    ]
    kept = []
    for name in frame:
        found = _problem(frame[name])
        if found is None:
            kept.append(name)
        else:
            excluded.append(Exclusion(str(name), *found))
    return frame[kept], excluded


def _problem(column: pd.Series) -> tuple[str, str] | None:
    n, n_values = int(column.count()), int(column.nunique())
    if n == 0:
        return "TAB-61", "no patient with a score has a value"
    if n_values < 2:
        return "TAB-61", f"all {n} values are equal"
    if n < MIN_PATIENTS:
        return "TAB-60", f"only {n} patients with a score have a value"
    return None


def _patients(known: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the sets of patients: all, and those outside training where they are others and some."""
    outside = known[known["role"] != TRAINING]
    if len(outside) == len(known):
        return {OUTSIDE: known}
    return {ALL: known} | ({OUTSIDE: outside} if len(outside) else {})


def _compared(
    column: pd.Series, patients: pd.DataFrame, order: tuple[str, str], method: Method
) -> Iterator[tuple[str, Found]]:
    yield "groups", against_groups(column, patients["group"], order, method)
    yield "score", against_score(column, patients["score"])


def _row(column: pd.Series, found: Found, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "variable": str(column.name),
        "kind": kind_of(column),
        "n_missing": int(column.isna().sum()),
        "family": ""
        if row["is_outcome"]
        else f"{FAMILY} against the {row['against']}, patients: {row['patients']}",
        **asdict(found),
        **row,
    }


def _adjusted(table: pd.DataFrame) -> pd.DataFrame:
    adjusted = table.assign(p_adjusted=float("nan"))
    for family, rows in table.groupby("family", sort=False):
        if family:
            adjusted.loc[rows.index, "p_adjusted"] = benjamini_hochberg(rows["p_value"].to_numpy(dtype=float))
    return adjusted


def _levels(frame: pd.DataFrame, groups: pd.Series, order: tuple[str, str]) -> pd.DataFrame:
    parts = [
        counts_by_level(frame[name], groups, order)
        .rename_axis("level")
        .reset_index()
        .assign(variable=str(name))
        for name in frame
        if kind_of(frame[name]) != "number"
    ]
    columns = ["variable", "level", *order]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
