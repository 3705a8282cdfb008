"""One static page: results in, ``report/index.html`` and its assets out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilscope.report.content import Content, read_content
from tilscope.report.pictures import figure_records
from tilscope.report.rendering import environment
from tilscope.report.wording import fixed, interval, number, p_value
from tilscope.study import commit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Template

    from tilscope.figures import Figure
    from tilscope.report.sections import Section
    from tilscope.study import Study

SCREEN_SCALE = 1.32  # figures are drawn for print; on a screen they are shown this much larger
PIXELS_PER_MM = 96 / 25.4
STATIC = (
    ("tilscope.report", ("report.css", "report.js", "icon.svg")),
    ("tilscope.figures", ("flicker.css", "flicker.js")),
)


@dataclass(frozen=True, slots=True)
class PatientPicture:
    """A picture of one patient on the page.

    Attributes
    ----------
    image : str
        Relative address.
    title, legend : str
        What is seen, and what good looks like.
    width, height : int
        In pixels.
    phase : str
        The phase that its frames show in turn; empty for a picture without frames.
    is_extra : bool
        Whether it is of less interest than its neighbours of the same kind.
    """

    image: str
    title: str
    legend: str
    width: int
    height: int
    phase: str = ""
    is_extra: bool = False


def patient_picture(image: str, record: dict[str, Any]) -> PatientPicture:
    """Return a picture as qc.json tells it."""
    width, height = record["size"]
    return PatientPicture(
        image, record["title"], record["legend"], width, height, record["phase"], record["is_extra"]
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

    return write_page(read_content(study.root), SECTIONS, study.report_file)


def write_page(content: Content, chosen: Sequence[Section], file: Path) -> Path:
    """Write the sections of some content as a page with its ``assets/`` beside it, and return the page.

    Raises
    ------
    StudyError
        RUN-73 and RUN-75 as `tilscope.study.commit`.
    """
    from tilscope.report.self_audit import audit_own

    assets = file.parent / "assets"
    written: set[Path] = set()

    def write(name: str, data: bytes) -> None:
        path = assets / name
        written.add(path)
        if not path.is_file() or path.read_bytes() != data:
            commit(path, data)

    for package, names in STATIC:
        for name in names:
            write(name, (files(package) / "static" / name).read_bytes())
    pictures = _draw(content, write)
    patients = _copy_qc(content, write)
    for section in chosen:
        for name, data in section.files(content).items():
            write(f"tables/{name}", data)
    sections = [section.present(content) for section in chosen]
    html = _template().render(
        content=content,
        sections=[s for s in sections if s is not None],
        pictures=pictures,
        qc=patients,
        own=audit_own(content),
    )
    commit(file, html.encode())
    _remove_stale(assets, written)
    return file


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


def _copy_qc(content: Content, write: Any) -> dict[str, tuple[PatientPicture, ...]]:
    """Copy the patients' pictures into the report, and return them by patient, in the order of looking."""
    copied: dict[str, tuple[PatientPicture, ...]] = {}
    for patient, found in content.qc_pictures.items():
        told = content.qc.get(patient, {}).get("pictures", ())
        pictures = []
        for record in told:
            if record["file"] in found:
                target = f"patients/{patient}-{record['file']}"
                write(target, found[record["file"]].read_bytes())
                pictures.append(patient_picture(f"assets/{target}", record))
        if pictures:
            copied[patient] = tuple(pictures)
    return copied


def _remove_stale(assets: Path, written: set[Path]) -> None:
    """Delete what an earlier report left behind, so that nobody finds a picture of a withdrawn patient."""
    for path in sorted(assets.rglob("*")):
        if path.is_file() and path not in written:
            path.unlink()


@cache
def _template() -> Template:
    pages = environment("tilscope.report")
    pages.filters |= {"number": number, "fixed": fixed, "p_value": p_value}
    pages.globals |= {"interval": interval}
    return pages.get_template("index.html.j2")
