"""The register of statistical tests: one collector per source, each giving families of tests as rows.

A new test is one collector here; a test of the made-up study finds every p value in the derivatives that no family
holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.register.chance import clusters, robustness
from tilscope.report.register.comparisons import associations, immune, molecules
from tilscope.report.register.correlations import radiogenomics
from tilscope.report.register.evaluation import honesty, performance
from tilscope.report.register.expression import enrichment, genes
from tilscope.report.register.family import BH, COLUMNS, NUMBERS, UNADJUSTED, Family
from tilscope.report.register.patients import characteristics, readings, sites

COLLECTORS: tuple[Callable[[Content], Iterator[Family]], ...] = (
    readings,
    sites,
    performance,
    honesty,
    genes,
    enrichment,
    immune,
    molecules,
    clusters,
    associations,
    radiogenomics,
    robustness,
)


def families(content: Content, table_one: pd.DataFrame | None = None) -> tuple[Family, ...]:
    """Return every family of tests of a study of which one was done, in the order of its report.

    Parameters
    ----------
    content : Content
        The study's results; their tests are listed as they were stored, none is repeated here.
    table_one : DataFrame, optional
        Table 1 as `tilscope.statistics.table_one` makes it; the report makes it anew each time.
    """
    found = (family for collect in COLLECTORS for family in collect(content))
    return tuple(family for family in (*characteristics(table_one), *found) if family.n_tests)


def listed(found: tuple[Family, ...]) -> pd.DataFrame:
    """Return every stored test as one row, with its section, its family and how p was adjusted."""
    parts = [
        f.rows.assign(section=f.section, family=f.name, adjustment=f.adjustment) for f in found if len(f.rows)
    ]
    columns = ["section", "family", *COLUMNS, "adjustment"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


__all__ = ["BH", "COLLECTORS", "NUMBERS", "UNADJUSTED", "Family", "families", "listed"]
