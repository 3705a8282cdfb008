"""The page of an external validation: a folder of results in, ``index.html`` and its assets out."""

from __future__ import annotations

from pathlib import Path

from tilscope.report.content import Content
from tilscope.report.files import read_json, read_tsv
from tilscope.report.page import write_pages
from tilscope.report.performances import performance_of_record
from tilscope.signature import Signature
from tilscope.vocabulary import StudyError

ROLE = "external"


def build_external(folder: Path) -> Path:
    """Write the page of an external validation from what `pipeline.validate` wrote, and return it.

    Raises
    ------
    StudyError
        RUN-76 for a file that is not there or cannot be read.
    SignatureError
        SIG-69 for an altered signature.
    """
    from tilscope.report.pages import EXTERNAL_PAGES

    return write_pages(read_external(folder), EXTERNAL_PAGES, folder)


def read_external(folder: Path) -> Content:
    """Read the results of an external validation.

    Raises
    ------
    StudyError, SignatureError
        As `build_external`.
    """
    record = read_json(folder / "external.json")
    performance = read_json(folder / "performance.json")
    scores = read_tsv(folder / "scores.tsv", index="participant_id")
    file = folder / "signature.json"
    if record is None or performance is None or scores is None or not file.is_file():
        raise StudyError(
            "RUN-76",
            "a file of this validation is not there",
            file=folder.name,
            expected="external.json, performance.json, scores.tsv and signature.json",
            remedy="Validate again: tilscope score STUDY --signature FILE --outcome",
        )
    return Content(
        title=f"External validation: {record['title']}",
        profile=record["profile"] or "unknown",
        patients={},
        steps={},
        provenance={"versions": record["versions"]},
        qc={},
        qc_pictures={},
        scores=scores,
        signature=Signature.from_json(file.read_bytes()),
        performance=(performance_of_record(ROLE, performance[ROLE]),),
        external=record,
    )
