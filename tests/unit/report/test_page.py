"""The page as a whole: complete, inert, self-contained, repeatable, at every stage of a study."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from tilscope.report import build
from tilscope.report.pages import PAGES
from tilscope.study import Study
from tilscope.vocabulary import SignatureError, StudyError


class Outline(HTMLParser):
    """Collects what the tests ask about."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def addresses(html: str) -> list[str]:
    outline = Outline(html)
    return [a[key] or "" for _, a in outline.tags for key in ("src", "href") if a.get(key)]


@pytest.fixture(scope="session")
def files(study: Study) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in study.report_file.parent.glob("*.html")}


def test_every_section_is_there_in_the_order_of_the_pages(page: str) -> None:
    names = [a["id"] for a in Outline(page).all("section")]
    wanted = [section.name for listed in PAGES for section in listed.sections]
    absent = {
        "truth",
        "reproducibility",
        "harmonisation",
    }  # of a demo; without second readings; of one scanner
    assert names == [name for name in wanted if name not in absent]


def test_every_page_lists_all_pages_and_itself_as_the_current_one(files: dict[str, str]) -> None:
    for name, html in files.items():
        listed = [a for a in Outline(html).all("a") if a.get("aria-current") == "page"]
        assert [a["href"] for a in listed] == [name]
        assert {other for other in files if f'href="{other}"' in html} == set(files)


def test_texts_of_patients_are_inert(files: dict[str, str]) -> None:
    assert "&lt;script&gt;document" in files["errors.html"]
    for page in files.values():
        assert "<script>document" not in page
        scripts = Outline(page).all("script")
        assert [s["src"] for s in scripts] == ["assets/flicker.js", "assets/report.js"]
        assert not [
            a for _, a in Outline(page).tags if any(key.startswith("on") or key == "style" for key in a)
        ]
        assert "default-src 'none'" in page


def test_every_address_is_relative_and_there(study: Study, files: dict[str, str]) -> None:
    ids = {name: {a["id"] for _, a in Outline(html).tags if "id" in a} for name, html in files.items()}
    for name, html in files.items():
        for address in addresses(html):
            assert not re.match(r"[a-z]+:|/", address)
            file, _, anchor = address.partition("#")
            assert (study.report_file.parent / (file or name)).is_file(), address
            assert not anchor or anchor in ids[file or name], address


def test_no_path_and_no_name_of_the_hospital(study: Study, page: str) -> None:
    assert "Miller" not in page
    assert "/data/" not in page
    assert str(study.root) not in page
    assert study.root.name not in page


def test_every_picture_has_a_text_and_every_table_a_caption_and_headings(files: dict[str, str]) -> None:
    for page in files.values():
        outline = Outline(page)
        assert all(a.get("alt") for a in outline.all("img"))
        assert len(outline.all("caption")) == len(outline.all("table"))
        assert all(a.get("scope") in ("row", "col") for a in outline.all("th"))
        ids = [a["id"] for _, a in outline.tags if "id" in a]
        assert len(ids) == len(set(ids))


def test_those_left_out_are_all_named_with_rule_and_remedy(page: str) -> None:
    block = section(page, "quarantine")
    for key, rule in (("sub-018", "TAB-59"), ("sub-019", "IMG-15"), ("sub-020", "ROI-42")):
        assert key in block
        assert rule in block
    assert "Export the mask on the image&#39;s own grid." in block
    assert "20 patients in, 17 complete, 3 left out" in block


def section(html: str, name: str) -> str:
    start = html.index(f'<section id="{name}"')
    return html[start : html.index("</section>", start)]


@pytest.fixture
def ended(blank_figures: None, study: Study, tmp_path: Path, whole: Callable[[Path], str]):
    """Build the report of a copy whose cohort steps ended as told."""

    def make(**steps: dict[str, str | None]) -> str:
        copy = Study(Path(shutil.copytree(study.root, tmp_path / "copy")))
        status = json.loads(copy.status_file.read_text())
        copy.status_file.write_text(json.dumps(status | {"cohort": steps}))
        return whole(build(copy))

    return make


def test_quality_control_marks_what_a_reader_should_look_at_in_words_too(page: str) -> None:
    block = section(page, "qc")
    assert "1 of 17 measured patients has a flag" in block
    rows = re.findall(r"<tr>.*?</tr>", block, re.DOTALL)
    (row,) = [r for r in rows if "#patient-sub-002" in r]
    assert rows.index(row) == 4  # two headings and two kinds of flags stand before it: it comes first
    marked = re.findall(r'<td class="([^"]*is-marked)"[^>]*>(.*?)</td>', row)
    assert [re.sub(r"<[^>]*>", "", text) for _, text in marked] == [
        "▲Look, flagged: 2",
        "▲Look, ROI-47: 2",
        "▲Look, REG-02: 1.071",
    ]
    assert 'data-sort="1.071"' in row
    (left,) = [r for r in rows if "#patient-sub-019" in r]
    assert "IMG-15 it cannot be used &lt;script&gt;" in left


@pytest.mark.usefixtures("blank_figures")
def test_normalisation_phase_by_phase_is_told(
    study: Study, tmp_path: Path, whole: Callable[[Path], str]
) -> None:
    copy = Study(Path(shutil.copytree(study.root, tmp_path / "copy")))
    file = copy.qc_folder("sub-001") / "qc.json"
    assert "normalised phase by phase" not in section(whole(build(copy)), "qc")
    record = json.loads(file.read_text())
    record["normalisation"]["statistics"] = "per-phase"
    file.write_text(json.dumps(record))
    assert "normalised phase by phase (normalisation.statistics = per-phase)" in section(
        whole(build(copy)), "qc"
    )


@pytest.mark.usefixtures("blank_figures")
def test_without_the_table_the_section_says_how_to_make_it(
    study: Study, tmp_path: Path, whole: Callable[[Path], str]
) -> None:
    copy = Study(Path(shutil.copytree(study.root, tmp_path / "copy")))
    (copy.derivatives / "qc.tsv").unlink()
    assert "There is no table of quality control yet" in section(whole(build(copy)), "qc")


def test_frames_can_be_seen_without_a_script(page: str) -> None:
    card = page[page.index('id="patient-sub-001"') : page.index('id="patient-sub-002"')]
    assert re.findall(r'<figure data-phase="(\w+)">', card) == ["pre", "post3"]
    assert card.index('data-phase="pre"') < card.index("<details>") < card.index('data-phase="post3"')
    order = [
        card.index(f"sub-001-{n}.png")
        for n in ("phases", "flicker-pre", "checkerboard", "bias", "enhancement")
    ]
    assert order == sorted(order)


FAILED = {
    "state": "failed",
    "rule": "TAB-60",
    "message": "a class is too small <b>",
    "found": "1 high, 16 low",
    "expected": "at least 2 of each",
    "remedy": "Import more patients.",
    "reason": None,
}


def test_a_failed_step_is_told_and_its_old_results_are_not_shown(ended, page: str) -> None:
    assert "Validation AUC" in page  # the old results lie there, and were shown before
    html = ended(
        collect={"state": "done"},
        signature=FAILED,
        biology={"state": "left out", "reason": "it needs signature"},
    )
    summary, left = section(html, "summary"), section(html, "quarantine")
    for block in (summary, left):
        assert "TAB-60" in block
        assert "a class is too small &lt;b&gt;: found 1 high, 16 low, expected at least 2 of each." in block
        assert "Import more patients." in block
        assert "it needs signature." in block
    assert "The step signature failed." in summary
    assert "The step biology was left out." in summary
    for old in (
        "Validation AUC",
        "AUC, training",
        "called high",
        'id="figure-',
        "genes differ",
        "Apply it to new",
    ):
        old_is_flow = html.replace('id="figure-flow"', "")
        assert old not in old_is_flow, old
    assert "The step signature failed: TAB-60, a class is too small" in section(html, "performance")
    assert "elastic net" not in section(html, "methods")
    assert "3, 2 steps" in html


def test_a_step_left_out_for_want_of_data_is_told_and_the_others_stay(ended) -> None:
    html = ended(
        signature={"state": "up to date"}, biology={"state": "left out", "reason": "no expression matrix"}
    )
    assert "The step biology was left out.</strong> no expression matrix." in section(html, "summary")
    assert "no expression matrix." in section(html, "quarantine")
    assert "Validation AUC" in section(html, "summary")
    assert 'id="figure-volcano"' not in html


def test_steps_that_went_well_are_not_mentioned(ended, page: str) -> None:
    html = ended(
        collect={"state": "done"}, signature={"state": "done", "rule": None}, biology={"state": "up to date"}
    )
    assert html == page


def test_same_results_give_the_same_bytes(study: Study) -> None:
    folder = study.report_file.parent
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    build(study)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


@pytest.mark.usefixtures("blank_figures")
def test_withdrawn_patients_leave_no_picture(
    report_study: ModuleType, tmp_path: Path, whole: Callable[[Path], str]
) -> None:
    study = report_study.make_study(tmp_path / "s", n=8, pictures=1)
    for folder in (study.signature_folder, study.biology_folder):
        shutil.rmtree(folder)
    build(study)
    picture = study.report_file.parent / "assets" / "patients" / "sub-001-phases.png"
    assert picture.is_file()
    shutil.rmtree(study.qc_folder("sub-001"))
    build(study)
    assert not picture.exists()
    html = whole(study.report_file)
    assert "No signature has been fitted yet." in html
    assert 'class="is-missing"' in html
    assert "tilscope run STUDY" in html


@pytest.mark.parametrize("with_table", [False, True])
def test_an_empty_study_says_what_to_do(
    tmp_path: Path, with_table: bool, whole: Callable[[Path], str]
) -> None:
    study = Study(tmp_path)
    if with_table:
        study.participants_file.write_text("participant_id\tstils\nsub-1\t20\n")
    html = whole(build(study))
    assert "tilscope import STUDY SOURCE" in html
    assert "The study is empty" in html


def test_one_patient_without_clinical_data(
    report_study: ModuleType, tmp_path: Path, whole: Callable[[Path], str]
) -> None:
    study = Study(tmp_path)
    report_study.write_json(
        study.status_file, {"patients": {"sub-1": {"state": "set aside", "step": "extract"}}}
    )
    report_study.write_json(study.qc_folder("sub-1") / "qc.json", {"roi_volume_ml": 38.9, "flags": []})
    html = whole(build(study))
    assert "1 patient has features" in html
    assert "38.90 mL" in html
    assert "There is no clinical table" in html


def test_a_damaged_result_is_named_and_not_shown(study: Study, tmp_path: Path) -> None:
    copy = Study(tmp_path / "copy")
    shutil.copytree(study.root, copy.root)
    copy.status_file.write_text('{"patients": ')
    with pytest.raises(StudyError, match=r"RUN-76.*status\.json"):
        build(copy)


def test_an_altered_signature_is_refused(study: Study, tmp_path: Path) -> None:
    copy = Study(tmp_path / "copy")
    shutil.copytree(study.root, copy.root)
    file = copy.signature_folder / "signature.json"
    file.write_text(file.read_text().replace("0.1234567", "0.7654321"))
    with pytest.raises(SignatureError, match="SIG-69"):
        build(copy)
