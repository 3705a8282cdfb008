"""The records of immune cells and signatures by group."""

from __future__ import annotations

import pandas as pd

from tilscope.figures import GroupedBoxes
from tilscope.report.content import Content
from tilscope.report.wording import SET_SCORE_NAMES

MAX_SETS = 30


def immune_cells(content: Content) -> GroupedBoxes | None:
    """Return the gene-set scores of the tested sets."""
    unit = f"{SET_SCORE_NAMES.get(content.biology.set_scores, content.biology.set_scores)} score"
    return _boxes(content, content.gene_set_scores, content.gene_set_tests, unit)


def signatures(content: Content) -> GroupedBoxes | None:
    """Return the signatures' scores."""
    return _boxes(content, content.signature_scores, content.signature_tests, "Score")


def _boxes(
    content: Content, scores: pd.DataFrame | None, tests: pd.DataFrame | None, unit: str
) -> GroupedBoxes | None:
    if scores is None or content.groups is None:
        return None
    p_adjusted = {} if tests is None else {str(name): float(p) for name, p in tests["p_adjusted"].items()}
    known = scores.index[scores.notna().any(axis=1)]
    shown = [name for name in known if not p_adjusted or name in p_adjusted]
    shown = sorted(shown, key=lambda name: p_adjusted.get(name, 1.0))[:MAX_SETS]
    samples = [sample for sample in scores.columns if sample in content.groups.index]
    if not shown or not samples:
        return None
    design = content.biology
    table = scores.loc[shown, samples].T
    return GroupedBoxes(
        table,
        content.groups.loc[samples],
        design.positive,
        design.negative,
        {name: p_adjusted[name] for name in shown if name in p_adjusted},
        unit,
        design.group_name,
        _test(tests),
        _adjusted_over(tests),
    )


def _test(tests: pd.DataFrame | None) -> str:
    """Return the test where it is the same for all, in words."""
    if tests is None or "test" not in tests or len(set(tests["test"])) != 1:
        return ""
    return f"the {tests['test'].iloc[0]} test"


def _adjusted_over(tests: pd.DataFrame | None) -> str:
    """Return how many tests p is adjusted over."""
    if tests is None or "n_tests" not in tests or not len(tests):
        return ""
    n = int(tests["n_tests"].iloc[0])
    return f"{n} tests" if n > 1 else "one test"
