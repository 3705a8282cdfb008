"""What the register holds: families of tests, and every test of them as one row of the same columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

SIGNIFICANT = 0.05
BH = "Benjamini-Hochberg"
UNADJUSTED = "none"
_NAN = float("nan")

# Column of the register -> what stands there where a source does not store it.
COLUMNS: dict[str, Any] = {
    "variable": "",
    "compared": "",
    "n": _NAN,
    "test": "",
    "statistic": "",
    "value": _NAN,
    "effect": "",
    "effect_size": _NAN,
    "ci_low": _NAN,
    "ci_high": _NAN,
    "p_value": _NAN,
    "p_adjusted": _NAN,
    "note": "",
}
NUMBERS = tuple(name for name, missing in COLUMNS.items() if missing != "")

# Test -> the sign of its statistic; a test without one (Fisher's exact test) has none.
STATISTICS = {
    "Welch t": "t",
    "Student t": "t",
    "moderated t": "t",
    "Wilcoxon rank-sum": "W",
    "Wilcoxon rank-sum (exact)": "W",
    "Spearman": "ρ",
    "Kruskal-Wallis": "H",
    "ANOVA": "F",
    "Welch ANOVA": "F",
    "Pearson chi-square": "χ²",
    "Pearson chi-square (Yates)": "χ²",
    "Cochran-Armitage": "χ²",
    "linear-by-linear": "χ²",
    "Jonckheere-Terpstra": "z",
    "paired DeLong": "z",
    "Wald": "z",
    "paired t": "t",
    "slope is zero": "t",
}


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Tests that answer one question together, and whose p values were adjusted together or not at all.

    Attributes
    ----------
    section : str
        Anchor of the section that shows them.
    name : str
        What is asked.
    source : str
        File and column (or keys) of the p values, relative to ``derivatives``.
    rows : DataFrame, columns as `COLUMNS`
        Every stored test; one without p and adjusted p was not done, and its note says why.
    adjustment : str
        How p was adjusted within the family.
    limit : float
        Adjusted p below which a test of this family counts.
    is_listed : bool
        Whether the page lists its tests one by one (genes and gene sets stand in the file only).
    n_ran : int or None
        Tests that ran, where only those with the smallest p values are stored.
    """

    section: str
    name: str
    source: str
    rows: pd.DataFrame
    adjustment: str = UNADJUSTED
    limit: float = SIGNIFICANT
    is_listed: bool = True
    n_ran: int | None = None

    @property
    def done(self) -> pd.DataFrame:
        """Stored tests that were done."""
        return self.rows[self.rows["p_value"].notna() | self.rows["p_adjusted"].notna()]

    @property
    def n_tests(self) -> int:
        """Number of tests that ran, stored or not."""
        return len(self.done) if self.n_ran is None else self.n_ran

    @property
    def n_with_p(self) -> int:
        """Number of tests that ran and left a p value; of some sources only the smallest are stored."""
        known = int(self.rows["p_value"].notna().sum())
        return known if self.n_ran is None or not known else self.n_ran

    @property
    def is_partly_stored(self) -> bool:
        """Whether more tests ran than are stored."""
        return self.n_tests > len(self.done)

    @property
    def by_chance(self) -> float:
        """Number of tests with p below .05 that is expected (at most) if nothing differs."""
        return SIGNIFICANT * self.n_with_p

    @property
    def smallest(self) -> float:
        """Smallest p value; NaN where none is stored."""
        return float(self.rows["p_value"].min())

    @property
    def n_below(self) -> int:
        """Stored tests with p below .05, before any adjustment."""
        return int((self.rows["p_value"] < SIGNIFICANT).sum())

    @property
    def n_passed(self) -> int | None:
        """Stored tests below the family's limit after adjustment; None where nothing was adjusted."""
        if self.adjustment == UNADJUSTED:
            return None
        return int((self.rows["p_adjusted"] < self.limit).sum())


def as_rows(**given: Any) -> pd.DataFrame:
    """Return tests with the register's columns, from series (at least one) and single values.

    What a source does not store stays missing; the sign of the statistic follows from the test unless it is given.
    """
    table = pd.DataFrame(COLUMNS | given).reset_index(drop=True)
    if "statistic" not in given:
        signs = table["test"].map(lambda test: STATISTICS.get(test, "") if isinstance(test, str) else "")
        table["statistic"] = signs.where(table["value"].notna(), "")
    for name, missing in COLUMNS.items():
        if missing == "":
            table[name] = table[name].map(lambda text: text if isinstance(text, str) else "")
        else:
            table[name] = table[name].astype(float)
    return table[list(COLUMNS)]


def one_row(variable: str, **given: Any) -> pd.DataFrame:
    """Return a single test as a table of one row."""
    missing = {name: COLUMNS[name] for name, value in given.items() if value is None}
    return as_rows(variable=pd.Series([variable]), **given | missing)


def adjusted(rows: pd.DataFrame) -> str:
    """Return how the p values of a result table were adjusted."""
    return BH if rows["p_adjusted"].notna().any() else UNADJUSTED


def against(positive: str, negative: str, n_positive: Any = None, n_negative: Any = None) -> str:
    """Return ``high (n = 7) against low (n = 10)``; without the numbers where they are not known."""
    sizes = [f" (n = {int(n)})" if n is not None and n == n else "" for n in (n_positive, n_negative)]  # noqa: PLR0124  (NaN)
    return f"{positive}{sizes[0]} against {negative}{sizes[1]}"
