"""Rank correlations of the score and its features with gene sets, as a matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tilscope.figures.boxes import stars
from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size
from tilscope.figures.palette import DIVERGING

LIMITS = (0.5, 0.75, 1.0)
MAX_NAME = 52
CELL_MM = (10.0, 4.4)
DARK = 0.62  # share of the colour scale from which marks are white


@dataclass(frozen=True, slots=True, eq=False)
class RadiogenomicPicture:
    """Correlations in the order in which they are drawn.

    Attributes
    ----------
    rho, p_adjusted : DataFrame of float, gene sets x columns
        NaN where there is none.
    n_references : int
        The first columns that are no features (the score, the pathologists' sTIL); a gap sets them apart.
    n_samples : int
        Patients.
    """

    rho: pd.DataFrame
    p_adjusted: pd.DataFrame
    n_references: int
    n_samples: int


def draw_radiogenomic_map(record: RadiogenomicPicture, ax: Axes) -> None:
    """Draw the matrix with stars, names and a colour bar."""
    values = record.rho.to_numpy(dtype=float)
    limit = next((end for end in LIMITS if np.nanmax(np.abs(values), initial=0.0) <= end), 1.0)
    places = _places(record)
    n_sets = len(values)
    image = None
    for part in (slice(0, record.n_references), slice(record.n_references, None)):
        block = values[:, part]
        if not block.shape[1]:
            continue
        left = places[part][0] - 0.5
        image = ax.imshow(
            block,
            cmap=DIVERGING,
            vmin=-limit,
            vmax=limit,
            aspect="auto",
            interpolation="nearest",
            extent=(left, left + block.shape[1], n_sets - 0.5, -0.5),
        )
    _marks(record, ax, places, limit)
    ax.set_xlim(places[0] - 0.5, places[-1] + 0.5)
    ax.set_ylim(n_sets - 0.5, -0.5)
    ax.set_yticks(range(n_sets), [_short(str(name)) for name in record.rho.index])
    ax.set_xticks(places, [_short(str(name)) for name in record.rho.columns], rotation=90, fontsize=5.8)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    if image is not None:
        bar = ax.figure.colorbar(image, ax=ax, shrink=0.6 if n_sets > 12 else 1.0, aspect=18, pad=0.02)
        bar.set_label("Spearman's ρ")
        bar.outline.set_visible(False)


def _places(record: RadiogenomicPicture) -> list[float]:
    n = record.rho.shape[1]
    gap = 0.35 if 0 < record.n_references < n else 0.0
    return [k + (gap if k >= record.n_references else 0.0) for k in range(n)]


def _marks(record: RadiogenomicPicture, ax: Axes, places: list[float], limit: float) -> None:
    rhos, adjusted = (table.to_numpy(dtype=float) for table in (record.rho, record.p_adjusted))
    for row, column in np.ndindex(rhos.shape):
        mark, rho = stars(float(adjusted[row, column])), float(rhos[row, column])
        if mark in ("", "ns"):
            continue
        colour = "white" if abs(rho) > DARK * limit else "black"
        # stars hang high in their line
        ax.text(places[column], row + 0.16, mark, ha="center", va="center", fontsize=6, color=colour)


def _short(name: str) -> str:
    return name if len(name) <= MAX_NAME else "…" + name[-(MAX_NAME - 1) :]


def radiogenomic_size(record: RadiogenomicPicture) -> Size:
    """Return a size by the numbers of sets and columns and the length of their names."""
    below, left = (
        1.1 * min(MAX_NAME, max((len(str(name)) for name in names), default=0))
        for names in (record.rho.columns, record.rho.index)
    )
    n_sets, n_columns = record.rho.shape
    width = min(TWO_COLUMNS_MM, left + 24.0 + CELL_MM[0] * (n_columns + 0.35))
    return max(90.0, width), max(70.0, 8.0 + below + CELL_MM[1] * n_sets)


def radiogenomic_legend(record: RadiogenomicPicture) -> str:
    """Say what a cell is, what the stars mean, and how rows and columns are ordered."""
    return (
        "Spearman's rank correlation of the Rad-TILs score, the pathologists' sTIL percentage (for comparison) and the "
        f"features of the signature with {len(record.rho)} single-sample scores of gene sets and signatures in "
        f"{record.n_samples} patients. Stars: p adjusted over the sets of one column (Benjamini-Hochberg), * below "
        ".05, ** .01, *** .001. Alike rows and columns are neighbours. The score was fitted to sTIL in the training "
        "patients, who are among these."
    )


RADIOGENOMIC_MAP = Figure(
    "radiogenomic-map", "Radiogenomic map", draw_radiogenomic_map, radiogenomic_legend, radiogenomic_size
)
