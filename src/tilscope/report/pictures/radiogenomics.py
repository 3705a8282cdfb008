"""The record of the radiogenomic map."""

from __future__ import annotations

import pandas as pd

from tilscope.figures import RadiogenomicPicture
from tilscope.report.content import Content

MAX_SETS, MAX_FEATURES = 40, 14
REFERENCES = {"rad_tils_score": "Rad-TILs score", "til_percent": "sTIL (pathologists)"}


def radiogenomic_picture(content: Content) -> RadiogenomicPicture | None:
    """Return the matrix of gene sets and columns: the score, sTIL, then the features, alike ones side by side."""
    results = content.results.get("radiogenomics")
    if results is None or results.tables["feature_sets"].empty:
        return None
    table = results.tables["feature_sets"]
    rho, adjusted = (
        table.pivot_table(index="gene_set", columns="feature", values=name, sort=False, dropna=False)
        for name in ("rho", "p_adjusted")
    )
    references = [name for name in REFERENCES if name in rho.columns]
    features = [
        name for name in results.record["feature_order"] if name in rho.columns and name not in REFERENCES
    ]
    columns = [*references, *_strongest(rho[features].T, MAX_FEATURES)]
    rows = _strongest(rho.loc[[name for name in results.record["set_order"] if name in rho.index]], MAX_SETS)
    if not rows or not columns:
        return None
    shown = [
        table.reindex(index=rows, columns=columns).rename(columns=REFERENCES) for table in (rho, adjusted)
    ]
    return RadiogenomicPicture(shown[0], shown[1], len(references), results.record["n_samples"])


def _strongest(matrix: pd.DataFrame, n: int) -> list[str]:
    """Return the rows with the largest correlations in their order."""
    largest = matrix.abs().max(axis=1).sort_values(ascending=False, kind="stable").index[:n]
    return [str(name) for name in matrix.index if name in set(largest)]
