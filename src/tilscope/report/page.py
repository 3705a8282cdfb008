"""The static report: results in, pages and their assets out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from tilscope.report.content import Content, read_content
from tilscope.report.linking import linked
from tilscope.report.patient_pictures import PatientPicture, copy_patient_pictures
from tilscope.report.pictures import figure_records
from tilscope.report.rendering import environment
from tilscope.report.wording import fixed, interval, number, p_value
from tilscope.study import commit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jinja2 import Template

    from tilscope.figures import Figure, FigureStyle
    from tilscope.figures.figure import Format
    from tilscope.report.pages import Page
    from tilscope.report.sections.section import Presented
    from tilscope.study import Study

SCREEN_SCALE = 1.32  # figures are drawn for print; on a screen they are shown this much larger
PIXELS_PER_MM = 96 / 25.4
DPI: dict[Format, int] = {"svg": 200, "pdf": 300}  # of the images inside
STATIC = (
    ("tilscope.report", ("report.css", "report.js", "icon.svg")),
    ("tilscope.figures", ("flicker.css", "flicker.js")),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A cohort figure on the page."""

    name: str
    title: str
    legend: str
    image: str
    print_file: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One HTML file: a page, or one of the files into which a long page is cut.

    Attributes
    ----------
    page : Page
        What it belongs to.
    number : int
        1 for the page's first file.
    sections : tuple of Presented
        From the top down.
    """

    page: Page
    number: int
    sections: tuple[Presented, ...]

    @property
    def file(self) -> str:
        """Its name."""
        return self.page.name + (f"-{self.number}" if self.number > 1 else "") + ".html"

    @property
    def is_missing(self) -> bool:
        """Tell whether none of its sections has results."""
        return all(section.missing for section in self.sections)

    @property
    def badge(self) -> str | None:
        """Return the first badge of its sections."""
        return next((section.badge for section in self.sections if section.badge), None)


def build(study: Study) -> Path:
    """Write the report of a study from what its derivatives hold, and return its first page.

    Parameters
    ----------
    study : Study
        Any study folder, at any stage: what is missing is named on the page with the command that makes it. Its
        ``figures.toml``, if there is one, says how figures look.

    Returns
    -------
    Path
        ``report/index.html``; beside it the other pages and ``assets/``. Nothing else is needed to open them, nor
        any network.

    Raises
    ------
    StudyError
        RUN-76 for a result file that cannot be read; RUN-73 and RUN-75 as `tilscope.study.commit`.
    """
    from tilscope.figures import style_in
    from tilscope.report.pages import PAGES

    return write_pages(read_content(study.root), PAGES, study.report_file.parent, style_in(study.root))


def write_pages(
    content: Content, pages: Sequence[Page], folder: Path, style: FigureStyle | None = None
) -> Path:
    """Write some content as pages with their ``assets/`` beside them, and return the first page.

    Parameters
    ----------
    style : FigureStyle, optional
        How the figures look.

    Raises
    ------
    StudyError
        RUN-73 and RUN-75 as `tilscope.study.commit`.
    """
    written: set[Path] = set()

    def write(name: str, data: bytes) -> None:
        path = folder / name
        written.add(path)
        if not path.is_file() or path.read_bytes() != data:
            commit(path, data)

    for package, names in STATIC:
        for name in names:
            write(f"assets/{name}", (files(package) / "static" / name).read_bytes())
    pictures = _draw(content, write, style)
    patients = copy_patient_pictures(content, write)
    for page in pages:
        for section in page.sections:
            for name, data in section.files(content).items():
                write(f"assets/tables/{name}", data)
    sheets = tuple(sheet for page in pages for sheet in _sheets(page, content))
    for name, html in linked(_rendered(content, sheets, pictures, patients)).items():
        write(name, html.encode())
    _remove_stale(folder, written, pages)
    return folder / sheets[0].file


def _sheets(page: Page, content: Content) -> Iterator[Sheet]:
    parts = [section.present(content) for section in page.sections]
    for i in range(max(map(len, parts))):
        yield Sheet(page, i + 1, tuple(part[i] for part in parts if i < len(part)))


def _rendered(
    content: Content,
    sheets: Sequence[Sheet],
    pictures: Mapping[str, Picture],
    patients: Mapping[str, tuple[PatientPicture, ...]],
) -> dict[str, str]:
    """Return the HTML of every file by its name."""
    from tilscope.report.self_audit import audit_own

    template, own = _template(), audit_own(content)
    first = [sheet for sheet in sheets if sheet.number == 1]
    groups = [(group, tuple(of_group)) for group, of_group in groupby(first, key=lambda s: s.page.group)]
    order = {sheet.page.name: number for number, sheet in enumerate(first)}
    return {
        sheet.file: template.render(
            content=content,
            sheet=sheet,
            groups=groups,
            before=first[order[sheet.page.name] - 1] if order[sheet.page.name] else None,
            after=next(iter(first[order[sheet.page.name] + 1 :]), None),
            pictures=pictures,
            qc=patients,
            own=own,
        )
        for sheet in sheets
    }


def _draw(
    content: Content, write: Callable[[str, bytes], None], style: FigureStyle | None
) -> dict[str, Picture]:
    """Draw every cohort figure that the results allow: SVG for the page, PDF for print."""
    from tilscope.figures import FIGURES, FigureStyle, render_formats

    records = figure_records(content)
    pictures = {}
    for figure in FIGURES:
        if figure.name in records:
            record = records[figure.name]
            image, print_file = f"assets/figures/{figure.name}.svg", f"assets/figures/{figure.name}.pdf"
            drawn = render_formats(figure, record, DPI, style=style or FigureStyle())
            write(image, drawn["svg"])
            write(print_file, drawn["pdf"])
            pictures[figure.name] = _picture(figure, record, image, print_file)
    return pictures


def _picture(figure: Figure, record: object, image: str, print_file: str) -> Picture:
    width, height = (round(edge * PIXELS_PER_MM * SCREEN_SCALE) for edge in figure.size(record))
    legend = figure.legend(record)
    return Picture(figure.name, figure.title, legend, image, print_file, width, height)


def _remove_stale(folder: Path, written: set[Path], pages: Sequence[Page]) -> None:
    """Delete what an earlier report left behind, so that nobody finds a picture of a withdrawn patient."""
    own = re.compile(rf"({'|'.join(page.name for page in pages)})(-\d+)?\.html")
    earlier = [path for path in folder.glob("*.html") if own.fullmatch(path.name)]
    for path in sorted([*earlier, *(folder / "assets").rglob("*")]):
        if path.is_file() and path not in written:
            path.unlink()


@cache
def _template() -> Template:
    pages = environment("tilscope.report")
    pages.filters |= {"number": number, "fixed": fixed, "p_value": p_value}
    pages.globals |= {"interval": interval}
    return pages.get_template("page.html.j2")
