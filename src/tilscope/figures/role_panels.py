"""Square panels side by side, one per role: the part that the figures of an evaluation share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from matplotlib.axes import Axes

from tilscope.figures.figure import TWO_COLUMNS_MM, Size, panels


def draw_per_role(pictures: Sequence[Any], ax: Axes, draw: Callable[[Any, Axes], None]) -> None:
    """Draw one panel per picture; the first one carries the label of the vertical axis."""
    for index, (place, picture) in enumerate(
        zip(panels(ax, 1, len(pictures), wspace=0.05)[0], pictures, strict=True)
    ):
        draw(picture, place)
        if index:
            place.set_ylabel("")
            place.tick_params(labelleft=False)


def write_in_corner(text: str, ax: Axes, *, right: float = 0.95, middle: float = 0.16) -> None:
    """Write numbers over a pale ground, right-aligned in axes' coordinates."""
    ax.text(
        right,
        middle,
        text,
        ha="right",
        va="center",
        linespacing=1.5,
        zorder=5,
        fontsize=6.5,
        transform=ax.transAxes,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2.0},
    )


def size_per_role(n: int, extra_mm: float = 9.0) -> Size:
    """Return a width by the number of roles, and the height of a square panel with its labels."""
    return min(TWO_COLUMNS_MM, 10.0 + 68.0 * n), extra_mm + min(68.0, (TWO_COLUMNS_MM - 10.0) / n)


def role_title(role: str) -> str:
    """Return the title of a role's panel; what training shows of itself is apparent."""
    return f"{role.capitalize()} (apparent)" if role == "training" else role.capitalize()


def apparent_curve(roles: Iterable[str]) -> str:
    """Return what a legend says where training is among the roles, with a blank before it."""
    return " In training the curve is apparent, hence optimistic." if "training" in roles else ""
