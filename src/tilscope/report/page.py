"""One static page: results in, ``report/index.html`` and its assets out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilscope.report.content import Content, read_content
from tilscope.report.pictures import figure_records
from tilscope.report.wording import fixed, interval, number, p_value
from tilscope.study import commit

if TYPE_CHECKING:
    from jinja2 import Environment

    from tilscope.figures import Figure
    from tilscope.study import Study

SCREEN_SCALE = 1.32  # figures are drawn for print; on a screen they are shown this much larger
PIXELS_PER_MM = 96 / 25.4
QC_NAMES = ("phases", "registration", "enhancement")


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


def build(study: Study) -> Path:
    """Write the report of a study from what its derivatives hold, and return the page.

    Parameters
    ----------
    study : Study
        Any study folder, at any stage: what is missing is named on the page with the command that makes it.

    Returns
    -------
    Path
        ``report/index.html``; beside it ``assets/``. Nothing else is needed to open it, nor any network.

    Raises
    ------
    StudyError
        RUN-76 for a result file that cannot be read; RUN-73 and RUN-75 as `tilscope.study.commit`.
    """
    from tilscope.report.sections import SECTIONS

    content = read_content(study.root)
    assets = study.report_file.parent / "assets"
    written: set[Path] = set()

    def write(name: str, data: bytes) -> None:
        path = assets / name
        written.add(path)
        if not path.is_file() or path.read_bytes() != data:
            commit(path, data)

    for name in ("report.css", "report.js", "icon.svg"):
        write(name, (files("tilscope.report") / "static" / name).read_bytes())
    pictures = _draw(content, write)
    patients = _copy_qc(content, write)
    sections = [section.present(content) for section in SECTIONS]
    html = (
        _environment()
        .get_template("index.html.j2")
        .render(
            content=content,
            sections=[s for s in sections if s is not None],
            pictures=pictures,
            qc=patients,
        )
    )
    commit(study.report_file, html.encode())
    _remove_stale(assets, written)
    return study.report_file


def _draw(content: Content, write: Any) -> dict[str, Picture]:
    from tilscope.figures import FIGURES, render

    records = figure_records(content)
    pictures = {}
    for figure in FIGURES:
        if figure.name in records:
            record = records[figure.name]
            image, print_file = f"figures/{figure.name}.svg", f"figures/{figure.name}.pdf"
            write(image, render(figure, record, "svg", dpi=200))
            write(print_file, render(figure, record, "pdf"))
            pictures[figure.name] = _picture(figure, record, image, print_file)
    return pictures


def _picture(figure: Figure, record: object, image: str, print_file: str) -> Picture:
    width, height = (round(edge * PIXELS_PER_MM * SCREEN_SCALE) for edge in figure.size(record))
    legend = figure.legend(record)
    return Picture(
        figure.name, figure.title, legend, f"assets/{image}", f"assets/{print_file}", width, height
    )


def _copy_qc(content: Content, write: Any) -> dict[str, dict[str, str]]:
    """Copy the patients' pictures into the report, and return their relative addresses by patient and name."""
    copied: dict[str, dict[str, str]] = {}
    for patient, found in content.qc_pictures.items():
        for name in QC_NAMES:
            if name in found:
                target = f"patients/{patient}-{name}.png"
                write(target, found[name].read_bytes())
                copied.setdefault(patient, {})[name] = f"assets/{target}"
    return copied


def _remove_stale(assets: Path, written: set[Path]) -> None:
    """Delete what an earlier report left behind, so that nobody finds a picture of a withdrawn patient."""
    for path in sorted(assets.rglob("*")):
        if path.is_file() and path not in written:
            path.unlink()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tilscope.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "fixed": fixed, "p_value": p_value}
    environment.globals |= {"interval": interval}
    return environment
