"""The style file, what it does to a figure, and whether a figure fits a width."""

from __future__ import annotations

import tomllib
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Text
from skimage.color import deltaE_cie76, rgb2lab

from tilscope.figures import FigureStyle, figure_named, load_style, render
from tilscope.figures.colour_vision import SIGHTS, difference
from tilscope.figures.figure import Figure, fixed, laid_out, panels
from tilscope.figures.fitting import SMALLEST_TEXT_PT, check_width, measure, writings
from tilscope.figures.palette import DIVERGING, HIGH, VERMILION
from tilscope.figures.style import DEFAULT, style_in, style_template, too_close, using
from tilscope.vocabulary import SettingsError


def draw_words(record: tuple[str, ...], ax: Axes) -> None:
    for place, word in zip(panels(ax, 1, len(record))[0], record, strict=True):
        place.set_title(word)
        place.plot([0, 1], [0, 1], color=HIGH, linewidth=2.0)


WORDS = Figure("words", "Words", draw_words, lambda _: "Words.", fixed(150.0, 50.0))


def style(**tables: dict[str, object]) -> FigureStyle:
    return FigureStyle.model_validate(tables)


def test_the_template_is_the_default(tmp_path: Path) -> None:
    file = tmp_path / "figures.toml"
    file.write_text(style_template())
    assert load_style(file) == DEFAULT == style_in(tmp_path)
    opened = "\n".join(
        line.removeprefix("# ") if " = " in line else line for line in style_template().splitlines()
    )
    assert FigureStyle.model_validate(tomllib.loads(opened)) == DEFAULT


@pytest.mark.parametrize(
    ("text", "rule", "told"),
    [
        ("[colours]\nhihg = 'red'\n", "SET-02", "'colours.high'"),
        ("[colours]\nhigh = 'rde'\n", "SET-03", "an opaque colour"),
        ("[colours]\nhigh = '#ff000080'\n", "SET-03", "an opaque colour"),
        ("[colours]\ndiverging = 'PuOrr'\n", "SET-03", "'PuOr'"),
        ("[text]\nfamily = 'DejaVu Sanz'\n", "SET-03", "'DejaVu Sans'"),
        ("[text]\nsize_pt = 5\n", "SET-03", "greater than or equal to 6.5"),
        ("text = \n", "SET-01", "line 1"),
    ],
)
def test_faults_of_a_style_file_are_one_line(tmp_path: Path, text: str, rule: str, told: str) -> None:
    (tmp_path / "figures.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        style_in(tmp_path)
    assert caught.value.rule == rule
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_meaning_changes_its_colour_and_no_other_within_the_style_only() -> None:
    with using(style(colours={"high": "#123456", "diverging": "PuOr"})):
        assert (to_hex(HIGH), to_hex(VERMILION)) == ("#123456", "#d55e00")
        assert mpl.colormaps[DIVERGING](0.0) == mpl.colormaps["PuOr"](0.0)
        with using(DEFAULT):
            assert to_hex(HIGH) == "#d55e00"
        assert to_hex(HIGH) == "#123456"
    assert to_hex(HIGH) == "#d55e00"
    assert mpl.colormaps[DIVERGING](0.0) == mpl.colormaps["RdBu_r"](0.0)
    assert b"#123456" in render(WORDS, ("a",), "svg", style=style(colours={"high": "#123456"}))


def test_text_lines_letters_and_heading_follow_the_style() -> None:
    chosen = style(
        text={"size_pt": 10.5, "family": "DejaVu Serif"},
        lines={"scale": 2.0},
        page={"panel_letters": True, "heading": True},
    )
    with laid_out(WORDS, ("left", "right")) as plain:
        before = {text.get_text(): text.get_fontsize() for text in plain.findobj(Text)}
        height = plain.get_figheight()
    with laid_out(WORDS, ("left", "right"), style=chosen) as canvas:
        after = {line.text: line.size_pt for line in writings(canvas)}
        (first, *_) = [ax for ax in canvas.axes if ax.get_title(loc="left") == "A   left"]
        assert first.lines[0].get_linewidth() == pytest.approx(4.0)
        assert {text.get_fontname() for text in canvas.findobj(Text)} == {"DejaVu Serif"}
        assert canvas.get_figheight() > height
    assert after["A   left"] == pytest.approx(1.5 * before["left"])
    assert after["B   right"] == pytest.approx(1.5 * 7.5)
    assert after["0.0"] == pytest.approx(1.5 * 6.5)
    assert after["Words"] == pytest.approx(1.5 * 8.5)


def test_a_width_at_which_texts_would_meet_is_refused_with_one_that_does() -> None:
    words = ("a title of some length", "another title of the same")
    check_width(WORDS, words, 150.0)
    with pytest.raises(SettingsError, match=r"SET-40.*at least (\d+) mm") as caught:
        check_width(WORDS, words, 50.0)
    told = float(str(caught.value.expected).split()[2])
    check_width(WORDS, words, told)
    assert measure(WORDS, words, width_mm=50.0).overlaps


def test_what_is_drawn_to_scale_has_one_width(examples: dict[str, object]) -> None:
    for name in ("flow", "phases"):
        figure, record = figure_named(name), examples[name]
        check_width(figure, record, figure.size(record)[0])
        with pytest.raises(SettingsError, match="drawn to scale"):
            check_width(figure, record, 85.0)


@pytest.mark.parametrize("name", ["scores", "roc", "volcano", "clusters", "honesty", "enrichment"])
def test_no_text_is_smaller_than_journals_take_or_meets_another(
    name: str, examples: dict[str, object]
) -> None:
    found = measure(figure_named(name), examples[name])
    assert found.smallest_pt >= SMALLEST_TEXT_PT
    assert not found.overlaps
    assert not found.cut


def test_differences_of_colours_are_those_of_another_library() -> None:
    for first, second in (("#d55e00", "#0072b2"), ("#ffffff", "#000000"), ("#009e73", "#cc79a7")):
        a, b = (rgb2lab([[[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)]]]) for c in (first, second))
        assert difference(first, second) == pytest.approx(float(deltaE_cie76(a, b)[0, 0]), abs=0.05)
    for matrix in SIGHTS.values():
        assert matrix.sum(axis=1) == pytest.approx([1.0, 1.0, 1.0], abs=1e-5)  # greys stay grey


def test_red_and_green_of_equal_lightness_are_told_and_our_own_colours_are_not() -> None:
    assert too_close(DEFAULT) == ()
    (told,) = too_close(style(colours={"high": "#a06000", "low": "#5c7a00"}))
    assert "high and low" in told
    assert "opia" in told
    assert too_close(style(colours={"high": "red", "low": "blue"})) == ()
