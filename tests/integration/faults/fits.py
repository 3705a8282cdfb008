"""Faults 59 to 65: classes, features and fits that a statistician would not trust."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from tilscope.signature import SelectionSettings, fit_signature, til_level
from tilscope.statistics import benjamini_hochberg, roc_auc
from tilscope.vocabulary import FeatureTable

FAULTS = {
    59: "An sTIL percentage is missing, outside 0 to 100, or no number",
    60: "A class is too small to train on",
    61: "Features that cannot be used, and collinear ones",
    62: "The AUC of patients of one class",
    63: "A p value that does not exist among others",
    65: "A feature separates the classes perfectly",
}
QUICK = SelectionSettings(n_lambda=30, n_folds=3)


@dataclass(frozen=True)
class Case:
    """One way in which a fault shows.

    Attributes
    ----------
    number : int
        Of the fault.
    how : str
        What is wrong, in a few words.
    ends : "R", "W" or "ok"
        Refused; a note; right values.
    rule : str
        Of the refusal or note.
    act : callable (folder)
        Meets the fault: raises, returns notes, or returns what was found and what is right.
    """

    number: int
    how: str
    ends: Literal["R", "W", "ok"]
    rule: str
    act: Callable[[Path], Any]

    def __str__(self) -> str:
        return f"{self.number:02d}-{self.ends}-{self.how.replace(' ', '_')}"


def cohort(n: int = 30) -> tuple[pd.DataFrame, pd.Series]:
    """Return features and classes; ``a`` tells the classes apart, with noise."""
    rng = np.random.default_rng(7)
    index = [f"sub-{i:02d}" for i in range(n)]
    values = pd.DataFrame(rng.normal(size=(n, 6)), index, list("abcdef"))
    levels = pd.Series(np.where(values["a"] + rng.normal(size=n) > 0, "high", "low"), index, dtype="str")
    return values, levels


def fit(change: Callable[[pd.DataFrame, pd.Series], tuple[pd.DataFrame, pd.Series]]) -> Any:
    values, levels = change(*cohort())
    return fit_signature(FeatureTable(values, "abc"), levels, QUICK, np.random.default_rng(1))


def percentages(*cells: str) -> Callable[[Path], Iterable[str]]:
    def act(folder: Path) -> Iterable[str]:
        from tilscope.reading import read_participants

        file = folder / "clinical.csv"
        file.write_text(
            "patient_id,stils\n" + "".join(f"p{i},{c}\n" for i, c in enumerate(("30", *cells, "5")))
        )
        read = read_participants(file)
        usable = read.frame["stils"].dropna()
        assert usable.to_dict() == {"p0": 30.0, f"p{len(cells) + 1}": 5.0}
        assert til_level(read.frame["stils"]).notna().sum() == 2
        return read.warnings

    return act


def one_class(n_low: int) -> Callable[[Path], Any]:
    def change(values: pd.DataFrame, levels: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
        few = levels.copy()
        few[:] = "high"
        few.iloc[:n_low] = "low"
        return values, few

    return lambda _: fit(change)


def unusable(_: Path) -> Iterable[str]:
    def change(values: pd.DataFrame, levels: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
        more = {
            "constant": 1.0,
            "near": [0.0] * 29 + [1.0],
            "gap": [np.nan, *values["b"][1:]],
            "copy": values["a"],
        }
        return values.assign(**more), levels

    found, sound = fit(change), fit(lambda values, levels: (values, levels))
    assert set(found.dropped) == {"constant", "near", "gap", "copy"}
    assert found.signature.features == sound.signature.features
    return found.notes


def no_feature_left(_: Path) -> Iterable[str]:
    return fit(lambda values, levels: (values * 0.0, levels)).notes


def collinear(_: Path) -> tuple[Any, Any]:
    def change(values: pd.DataFrame, levels: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
        return values.assign(twin=values["a"] * 2.0 + values["b"] * 1e-9), levels

    def shuffled(values: pd.DataFrame, levels: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
        changed, _ = change(values, levels)
        order = np.random.default_rng(3).permutation(len(changed))
        return changed.iloc[order], levels.iloc[::-1]

    return fit(shuffled).signature, fit(change).signature


def auc_of_one_class(_: Path) -> tuple[Any, Any]:
    found = roc_auc(np.array(["high"] * 5, dtype=object), np.linspace(0.1, 0.9, 5), "high")
    limits = [np.isnan(number) for number in (found.auc, found.ci_low, found.ci_high)]
    return (limits, bool(found.reason)), ([True, True, True], True)


def p_values(_: Path) -> tuple[Any, Any]:
    found = benjamini_hochberg([0.01, np.nan, 0.04, 0.03])
    return [round(q, 12) if q == q else None for q in found], [0.03, None, 0.04, 0.04]


def separated(_: Path) -> Iterable[str]:
    def change(values: pd.DataFrame, levels: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
        return values.assign(a=np.where(levels == "high", 1.0, -1.0) + 0.01 * values["b"]), levels

    found = fit(change)
    assert found.signature.origin == "elastic_net"
    assert np.isfinite([feature.coefficient for feature in found.signature.features]).all()
    assert any(warning.startswith("TAB-65") for warning in found.signature.warnings)
    return found.notes


CASES = (
    Case(59, "120", "W", "TAB-59", percentages("120")),
    Case(59, "-1", "W", "TAB-59", percentages("-1")),
    Case(59, ">=20", "W", "TAB-59", percentages(">=20")),
    Case(59, "10-20", "W", "TAB-59", percentages("10-20")),
    Case(59, "empty, NA, NaN", "W", "TAB-59", percentages("", "NA", "NaN")),
    Case(60, "nobody of one class", "R", "TAB-60", one_class(0)),
    Case(60, "one patient of a class", "R", "TAB-60", one_class(1)),
    Case(61, "constant, near constant, missing for one patient, equal to another", "W", "TAB-61", unusable),
    Case(61, "all constant", "W", "TAB-61", no_feature_left),
    Case(61, "collinear ones, whatever the order of patients", "ok", "", collinear),
    Case(62, "not defined, with a reason and no interval", "ok", "", auc_of_one_class),
    Case(63, "its q is missing, the others are right", "ok", "", p_values),
    Case(65, "the elastic net's coefficients are kept", "W", "TAB-65", separated),
)
