"""The forests of molecules: every one drawn once, in order, coloured by what the adjusted p says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color
from matplotlib.figure import Figure as Canvas

from tilscope.figures import MoleculeForest
from tilscope.figures.biology.molecules import columns_of, draw_molecules, molecules_legend, molecules_size
from tilscope.figures.palette import BLUE, GREY, VERMILION


@pytest.fixture
def forest() -> MoleculeForest:
    frame = pd.DataFrame(
        {
            "family": ["A"] * 3 + ["B"] * 30 + ["C"] * 20,
            "gene": [f"G{i}" for i in range(53)],
            "r": [0.1, 0.6, -0.5, *np.linspace(-0.2, 0.2, 50)],
            "p_adjusted": [0.5, 0.01, 0.02, *[0.9] * 50],
        }
    )
    frame.loc[10, ["r", "p_adjusted"]] = np.nan
    return MoleculeForest(
        frame.assign(ci_low=frame["r"] - 0.2, ci_high=frame["r"] + 0.2), "high", "low", 9, 8
    )


def test_families_keep_their_order_and_are_dealt_out_once(forest: MoleculeForest) -> None:
    columns = columns_of(forest)
    assert [[name for name, _ in column] for column in columns] == [["A", "C"], ["B"]]
    assert sum(len(rows) for column in columns for _, rows in column) == 52
    assert molecules_size(forest)[1] == pytest.approx(
        16.5 + 29 * 2.55 + 5.2
    )  # the taller column and the foot


def test_points_are_sorted_and_coloured_by_group_and_significance(forest: MoleculeForest) -> None:
    canvas = Canvas(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(canvas)
    draw_molecules(forest, canvas.add_subplot())
    panel = next(ax for ax in canvas.axes if ax.get_title(loc="left").startswith("A:"))
    assert panel.get_title(loc="left") == "A: 2 of 3 differ"
    assert [label.get_text() for label in panel.get_yticklabels()] == ["G1", "G0", "G2"]
    points = [line for line in panel.lines if line.get_marker() == "o"]
    edges = [line.get_markeredgecolor() for line in points]
    assert all(same_color(a, b) for a, b in zip(edges, (VERMILION, GREY, BLUE), strict=True))
    assert [float(line.get_xdata()[0]) for line in points] == [0.6, 0.1, -0.5]
    assert panel.get_xlim()[0] < -1 < 1 < panel.get_xlim()[1]


def test_the_legend_counts_and_claims_nothing_more(forest: MoleculeForest) -> None:
    told = molecules_legend(forest)
    assert "9 patients with high and 8 with low Rad-TILs" in told
    assert "2 of 53 differ. Not drawn: 1 that vary in nobody." in told
    none = MoleculeForest(forest.frame.assign(p_adjusted=0.4), "high", "low", 9, 8)
    assert "None of 53 differ." in molecules_legend(none)
