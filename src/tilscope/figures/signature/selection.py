"""How often each feature was selected over random splits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from tilscope.figures.figure import Figure, Size
from tilscope.figures.palette import GREY, VERMILION


@dataclass(frozen=True, slots=True)
class SelectionFrequency:
    """Features and the share of splits that selected them.

    Attributes
    ----------
    features : tuple of str
        Most frequent first.
    shares : tuple of float in [0, 1]
    is_in_signature : tuple of bool
    n_splits : int
    """

    features: tuple[str, ...]
    shares: tuple[float, ...]
    is_in_signature: tuple[bool, ...]
    n_splits: int


def draw_selection(record: SelectionFrequency, ax: Axes) -> None:
    """Draw one bar per feature, those of the signature in colour."""
    heights = np.arange(len(record.features))[::-1]
    colours = [VERMILION if own else GREY for own in record.is_in_signature]
    ax.barh(heights, record.shares, color=colours, height=0.66, alpha=0.85)
    for height, share in zip(heights, record.shares, strict=True):
        ax.annotate(
            f"{share:.0%}",
            (share, height),
            (2, 0),
            textcoords="offset points",
            va="center",
            fontsize=6,
            color=GREY,
        )
    ax.set_yticks(heights, record.features)
    ax.tick_params(axis="y", length=0, labelsize=6)
    ax.set_ylim(-0.6, len(record.features) - 0.4)
    ax.set_xlim(0, 1.08)
    ax.set_xticks(np.linspace(0, 1, 6), [f"{share:.0%}" for share in np.linspace(0, 1, 6)])
    ax.set_xlabel("Splits in which it was selected")


def selection_size(record: SelectionFrequency) -> Size:
    """Return a height by the number of features."""
    return 150.0, 14.0 + 4.2 * len(record.features)


def selection_legend(record: SelectionFrequency) -> str:
    """Say what the bars are."""
    n_own = sum(record.is_in_signature)
    own = f" Vermilion: the {n_own} of the signature." if n_own else ""
    return (
        f"Share of {record.n_splits} random splits in which the elastic net selected a feature; the most frequent "
        f"ones and those of the signature.{own}"
    )


SELECTION = Figure(
    "selection", "How often features are selected", draw_selection, selection_legend, selection_size
)
