"""The immune landscape: cells and signatures in both groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from tilscope.report.content import Biology, Content
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Table, frame_table
from tilscope.report.wording import fixed, number, p_value

MAX_ROWS = 200


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return the tables of tests; the boxes are figures."""
    if content.gene_set_tests is None and content.signature_scores is None:
        return missing_result(
            content,
            "biology",
            "There are no immune-cell scores: they need an expression matrix and gene sets.",
            "tilscope run STUDY (after importing expression.tsv.gz and genesets/*.gmt)",
        )
    design = content.biology
    return {
        "design": design,
        "cells": _tests(content.gene_set_tests, "Immune-cell gene sets", design),
        "signatures": _tests(content.signature_tests, "Immune signatures", design),
        "n_significant": _n_significant(content.gene_set_tests),
        "n_tested": 0 if content.gene_set_tests is None else len(content.gene_set_tests),
    }


def _n_significant(tests: pd.DataFrame | None) -> int:
    return 0 if tests is None else int((tests["p_adjusted"] < 0.05).sum())


def _tests(tests: pd.DataFrame | None, what: str, design: Biology) -> Table | None:
    if tests is None:
        return None
    headings = {"variable": "Variable", "test": "Test", "statistic": "Statistic"}
    headings |= {f"median_{g}": f"Median, {g}" for g in (design.positive, design.negative)}
    headings |= {f"n_{g}": f"n, {g}" for g in (design.positive, design.negative)}
    headings |= {"effect_size": "Effect size", "p_value": "p", "p_adjusted": "p (FDR)"}
    formats = {name: lambda v: fixed(v, 3) for name in headings if name.startswith("median_")}
    formats |= {
        "effect_size": lambda v: fixed(v, 2),
        "p_value": p_value,
        "p_adjusted": p_value,
        "statistic": lambda v: number(v, 4),
    }
    family = tests["family"].iloc[0] if "family" in tests and len(tests) else what
    caption = (
        f"{what}, {design.positive} against {design.negative} {design.group_name}; family of tests: {family}"
    )
    ordered = tests.rename_axis("variable").sort_values("p_value", kind="stable")
    if len(ordered) > MAX_ROWS:
        caption += f"; the {MAX_ROWS} smallest p values of {len(ordered):,}, all are in derivatives/biology"
        ordered = ordered.head(MAX_ROWS)
    return frame_table(caption, ordered, headings, formats, can_filter=len(tests) > 12)


IMMUNE = Section("immune", "Immune landscape", view)
