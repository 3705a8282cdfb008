"""The forests of molecules: every one drawn once, in order, coloured by what the adjusted p says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color
from matplotlib.figure import Figure as Canvas

from tilscope.figures import GroupedBoxes, MoleculeBoxes, MoleculeForest, MoleculeHeatmap
from tilscope.figures.biology.families import deal, fill_rows
from tilscope.figures.biology.immune_cells import plain_names
from tilscope.figures.biology.molecule_boxes import MOLECULE_BOXES, molecule_boxes_legend, rows_of
from tilscope.figures.biology.molecule_heatmap import MOLECULE_HEATMAP, molecule_heatmap_legend
from tilscope.figures.biology.molecules import columns_of, draw_molecules, molecules_legend, molecules_size
from tilscope.figures.figure import laid_out
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


def test_families_are_dealt_whole_and_rows_filled_from_the_top() -> None:
    assert deal([30, 3, 20, 25], 3, 2.0) == [[0], [1, 2], [3]]
    assert deal([5], 3, 2.0) == [[0]]
    assert fill_rows([41, 3, 19, 42, 4, 17], 45) == [[0, 1], [2, 4, 5], [3]]
    assert fill_rows([60], 45) == [[0]]


def test_the_heatmap_shows_every_value_where_its_gene_and_patient_are(examples: dict[str, object]) -> None:
    record = examples["molecule-heatmap"]
    assert isinstance(record, MoleculeHeatmap)
    with laid_out(MOLECULE_HEATMAP, record) as canvas:
        panels = {ax.get_title(loc="left"): ax for ax in canvas.axes if ax.get_title(loc="left")}
        assert set(panels) == {name for name, _ in record.families}
        for (name, table), p in zip(record.families, record.p_adjusted, strict=True):
            ax = panels[name]
            np.testing.assert_array_equal(np.asarray(ax.images[0].get_array()), table.to_numpy())
            assert [label.get_text() for label in ax.get_yticklabels()] == list(table.index)
            assert len(ax.texts) == (p < 0.05).sum()  # stars
            assert min(label.get_fontsize() for label in ax.get_yticklabels()) >= 5
    told = molecule_heatmap_legend(record)
    assert "205 molecules of 10 families in 20 patients with low and 20 patients with high Rad-TILs" in told
    assert "adjusted over each family (Benjamini-Hochberg" in told
    assert told.endswith("Not drawn: 3 that vary in nobody.")


def boxes_of(values: pd.DataFrame, groups: list[str]) -> MoleculeBoxes:
    one = GroupedBoxes(
        values, pd.Series(groups, values.index), "high", "low", dict.fromkeys(values, 0.04), "z"
    )
    return MoleculeBoxes((("Family", one),))


def test_boxes_are_tukeys_and_few_patients_have_points_only() -> None:
    values = pd.DataFrame({"IL6": [-1.0, -0.5, 0.0, 0.5, 3.5, 0.1, 0.2]}, index=list("abcdefg"))
    record = boxes_of(values, ["low"] * 5 + ["high"] * 2)
    with laid_out(MOLECULE_BOXES, record) as canvas:
        panel = next(ax for ax in canvas.axes if ax.get_title(loc="left") == "Family")
        low, high = (np.asarray(c.get_offsets()) for c in panel.collections if len(c.get_offsets()) > 1)
        assert sorted(low[:, 1]) == [-1.0, -0.5, 0.0, 0.5, 3.5]
        assert len(high) == 2
        bodies = [c for c in panel.collections if type(c).__name__ == "PolyCollection"]
        assert len(bodies) == 1  # of the five; two patients have no box
        box = bodies[0].get_paths()[0].vertices[:, 1]
        assert (box.min(), box.max()) == (-0.5, 0.5)  # quartiles of five values
        lines = [c.get_segments() for c in panel.collections if hasattr(c, "get_segments")]
        ends = [y for segments in lines for segment in segments for _, y in segment]
        assert max(ends) == 0.5  # 3.5 lies beyond 0.5 + 1.5 x 1.0, so that the whisker ends at the quartile
        assert [t.get_text() for t in panel.texts] == ["*"]
    assert "groups of fewer than three have points only" in molecule_boxes_legend(record)


def test_values_beyond_the_axis_are_counted_and_panels_fit_the_page(examples: dict[str, object]) -> None:
    values = pd.DataFrame({"IL6": [-4.5, 0.0, 1.0, 4.1, 0.2, 0.1]}, index=list("abcdef"))
    assert "Values beyond the axis: 2." in molecule_boxes_legend(boxes_of(values, ["low", "high"] * 3))
    record = examples["cytokine-boxes"]
    assert isinstance(record, MoleculeBoxes)
    pitch, rows = rows_of(record)
    assert len(rows) == 3
    assert sorted(family for row in rows for family in row) == list(range(6))
    assert pitch > 3.0
    assert MOLECULE_BOXES.size(record)[1] <= 230


def test_names_of_cells_lose_the_paper_that_all_of_them_come_from() -> None:
    names = ["B_cells_Bindea_et_al", "Tem_Bindea_et_al", "NK_CD56dim_cells_Bindea_et_al"]
    assert plain_names(names, 1) == ["B cells", "Tem", "NK CD56dim cells"]
    assert plain_names(["Activated B cell", "Mast cell"], 2) == ["Activated B cell", "Mast cell"]
    assert plain_names(["One name"], 1) == ["One name"]
