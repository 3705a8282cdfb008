"""Colours that readers with any colour vision tell apart (Okabe and Ito 2008), one meaning each."""

from __future__ import annotations

INK = "#1d2733"
GREY = "#6b7785"
LIGHT = "#d5dbe1"
PALE = "#f1f4f7"

BLUE = "#0072b2"
VERMILION = "#d55e00"
GREEN = "#009e73"
ORANGE = "#e69f00"
SKY = "#56b4e9"
PURPLE = "#cc79a7"

HIGH = VERMILION
LOW = BLUE
OUTLINE = "#ffb000"  # on grey images

LEVEL_COLOURS = {"high": HIGH, "low": LOW}
ROLE_COLOURS = {"training": GREEN, "validation": PURPLE, "external": SKY}

DIVERGING = "RdBu_r"


def level_colour(level: str, order: tuple[str, ...] = ()) -> str:
    """Return the colour of a class: vermilion for ``high`` or the first of the order, blue for the other."""
    if level in LEVEL_COLOURS:
        return LEVEL_COLOURS[level]
    return HIGH if order[:1] == (level,) else LOW
