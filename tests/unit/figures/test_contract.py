"""What holds for every figure of the table of contents."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from typing import Literal

import matplotlib as mpl
import pytest
from PIL import Image

from tilscope.figures import FIGURES, Figure, figure_named, render, render_small
from tilscope.vocabulary import SettingsError

MAGIC: dict[str, bytes] = {"png": b"\x89PNG", "pdf": b"%PDF"}
every_figure = pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.name)


def test_every_figure_has_an_example(examples: dict[str, object]) -> None:
    assert set(examples) == {figure.name for figure in FIGURES}


@every_figure
def test_equal_records_give_equal_files_without_dates(figure: Figure, examples: dict[str, object]) -> None:
    first = render(figure, examples[figure.name], "svg", dpi=60)
    assert first.startswith(b"<?xml")
    assert b"<dc:date>" not in first
    assert b"<text" not in first  # glyphs travel as outlines, so no font need be installed
    assert render(figure, examples[figure.name], "svg", dpi=60) == first


@pytest.mark.parametrize(
    ("name", "kind"), [("phases", "png"), ("scores", "png"), ("flow", "pdf"), ("roc", "pdf")]
)
def test_other_formats_are_repeatable_too(
    name: str, kind: Literal["png", "pdf"], examples: dict[str, object]
) -> None:
    first = render(figure_named(name), examples[name], kind, dpi=60)
    assert first.startswith(MAGIC[kind])
    assert render(figure_named(name), examples[name], kind, dpi=60) == first


@pytest.mark.parametrize("name", ["phases", "jacobian", "enhancement"])
def test_small_pictures_are_repeatable_and_have_a_palette(name: str, examples: dict[str, object]) -> None:
    figure, record = figure_named(name), examples[name]
    first = render_small(figure, record, dpi=60)
    assert render_small(figure, record, dpi=60) == first
    with Image.open(io.BytesIO(first)) as picture:
        picture.load()
        assert (picture.format, picture.mode) == ("PNG", "P")
        width, height = figure.size(record)
        assert picture.size == (round(width / 25.4 * 60), round(height / 25.4 * 60))
        assert picture.info["dpi"] == pytest.approx((60, 60), abs=0.02)
    assert len(first) < len(render(figure, record, dpi=60))


def test_pdf_embeds_truetype_and_has_no_date(examples: dict[str, object]) -> None:
    pdf = render(figure_named("flow"), examples["flow"], "pdf")
    assert b"/FontFile2" in pdf
    assert b"CreationDate" not in pdf


@every_figure
def test_width_fits_a_journal_page_and_legend_is_a_sentence(
    figure: Figure, examples: dict[str, object]
) -> None:
    width, height = figure.size(examples[figure.name])
    assert 60 <= width <= 176
    assert 40 <= height <= 230
    legend = figure.legend(examples[figure.name])
    assert legend.endswith(".")
    assert not re.search(r"\bnan\b", legend, re.IGNORECASE)


def test_rendering_leaves_the_users_settings_alone(examples: dict[str, object]) -> None:
    before = dict(mpl.rcParams)
    render(figure_named("enhancement"), examples["enhancement"], dpi=60)
    assert dict(mpl.rcParams) == before


def test_unknown_figure_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="volcano"):
        figure_named("vulcano")


def test_the_room_is_imported_without_matplotlib_and_figures_without_pyplot() -> None:
    code = (
        "import sys, tilscope.figures as f; assert 'matplotlib' not in sys.modules;"
        "f.FIGURES; assert 'matplotlib' in sys.modules; assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
