"""Tests of the score: classes, calibration, permuted classes, simple models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.performances import Performance
from tilscope.report.register.family import Family, against, one_row
from tilscope.report.wording import SIMPLE_NAMES
from tilscope.statistics import Calibration, Estimate


def performance(content: Content) -> Iterator[Family]:
    """Yield the tests of the score by class, and of its calibration, role by role."""
    compared = [row for row in content.performance if row.p_value is not None]
    if compared:
        rows = [
            one_row(
                f"Score, {row.role}",
                compared=_classes(row),
                n=_n(row),
                test=row.test,
                value=row.statistic,
                p_value=row.p_value,
            )
            for row in compared
        ]
        yield Family("performance", "Score by class", "signature/performance.json *.p_value", _all(rows))
    yield from _calibration(content)


def _calibration(content: Content) -> Iterator[Family]:
    known = [(row, row.calibration) for row in content.performance if row.calibration is not None]
    for name, title, told in (("intercept", "intercept is 0", "intercept"), ("slope", "slope is 1", "slope")):
        rows = [_estimate(row, getattr(found, name), f"Calibration {title}", told) for row, found in known]
        if rows:
            source = f"signature/performance.json *.calibration.{name}.p_value"
            yield Family("performance", f"Calibration: {title}", source, _all(rows))
    if known:
        rows = [_joint(row, found) for row, found in known]
        source = "signature/performance.json *.calibration.joint_p_value"
        yield Family("performance", "Calibration: intercept 0 and slope 1 together", source, _all(rows))


def _estimate(row: Performance, found: Estimate, variable: str, effect: str) -> pd.DataFrame:
    return one_row(
        f"{variable}, {row.role}",
        compared=_classes(row),
        n=_n(row),
        test="Wald",
        value=(found.value - found.null) / found.standard_error,
        effect=f"calibration {effect}",
        effect_size=found.value,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        p_value=found.p_value,
        note=_apparent(row),
    )


def _joint(row: Performance, found: Calibration) -> pd.DataFrame:
    return one_row(
        f"Calibration, {row.role}",
        compared=_classes(row),
        n=_n(row),
        test="likelihood ratio",
        statistic="χ²",
        value=found.joint_chi2,
        p_value=found.joint_p_value,
        note=_apparent(row),
    )


def _apparent(row: Performance) -> str:
    return "apparent: the score was fitted on these patients" if row.role == "training" else ""


def _classes(row: Performance) -> str:
    return against(f"{row.positive} TILs", f"{row.negative} TILs", row.n_positive, row.n_negative)


def _n(row: Performance) -> int:
    return row.n_positive + row.n_negative


def _all(rows: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(rows, ignore_index=True)


def honesty(content: Content) -> Iterator[Family]:
    """Yield the permutation test of the whole fit, and the score against simple models."""
    panel = content.honesty
    if panel is None:
        return
    if panel["permutation"] is not None:
        yield Family(
            "honesty",
            "The whole fit on permuted classes",
            "signature/honesty.json permutation.p_value",
            _permuted(panel["permutation"]),
        )
    rows = [
        one_row(
            "Validation AUC",
            compared=f"signature against {SIMPLE_NAMES.get(name, name).lower()}",
            n=row["n"],
            test="paired DeLong",
            value=row.get("z"),
            effect="difference of AUCs",
            effect_size=row["difference"],
            ci_low=row["difference_low"],
            ci_high=row["difference_high"],
            p_value=row["p_value"],
        )
        for name, row in panel["baselines"].items()
    ]
    if rows:
        yield Family(
            "honesty",
            "Signature against simple models",
            "signature/honesty.json baselines.*.p_value",
            _all(rows),
        )


def _permuted(found: dict[str, Any]) -> pd.DataFrame:
    return one_row(
        "Cross-validated AUC",
        compared=f"true classes against {len(found['permuted'])} permutations of them",
        test=f"permutation, one-sided, {found['n_folds']} folds",
        statistic="AUC",
        value=found["observed"],
        effect="AUC above the permutations' mean",
        effect_size=_above(found),
        p_value=found["p_value"],
    )


def _above(found: dict[str, Any]) -> float | None:
    return None if found["mean"] is None else found["observed"] - found["mean"]
