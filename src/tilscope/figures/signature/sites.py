"""Sites before and after harmonisation: every patient on the first two principal components of the features."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILION

COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK)
OTHERS = "other sites"


@dataclass(frozen=True, slots=True, eq=False)
class SitePlaces:
    """Patients on two principal components.

    Attributes
    ----------
    frame : DataFrame
        Columns ``site``, ``role``, ``first``, ``second``; one row per patient.
    explained : tuple of float
        Share of the training variance of each component.
    """

    frame: pd.DataFrame
    explained: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class SitePanels:
    """The same patients before and after.

    Attributes
    ----------
    before, after : SitePlaces
        Each on components of its own.
    n_features : int
        Features that were harmonised.
    """

    before: SitePlaces
    after: SitePlaces
    n_features: int


def site_colours(frame: pd.DataFrame) -> dict[str, str]:
    """Return a colour per site, the largest first; sites beyond the palette are grey together."""
    counts = frame["site"].value_counts()
    ordered = sorted(counts.index, key=lambda site: (-counts[site], site))
    return {site: COLOURS[i] if i < len(COLOURS) else GREY for i, site in enumerate(ordered)}


def draw_sites(record: SitePanels, ax: Axes) -> None:
    """Draw one panel before and one after; filled points for training, open ones for the others."""
    colours = site_colours(record.before.frame)
    places = panels(ax, 1, 2, wspace=0.28)[0]
    for place, part, title in zip(places, (record.before, record.after), ("Before", "After"), strict=True):
        _draw_part(part, colours, place)
        place.set_title(title)
    named = [site for site, colour in colours.items() if colour != GREY]
    points = [(site, colours[site], colours[site]) for site in named]
    points += [(OTHERS, GREY, GREY)] if len(named) < len(colours) else []
    points += [("training", INK, INK), ("others", "none", INK)]
    handles = [
        Line2D(
            [],
            [],
            linestyle="",
            marker="o",
            markersize=4,
            markerfacecolor=face,
            markeredgecolor=edge,
            label=text,
        )
        for text, face, edge in points
    ]
    places[0].figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=min(4, len(handles)),
        frameon=False,
        fontsize=6.5,
        handletextpad=0.2,
    )


def _draw_part(part: SitePlaces, colours: dict[str, str], ax: Axes) -> None:
    for site, colour in colours.items():
        rows = part.frame[part.frame["site"] == site]
        is_training = (rows["role"] == "training").to_numpy()
        for chosen, face in ((is_training, colour), (~is_training, "none")):
            ax.scatter(
                rows["first"][chosen],
                rows["second"][chosen],
                s=11,
                facecolors=face,
                edgecolors=colour,
                linewidths=0.7,
                alpha=0.85,
            )
    ax.set_xlabel(f"First component ({100 * part.explained[0]:.0f} %)")
    ax.set_ylabel(f"Second component ({100 * part.explained[1]:.0f} %)")
    ax.margins(0.08)


def sites_size(record: SitePanels) -> Size:
    """Return a width for two panels, and a height with room for the names of the sites."""
    n_names = min(len(set(record.before.frame["site"])), len(COLOURS) + 1) + 2
    return TWO_COLUMNS_MM, 74.0 + 4.0 * -(-n_names // 4)


def sites_legend(record: SitePanels) -> str:
    """Say what is seen, with the numbers of patients and features."""
    frame = record.before.frame
    n_training = int((frame["role"] == "training").sum())
    return (
        f"{len(frame)} patients ({n_training} training) of {frame['site'].nunique()} sites on the first two principal "
        f"components of {record.n_features:,} standardised features, before and after harmonisation. Components are "
        "those of the training patients; in brackets their share of the variance. Where sites form clouds of their "
        "own, features tell the scanner or centre."
    )


SITES = Figure("sites", "Sites before and after harmonisation", draw_sites, sites_legend, sites_size)
