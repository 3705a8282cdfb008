"""What is shown, what is escaped, and what a rating does."""

from __future__ import annotations

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tilscope.review import RatingBook
from tilscope.study import Study


class Scripts(HTMLParser):
    """Collects what a browser would run: script elements and event attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[str | None] = []
        self.handlers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "script":
            self.scripts.append(named.get("src"))
        self.handlers += [name for name in named if name.startswith("on")]


def test_overview_counts_and_lists_every_patient(visitor: Any, small_study: ModuleType) -> None:
    page = visitor.get("/").text
    assert "0 of 4 rated" in page
    for patient in (*small_study.PATIENTS, small_study.QUARANTINED):
        assert f'href="/patients/{patient}"' in page
    assert "IMG-15" in page


def test_patient_page_shows_pictures_measures_and_flags(visitor: Any) -> None:
    page = visitor.get("/patients/sub-b2").text
    names = ("phases", "flicker-post3", "flicker-post2", "jacobian", "enhancement")
    order = [page.index(f"/pictures/sub-b2/{name}.png") for name in names]
    assert order == sorted(order)
    assert (
        page.index("flicker-post3.png")
        < page.index("<summary>Other phases")
        < page.index("flicker-post2.png")
    )
    assert "Volume change, told." in page
    assert page.index("ROI-47 two components") < page.index(">Rating<")  # what asks for a look comes first
    for shown in (
        "1.98 ml, 1834 voxels",
        "2.20 × 0.70 × 0.70 mm",
        "96 × 448 × 448",
        "0.71 → 0.88",
        "IMG-08 times",
    ):
        assert shown in page
    assert 'href="/patients/sub-a1"' in page
    assert 'href="/patients/sub-c3"' in page


def test_pictures_arrive_as_they_lie_on_the_disk(visitor: Any, study: Study) -> None:
    answer = visitor.get("/pictures/sub-a1/phases.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.data == (study.qc_folder("sub-a1") / "phases.png").read_bytes()


def test_a_picture_that_qc_json_does_not_tell_is_shown_last_and_a_missing_one_is_not(
    small_study: ModuleType, tmp_path: Path
) -> None:
    study = small_study.make_study(tmp_path, ("sub-a1",))
    folder = study.qc_folder("sub-a1")
    (folder / "jacobian.png").rename(folder / "another.png")
    with small_study.running(study) as server:
        page = small_study.Visitor(server).enter().get("/patients/sub-a1").text
    assert "jacobian.png" not in page
    assert page.index("enhancement.png") < page.index("another.png")


@pytest.mark.parametrize("name", ["review.css", "review.js", "review.svg", "flicker.js", "flicker.css"])
def test_scripts_and_styles_are_served(visitor: Any, name: str) -> None:
    assert visitor.get(f"/static/{name}").status == 200


@pytest.mark.parametrize("name", ["base.py", "pages.py", "report.js"])
def test_nothing_else_is_served_as_static(visitor: Any, name: str) -> None:
    assert visitor.get(f"/static/{name}").status == 404


def test_quarantined_patient_is_shown_with_the_reason_and_cannot_be_rated(
    visitor: Any, small_study: ModuleType
) -> None:
    page = visitor.get(f"/patients/{small_study.QUARANTINED}").text
    for shown in ("IMG-15", "0.70 x 0.70 x 1.10 mm", "Export all phases", "register"):
        assert shown in page
    assert 'data-rating="accept"' not in page
    body = json.dumps({"rating": "accept", "qc_sha256": ""}).encode()
    address = f"/patients/{small_study.QUARANTINED}/rating"
    assert visitor.ask("POST", address, visitor.rating_headers(), body).status == 409


def test_report_is_served_with_its_own_types(visitor: Any) -> None:
    assert "The static report" in visitor.get("/report/").text
    assert visitor.get("/report/assets/report.css").headers["content-type"].startswith("text/css")


def test_web84_markup_in_notes_flags_and_reasons_is_text(visitor: Any, small_study: ModuleType) -> None:
    note = '"><img src=x onerror=alert(1)>' + small_study.EVIL
    assert visitor.rate("sub-b2", "redraw", note).status == 200
    for path in ("/", "/patients/sub-b2", f"/patients/{small_study.QUARANTINED}"):
        page = visitor.get(path).text
        assert "&lt;script&gt;" in page
        found = Scripts(page)
        assert found.scripts == ["/static/flicker.js", "/static/review.js"]
        assert found.handlers == []


@pytest.mark.parametrize(
    "key",
    [
        "sub-unknown",
        "sub-",
        "a1",
        "SUB-A1",
        "%3Cscript%3E",
        "sub-a1%00",
        "..",
        "sub-a1%2f..%2fsub-b2",
        "qc.json",
    ],
)
def test_web87_an_unknown_patient_is_not_found(visitor: Any, key: str) -> None:
    for path in (f"/patients/{key}", f"/pictures/{key}/phases.png"):
        assert visitor.get(path).status == 404
    body = json.dumps({"rating": "accept", "qc_sha256": ""}).encode()
    assert visitor.ask("POST", f"/patients/{key}/rating", visitor.rating_headers(), body).status == 404


def test_ratings_are_stored_and_a_second_look_replaces_the_first(visitor: Any, study: Study) -> None:
    first = json.loads(visitor.rate("sub-a1", "accept").text)
    assert first == {"n_rated": 1, "n_ratable": 4, "next": "/patients/sub-b2"}
    visitor.rate("sub-d4", "exclude", "motion")
    last = json.loads(visitor.rate("sub-a1", "redraw", "necrosis\nleft out\u202e").text)
    assert last["n_rated"] == 2
    rows = [line.split("\t")[:3] for line in RatingBook(study).file.read_text().splitlines()]
    assert rows == [
        ["participant_id", "rating", "note"],
        ["sub-a1", "redraw", "necrosis left out"],
        ["sub-d4", "exclude", "motion"],
    ]


def test_after_the_last_patient_the_first_open_one_follows(visitor: Any) -> None:
    assert json.loads(visitor.rate("sub-d4", "accept").text)["next"] == "/patients/sub-a1"
    for patient in ("sub-a1", "sub-b2"):
        visitor.rate(patient, "accept")
    assert json.loads(visitor.rate("sub-c3", "accept").text)["next"] == "/"


def test_a_new_server_resumes(visitor: Any, study: Study, small_study: ModuleType) -> None:
    visitor.rate("sub-a1", "accept", "fine")
    with small_study.running(study) as server:
        again = small_study.Visitor(server).enter()
        assert "1 of 4 rated" in again.get("/").text
        assert 'value="fine"' in again.get("/patients/sub-a1").text


BROKEN = [
    (b"", 422),
    (b"{", 422),
    (b"\xff", 422),
    (b"[]", 422),
    (b'{"rating": "perhaps", "qc_sha256": ""}', 422),
    (b'{"rating": "accept"}', 422),
    (b'{"rating": "accept", "qc_sha256": "", "note": 3}', 422),
    (b'{"rating": "accept", "qc_sha256": "", "path": "x"}', 422),
    (b'{"rating": "accept", "qc_sha256": "", "note": "' + b"a" * 501 + b'"}', 422),
    (b'{"rating": "accept", "qc_sha256": "old"}', 409),
    (b"[" * 60000, 422),
]


@pytest.mark.parametrize(("body", "status"), BROKEN, ids=lambda v: str(v)[:40])
def test_what_is_not_a_rating_is_refused(visitor: Any, study: Study, body: bytes, status: int) -> None:
    answer = visitor.ask("POST", "/patients/sub-a1/rating", visitor.rating_headers(), body)
    assert answer.status == status
    assert not RatingBook(study).file.exists()


def test_a_form_is_not_a_rating(visitor: Any) -> None:
    headers = visitor.rating_headers(Content_Type="application/x-www-form-urlencoded")
    assert visitor.ask("POST", "/patients/sub-a1/rating", headers, b"rating=accept").status == 415


def test_a_rating_of_older_pictures_is_told_apart(small_study: ModuleType, tmp_path: Path) -> None:
    study = small_study.make_study(tmp_path, ("sub-a1", "sub-b2"))
    with small_study.running(study) as server:
        visitor = small_study.Visitor(server).enter()
        seen = visitor.qc_sha256("sub-a1")
        visitor.rate("sub-a1", "redraw", "too large")
        (study.qc_folder("sub-a1") / "qc.json").write_text(
            json.dumps(small_study.measures("sub-a1", roi_voxels=900))
        )
        assert "0 of 2 rated" in visitor.get("/").text
        page = visitor.get("/patients/sub-a1").text
        assert "pictures have changed since" in page
        assert 'value="too large"' in page
        body = json.dumps({"rating": "accept", "qc_sha256": seen}).encode()
        stale = visitor.ask("POST", "/patients/sub-a1/rating", visitor.rating_headers(), body)
        assert stale.status == 409
        assert visitor.rate("sub-a1", "accept").status == 200
        assert "1 of 2 rated" in visitor.get("/").text


def test_a_damaged_file_is_that_patients_fault_alone(small_study: ModuleType, tmp_path: Path) -> None:
    study = small_study.make_study(tmp_path, ("sub-a1", "sub-b2"))
    measures, reason = study.qc_folder("sub-a1") / "qc.json", study.quarantine_folder / "sub-a1.json"
    whole = measures.read_text()
    with small_study.running(study) as server:
        visitor = small_study.Visitor(server).enter()
        for content in ("{", "[]", '{"roi_voxels": "many"}', '{"registration": [{}]}'):
            measures.write_text(content)
            assert "0 of 1 rated" in visitor.get("/").text
            assert "RUN-76" in visitor.get("/patients/sub-a1").text
        measures.write_text(whole)
        for content in ("", "[]", "{}", '{"rule": 3, "message": "x"}'):
            reason.write_text(content)
            assert "0 of 1 rated" in visitor.get("/").text
            assert "RUN-76" in visitor.get("/patients/sub-a1").text


def test_an_empty_study_says_what_to_do(small_study: ModuleType, tmp_path: Path) -> None:
    study = small_study.make_study(tmp_path, ())
    (study.quarantine_folder / "sub-q9.json").unlink()
    shutil.rmtree(tmp_path / "report")
    with small_study.running(study) as server:
        visitor = small_study.Visitor(server).enter()
        assert "tilscope run" in visitor.get("/").text
        missing = visitor.get("/report/")
        assert missing.status == 404
        assert "tilscope run" in missing.text


def test_a_disk_that_refuses_is_told_without_folders(
    visitor: Any, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tilscope.review import ratings
    from tilscope.vocabulary import StudyError

    def full(path: Path, _data: bytes) -> str:
        raise StudyError("RUN-73", "the disk is full", file=path, remedy="Free some space.")

    monkeypatch.setattr(ratings, "commit", full)
    answer = visitor.rate("sub-a1", "accept")
    assert answer.status == 500
    assert answer.text == "RUN-73: ratings.tsv: the disk is full. Free some space."


def test_a_surprise_tells_no_data(visitor: Any, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    from tilscope.review import pages

    def surprise(*_: object) -> None:
        raise KeyError("Jane Doe")

    monkeypatch.setattr(pages, "read_cases", surprise)
    answer = visitor.get("/patients/sub-a1")
    assert answer.status == 500
    assert "KeyError" in answer.text
    assert "Jane" not in answer.text
    assert "Jane" not in "".join(capfd.readouterr())
