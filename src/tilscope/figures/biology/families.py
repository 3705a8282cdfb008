"""Families of molecules on a page: how the figures of single molecules share out their columns and rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

if TYPE_CHECKING:
    from tilscope.figures.figure import Size


def deal(sizes: Sequence[int], n_columns: int, head_rows: float) -> list[list[int]]:
    """Deal families out to columns of about equal height, the largest first; none is cut.

    Parameters
    ----------
    sizes : sequence of int
        Rows of each family.
    n_columns : int
        Columns at most.
    head_rows : float
        What a family's title takes, in rows.

    Returns
    -------
    list of list of int
        Per column the families' places in `sizes`, in their order; columns by their first family.
    """
    n = min(n_columns, len(sizes))
    columns: list[list[int]] = [[] for _ in range(n)]
    heights = np.zeros(n)
    for family in sorted(range(len(sizes)), key=lambda one: -sizes[one]):
        place = int(np.argmin(heights))
        columns[place].append(family)
        heights[place] += sizes[family] + head_rows
    return sorted(sorted(column) for column in columns)


def fill_rows(sizes: Sequence[float], capacity: float) -> list[list[int]]:
    """Put families into rows, each into the first that has room; a family as long as a row has it for itself."""
    rows: list[list[int]] = []
    for family, size in enumerate(sizes):
        for row in rows:
            if sum(sizes[one] for one in row) + size <= capacity:
                row.append(family)
                break
        else:
            rows.append([family])
    return rows


@dataclass(frozen=True, slots=True)
class Sheet:
    """A canvas whose axes have their places in mm.

    Rows are then equally high in all panels, and equal records give equal bytes (the automatic layout of many panels
    differs in the last bit).
    """

    canvas: Any
    size: Size

    @classmethod
    def of(cls, ax: Axes, size: Size) -> Sheet:
        """Empty the axes and take their canvas."""
        canvas: Any = ax.get_figure(root=True)
        canvas.set_layout_engine("none")
        ax.set_axis_off()
        return cls(canvas, size)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Return new axes; ``left`` and ``top`` are the distances of their corner from that of the page."""
        across, high = self.size
        box = (left / across, (high - top - height) / high, width / across, height / high)
        made: Axes = self.canvas.add_axes(box)
        return made
