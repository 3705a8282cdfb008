"""How figures look, as a record that a TOML file of the user's can change.

``using(style)`` is the one place where a style takes effect: matplotlib's settings and the meaning of the palette's
colours hold within it and are as they were behind it.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib import style as rc
from matplotlib.colors import is_color_like, to_hex
from pydantic import Field, ValidationError, field_validator

from tilscope.figures.colour_vision import SIGHTS, difference
from tilscope.figures.palette import COLOURS, DIVERGING_MAP, GREY, INK, stand_for
from tilscope.vocabulary import SettingsRecord
from tilscope.vocabulary.settings_file import commented_table, read_toml, settings_fault

STYLE_FILE = "figures.toml"  # in a study's folder
OWN_FONT = "DejaVu Sans"  # shipped with matplotlib, hence the same bytes everywhere
OWN_SIZE_PT = 7.0
CLOSE = 20.0  # CIELAB; of the default pairs all but training and validation (18) are 31 and more apart
# Classes that stand beside each other in one picture.
SIDE_BY_SIDE = (("high", "low"), *itertools.combinations(("training", "validation", "external"), 2))

RC: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": [OWN_FONT],
    "font.size": OWN_SIZE_PT,
    "text.color": INK,
    "text.parse_math": False,  # a `$` in a name is a `$`
    "axes.titlesize": 7.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7.0,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "lines.linewidth": 1.1,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
    "svg.fonttype": "path",  # glyphs travel as outlines
    "svg.hashsalt": "tilscope",
    "pdf.fonttype": 42,  # TrueType embedded, as journals ask
    "pdf.use14corefonts": False,
    "path.simplify": True,
    "text.hinting": "no_hinting",  # letters as wide at 100 dpi, where the layout is made, as in the file
}


def installed_fonts() -> list[str]:
    """Return the families of TrueType fonts that matplotlib finds on this machine, sorted."""
    fonts = font_manager.fontManager.ttflist
    return sorted({font.name for font in fonts if font.fname.lower().endswith((".ttf", ".ttc"))})


class TextStyle(SettingsRecord):
    """Text."""

    family: str = Field(
        OWN_FONT,
        description="Font, a TrueType one that this machine has. Signs that it lacks come from DejaVu Sans.",
    )
    size_pt: float = Field(
        OWN_SIZE_PT,
        description="Size of most text in points; titles and small print follow in proportion.",
        ge=6.5,  # the smallest print has 5.5 of 7 points, and no journal takes less than 5
        le=12.0,
    )

    @field_validator("family")
    @classmethod
    def _is_installed(cls, family: str) -> str:
        found = installed_fonts()
        if family not in found:
            near = difflib.get_close_matches(family, found, n=3, cutoff=0.3) or [OWN_FONT]
            raise ValueError(
                f"the name of a TrueType font of this machine, such as {', '.join(map(repr, near))}"
            )
        return family


class LineStyle(SettingsRecord):
    """Lines and frames."""

    scale: float = Field(
        1.0, description="Every line is so many times as wide as tilscope draws it.", ge=0.5, le=3.0
    )


class PageStyle(SettingsRecord):
    """The journal's page, and what stands on it."""

    one_column_mm: float = Field(85.0, description="Width of `--width one`, in mm.", ge=50.0, le=250.0)
    two_columns_mm: float = Field(176.0, description="Width of `--width two`, in mm.", ge=50.0, le=250.0)
    dpi: int = Field(
        300, description="Pixels per inch of PNG and TIFF, and of images inside PDF and SVG.", ge=72, le=1200
    )
    transparent: bool = Field(
        False, description="Whether PNG, PDF and SVG have no background; TIFF is white always."
    )
    heading: bool = Field(False, description="Whether the figure's title stands over it.")
    panel_letters: bool = Field(
        False, description="Whether panels are lettered A, B, C from the upper left, if there are several."
    )


class ColourStyle(SettingsRecord):
    """Colours by what they mean: #rrggbb, or a name that matplotlib knows."""

    ink: str = Field(COLOURS["ink"], description="Text.")
    grey: str = Field(COLOURS["grey"], description="Axes, and what is neither nor.")
    light: str = Field(COLOURS["light"], description="Lines of reference, and what is in the background.")
    pale: str = Field(COLOURS["pale"], description="Fillings.")
    high: str = Field(COLOURS["high"], description="The group with the high values.")
    low: str = Field(COLOURS["low"], description="The group with the low values.")
    training: str = Field(COLOURS["training"], description="Patients that the signature was trained on.")
    validation: str = Field(COLOURS["validation"], description="Patients that it was validated on.")
    external: str = Field(COLOURS["external"], description="Another hospital's patients.")
    outline: str = Field(COLOURS["outline"], description="The lesion's outline on images.")
    blue: str = Field(COLOURS["blue"], description="First colour without a meaning of its own.")
    vermilion: str = Field(COLOURS["vermilion"], description="Second one.")
    green: str = Field(COLOURS["green"], description="Third one.")
    orange: str = Field(COLOURS["orange"], description="Fourth one.")
    sky: str = Field(COLOURS["sky"], description="Fifth one.")
    purple: str = Field(COLOURS["purple"], description="Sixth one.")
    diverging: str = Field(
        DIVERGING_MAP, description="Colour map of matplotlib's for values below and above a middle."
    )

    @field_validator("*")
    @classmethod
    def _is_known(cls, value: str, info: Any) -> str:
        if info.field_name != "diverging":
            if (
                not is_color_like(value)
                or value.startswith("C")
                or to_hex(value, keep_alpha=True)[7:] != "ff"
            ):
                raise ValueError("an opaque colour, such as '#0072b2' or 'navy'")
        elif value not in mpl.colormaps:
            near = difflib.get_close_matches(value, list(mpl.colormaps), n=3, cutoff=0.3) or [DIVERGING_MAP]
            raise ValueError(f"a colour map of matplotlib's, such as {', '.join(map(repr, near))}")
        return value


class FigureStyle(SettingsRecord):
    """The whole style; each table of the file is one field."""

    text: TextStyle = TextStyle()
    lines: LineStyle = LineStyle()
    page: PageStyle = PageStyle()
    colours: ColourStyle = ColourStyle()

    @property
    def text_scale(self) -> float:
        """How many times as large as tilscope draws it text is."""
        return self.text.size_pt / OWN_SIZE_PT


DEFAULT = FigureStyle()
_IN_FORCE: ContextVar[FigureStyle] = ContextVar("figure_style", default=DEFAULT)


def load_style(file: Path) -> FigureStyle:
    """Read a style file.

    Raises
    ------
    SettingsError
        SET-01 the file is not TOML; SET-02 an unknown key (with the nearest valid name); SET-03 an impossible value,
        among them a font that is not installed.
    """
    try:
        return FigureStyle.model_validate(read_toml(file))
    except ValidationError as error:
        raise settings_fault(error, FigureStyle, file.name) from error


def style_in(folder: Path) -> FigureStyle:
    """Return the style in a folder's ``figures.toml``, the default where there is none; raises as `load_style`."""
    file = folder / STYLE_FILE
    return load_style(file) if file.is_file() else DEFAULT


def style_template() -> str:
    """Return a commented style file: every key with its meaning and default, commented out."""
    lines = ["# Style of tilscope's figures. Keys that are commented out have the value shown."]
    for table, group in DEFAULT:
        lines += ["", *commented_table(table, group)]
    return "\n".join(lines) + "\n"


def too_close(style: FigureStyle) -> tuple[str, ...]:
    """Return a sentence for each pair of classes whose colours some readers cannot tell apart.

    Only pairs of which the style changes a colour: no figure of ours tells classes apart by colour alone.
    """
    colours = style.colours.model_dump()
    own = DEFAULT.colours.model_dump()
    changed = [(a, b) for a, b in SIDE_BY_SIDE if (colours[a], colours[b]) != (own[a], own[b])]
    pairs = [(a, b, sight) for a, b in changed for sight in (None, *SIGHTS)]
    found = {
        (a, b): sight for a, b, sight in reversed(pairs) if difference(colours[a], colours[b], sight) < CLOSE
    }
    return tuple(
        f"the colours of {a} and {b} are hard to tell apart" + (f" with {sight}" if sight else "")
        for (a, b), sight in reversed(found.items())
    )


def in_force() -> FigureStyle:
    """Return the style that is being drawn with."""
    return _IN_FORCE.get()


@contextmanager
def using(style: FigureStyle) -> Iterator[None]:
    """Draw with a style; matplotlib's settings and our colours are as they were afterwards."""
    before = _IN_FORCE.get()
    token = _IN_FORCE.set(style)
    try:
        _colour(style)
        family = list(dict.fromkeys([style.text.family, OWN_FONT]))
        given: dict[str, Any] = {"font.sans-serif": family}
        if style.page.transparent:
            given["axes.facecolor"] = "none"
        with rc.context(["default", RC | given]):
            yield
    finally:
        _colour(before)
        _IN_FORCE.reset(token)


def _colour(style: FigureStyle) -> None:
    colours = style.colours.model_dump(exclude={"diverging"})
    stand_for(colours, style.colours.diverging)
