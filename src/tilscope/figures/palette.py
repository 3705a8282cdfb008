"""Colours that readers with any colour vision tell apart (Okabe and Ito 2008), one meaning each.

Each colour is a name of its own that matplotlib knows, so that a style file (`tilscope.figures.style`) changes what the
name stands for, and no figure need be told.
"""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.colors import get_named_colors_mapping

# What a name stands for, unless a style says otherwise; hexadecimal sRGB.
COLOURS: dict[str, str] = {
    "ink": "#1d2733",
    "grey": "#6b7785",
    "light": "#d5dbe1",
    "pale": "#f1f4f7",
    "blue": "#0072b2",
    "vermilion": "#d55e00",
    "green": "#009e73",
    "orange": "#e69f00",
    "sky": "#56b4e9",
    "purple": "#cc79a7",
    "high": "#d55e00",
    "low": "#0072b2",
    "training": "#009e73",
    "validation": "#cc79a7",
    "external": "#56b4e9",
    "outline": "#ffb000",  # on grey images
}
DIVERGING_MAP = "RdBu_r"


def own_name(meaning: str) -> str:
    """Return the name under which matplotlib knows one of our colours."""
    return f"tilscope:{meaning}"


def stand_for(colours: dict[str, str], diverging: str) -> None:
    """Let every own name stand for these colours, and `DIVERGING` for this colour map of matplotlib's."""
    known = get_named_colors_mapping()
    for meaning, colour in colours.items():
        known[own_name(meaning)] = colour  # one by one: setting an item empties matplotlib's cache
    mpl.colormaps.unregister(DIVERGING)
    mpl.colormaps.register(mpl.colormaps[diverging], name=DIVERGING)


INK = own_name("ink")
GREY = own_name("grey")
LIGHT = own_name("light")
PALE = own_name("pale")

BLUE = own_name("blue")
VERMILION = own_name("vermilion")
GREEN = own_name("green")
ORANGE = own_name("orange")
SKY = own_name("sky")
PURPLE = own_name("purple")

HIGH = own_name("high")
LOW = own_name("low")
OUTLINE = own_name("outline")

LEVEL_COLOURS = {"high": HIGH, "low": LOW}
ROLE_COLOURS = {role: own_name(role) for role in ("training", "validation", "external")}

DIVERGING = "tilscope-diverging"

stand_for(COLOURS, DIVERGING_MAP)


def level_colour(level: str, order: tuple[str, ...] = ()) -> str:
    """Return the colour of a class: vermilion for ``high`` or the first of the order, blue for the other."""
    if level in LEVEL_COLOURS:
        return LEVEL_COLOURS[level]
    return HIGH if order[:1] == (level,) else LOW
