"""Bars and running sums of gene sets: they fit a page whatever the names, and name who leads."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from matplotlib.colors import same_color, to_rgb
from matplotlib.text import Text

from tilscope.figures import RunningSums, SetBar, SetBars
from tilscope.figures.biology.enrichment_bars import (
    ENRICHMENT_BARS,
    bars_size,
    enrichment_legend,
    tint,
    wrapped,
)
from tilscope.figures.biology.running_sums import first_genes
from tilscope.figures.figure import laid_out
from tilscope.figures.palette import HIGH, LOW

LONG = "TRANSLATION_OF_REPLICASE_AND_ASSEMBLY_OF_THE_REPLICATION_TRANSCRIPTION_COMPLEX_OF_A_VIRUS"


def many(name: str, n_panels: int) -> SetBars:
    values = np.linspace(2.4, -2.4, 20)
    bars = tuple(SetBar(f"{name} {i}", float(v), 1e-4, "12/40", bool(v > 0)) for i, v in enumerate(values))
    panels = tuple((f"collection {k}: 90 sets tested", bars) for k in range(n_panels))
    return SetBars(panels, "Normalised enrichment score", 0.05, "high", "low")


@pytest.mark.parametrize(("name", "n_panels"), [("Cell cycle", 4), (LONG, 4), (LONG, 1)])
def test_a_page_holds_four_collections_and_names_of_90_letters(name: str, n_panels: int) -> None:
    record = many(name, n_panels)
    width, height = bars_size(record)
    assert width == 176
    assert height <= 230
    with laid_out(ENRICHMENT_BARS, record) as canvas:
        page = canvas.bbox
        labels = [t for ax in canvas.axes[1:] for t in ax.get_yticklabels()]
        assert len(labels) == 20 * n_panels
        boxes = [t.get_window_extent() for t in labels]
        titles = [t for t in canvas.findobj(Text) if t.get_text().startswith("collection ")]
        for box in [*boxes, *(t.get_window_extent() for t in titles)]:
            assert page.x0 <= box.x0 < box.x1 <= page.x1
            assert page.y0 <= box.y0 < box.y1 <= page.y1
        for ax in canvas.axes[1:]:
            own = sorted((t.get_window_extent() for t in ax.get_yticklabels()), key=lambda box: box.y0)
            assert all(below.y1 <= above.y0 + 1 for below, above in itertools.pairwise(own))


def test_a_bar_is_coloured_by_its_group_and_white_where_p_is_large() -> None:
    bars = (
        SetBar("up", 2.0, 1e-6, "3/9", True),
        SetBar("weaker", 1.5, 0.03, "3/9", True),
        SetBar("no p", 1.2, float("nan"), "3/9", True),
        SetBar("down", -1.9, 1e-6, "3/9", False),
        SetBar("large p", -1.0, 0.05, "3/9", False),
    )
    record = SetBars((("one", bars),), "Normalised enrichment score", 0.05, "high", "low")
    with laid_out(ENRICHMENT_BARS, record) as canvas:
        drawn = [patch.get_facecolor() for patch in canvas.axes[1].patches]
        for colour, expected in zip(drawn, (HIGH, tint(HIGH, 0.3), "white", LOW, "white"), strict=True):
            assert same_color(colour, expected)
    assert "3 of the 5 sets shown pass." in enrichment_legend(record)
    assert to_rgb(tint(HIGH, 0.0)) == (1.0, 1.0, 1.0)


def test_where_nothing_passes_the_legend_says_so() -> None:
    record = SetBars((("one", (SetBar("A", 1.0, 0.4, "1/9"),)),), "Fold enrichment", 0.05, "high", "low")
    assert "None of the sets shown passes" in enrichment_legend(record)


def test_names_are_cut_only_where_the_lines_end() -> None:
    assert wrapped("CELL_CYCLE", 40.0) == "CELL CYCLE"
    assert wrapped(LONG, 60.0).replace("\n", " ") == LONG.replace("_", " ")
    assert wrapped(LONG, 40.0, 1).endswith(" …")


def test_the_outermost_genes_are_named_and_the_rest_counted() -> None:
    genes = tuple(f"CXCL{i}" for i in range(1, 30))
    told = first_genes(genes)
    assert told.startswith("leading: CXCL1, CXCL2")
    named = told.count("CXCL")
    assert told.endswith(f"and {29 - named} more")
    assert all(len(line) <= 46 for line in told.splitlines())
    assert first_genes(("A", "B")) == "leading: A, B"
    assert first_genes(()) == ""


def test_the_leading_edge_ends_at_the_score(examples: dict[str, object]) -> None:
    record = examples["running-sums"]
    assert isinstance(record, RunningSums)
    curve = dataclasses.replace(record.curves[0], hits=np.array([1, 5, 9, 30]), peak=10, es=0.6)
    assert curve.is_leading.tolist() == [True, True, True, False]
    turned = dataclasses.replace(curve, peak=9, es=-0.6)
    assert turned.is_leading.tolist() == [False, False, True, True]
