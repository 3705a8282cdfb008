"""The table of ratings: round trips, spreadsheets, damage."""

from __future__ import annotations

import csv
import io
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tilscope.review import Rating, RatingBook
from tilscope.review.ratings import one_line
from tilscope.study import Study
from tilscope.vocabulary import StudyError

HEADER = "participant_id\trating\tnote\treviewed_on\n"


@pytest.fixture
def book(tmp_path: Path) -> RatingBook:
    return RatingBook(Study(tmp_path))


def _write(book: RatingBook, text: str) -> None:
    book.file.parent.mkdir(parents=True)
    book.file.write_bytes(text.encode())


@pytest.mark.parametrize(
    "note",
    [
        "",
        "fine",
        "=1+1",
        "+",
        "-",
        "@x",
        "'quoted",
        'a "b" c',
        '"',
        "n/a",
        "NA",
        "Größe <b>",
        "a,b;c",
        "\\",
        "#",
    ],
)
def test_notes_survive_the_file(book: RatingBook, note: str) -> None:
    rating = Rating("sub-a", "redraw", note, "2026-02-28", "f" * 64)
    assert book.save(rating) == book.read() == {"sub-a": rating}


def test_phi89_a_spreadsheet_runs_no_note(book: RatingBook) -> None:
    book.save(Rating("sub-a", "redraw", "=HYPERLINK(1)", "2026-02-28"))
    row = list(csv.reader(io.StringIO(book.file.read_text()), delimiter="\t"))[1]
    assert row[2] == "'=HYPERLINK(1)"


def test_rows_are_sorted_and_the_file_is_private(book: RatingBook) -> None:
    for key in ("sub-b", "sub-a", "sub-c"):
        book.save(Rating(key, "accept", "", "2026-02-28"))
    assert [line[:5] for line in book.file.read_text().splitlines()[1:]] == ["sub-a", "sub-b", "sub-c"]
    assert stat.S_IMODE(book.file.stat().st_mode) == 0o600


def test_ratings_saved_at_once_are_all_kept(book: RatingBook) -> None:
    ratings = [Rating(f"sub-{k:02d}", "accept", "", "2026-02-28") for k in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(book.save, ratings))
    assert list(book.read().values()) == ratings


def test_a_table_written_by_hand_is_read(book: RatingBook) -> None:
    _write(
        book,
        "\ufeffnote\treviewed_on\tparticipant_id\trating\treader\r\nok\t2026-01-05\tsub-a\taccept\tB\r\n",
    )
    assert book.read() == {"sub-a": Rating("sub-a", "accept", "ok", "2026-01-05")}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "no column participant_id"),
        ("participant_id\trating\tnote\n", "no column reviewed_on"),
        (HEADER + "sub-a\taccept\t\n", "line 2 with too many or too few fields"),
        (HEADER + "sub-a\taccept\t\t2026-01-05\tmore\n", "line 2 with too many or too few fields"),
        (HEADER + "sub-a\tmaybe\t\t2026-01-05\n", "line 2 without a known rating"),
        (HEADER + "sub-a\taccept\t\t05.01.2026\n", "line 2 without a date"),
        (HEADER + "sub-a\taccept\t\t2026-01-05\nsub-a\tredraw\t\t2026-01-05\n", "a patient twice"),
        (HEADER + 'sub-a\taccept\t"open\t2026-01-05\n', "found Error"),
    ],
)
def test_a_damaged_table_is_refused_and_left_alone(book: RatingBook, text: str, found: str) -> None:
    _write(book, text)
    with pytest.raises(StudyError, match=found) as caught:
        book.save(Rating("sub-z", "accept", "", "2026-02-28"))
    assert caught.value.rule == "RUN-76"
    assert book.file.read_bytes() == text.encode()


def test_text_in_another_encoding_is_refused(book: RatingBook) -> None:
    _write(book, HEADER)
    book.file.write_bytes(HEADER.encode("utf-16"))
    with pytest.raises(StudyError, match="RUN-76"):
        book.read()


def test_a_note_is_one_visible_line() -> None:
    assert one_line("  too\tlarge\r\n\x00at \u202ethe\u2028 top\ud800 ") == "too large at the top"
