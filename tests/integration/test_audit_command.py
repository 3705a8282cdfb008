"""`tilscope audit` as a user meets it: a file of published numbers in, findings and exit codes out."""

from __future__ import annotations

import json
import re
import stat
from html.parser import HTMLParser

import pytest

from tilscope.reading.audit_file import MAX_BYTES, parse_audit_text
from tilscope.vocabulary import AuditError

RIGHT = """
title: Right & proper <paper>
performance:
  - {name: model, n_positive: 18, n_negative: 23, sensitivity: .89, specificity: .70, accuracy: .78}
"""
WRONG = RIGHT.replace(".78", ".71")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "right.yaml").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    return tmp_path


def test_the_paper_is_found_inconsistent(tilscope, folder):
    answer = tilscope("audit", "su2022")
    assert answer.code == 3
    assert "38 numbers recomputed: 1 inconsistent, 8 consistent only if, 29 consistent." in answer.text
    assert (
        "inconsistent sensitivity 0.89, specificity 0.70 and accuracy 0.71: no matrix of 23 high"
        in answer.text
    )
    assert "low is the positive class; tp 16, fn 2, fp 7, tn 16 gives both" in answer.text
    assert "Next: " in answer.out


def test_exit_codes(tilscope, folder):
    assert tilscope("audit", "right.yaml").code == 0
    assert tilscope("audit", "wrong.yaml").code == 3
    for words in (
        ("audit", "absent.yaml"),
        ("audit", "su2023"),
        ("audit",),
        ("audit", "right.yaml", "--out", "a.pdf"),
    ):
        assert tilscope(*words).code == 2, words


def test_json_is_for_programs(tilscope, folder):
    answer = tilscope("audit", "wrong.yaml", "--json")
    assert answer.code == 3
    record = json.loads(answer.out)
    assert record["counts"]["inconsistent"] == 1
    assert {"place", "claim", "verdict", "condition", "reason", "details"} == set(record["findings"][0])


def test_template_is_a_start(tilscope, folder):
    (folder / "mine.yaml").write_text(tilscope("audit", "--template").out, encoding="utf-8")
    assert tilscope("audit", "mine.yaml").code == 0


def test_findings_are_written_whole(tilscope, folder):
    for name in ("a.html", "a.md", "a.json"):
        assert tilscope("audit", "wrong.yaml", "--out", name).code == 3
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert json.loads((folder / "a.json").read_text())["title"] == "Right & proper <paper>"
    assert "Right & proper \\<paper\\>" in (folder / "a.md").read_text()
    again = tilscope("audit", "right.yaml", "--out", "a.md")
    assert (again.code, "RUN-75" in again.err) == (2, True)
    assert tilscope("audit", "right.yaml", "--out", "a.md", "--force").code == 0


def test_page_is_inert_and_needs_nothing(tilscope, folder):
    tilscope("audit", "wrong.yaml", "--out", "a.html")
    page = (folder / "a.html").read_text(encoding="utf-8")
    tags = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append((tag, dict(attributes)))  # type: ignore[method-assign]
    parser.feed(page)
    assert not {"script", "link", "img", "iframe", "a"} & {tag for tag, _ in tags}
    assert "Right &amp; proper &lt;paper&gt;" in page
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import|https?:", page)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"a: !!python/object/apply:os.system [x]", "a tag"),
        (b"a: &x 1\nb: *x", "an anchor"),
        (b"%YAML 1.1\n---\na: 1", "a directive"),
        (b"a: 1\na: 2", "twice"),
        (b"a: {b: 1, b: 2}", "twice"),
        (b"a: 1\n---\nb: 2", "document"),
        (b"- 1\n- 2", "no table"),
        (b"", "no table"),
        (b"a: [1", "line"),
        (b"? [1, 2]\n: 3", "no text"),
        (b"a: " + b"[" * 9 + b"]" * 9, "deeper"),
        (b"\xff\xfea", "UTF-8"),
        (b"\x80\x04\x95pickle", "UTF-8"),
        (b"a: \x00", "control"),
        (b"a: " + b"x" * MAX_BYTES, "1 MB"),
    ],
)
def test_strange_files_are_refused(data, word):
    with pytest.raises(AuditError, match=word) as refused:
        parse_audit_text(data, "paper.yaml")
    assert refused.value.rule == "AUD-90"


def test_texts_keep_their_decimals_and_words():
    text = b"\xef\xbb\xbfa: .70\nb: 010\nyes: [1e3, no, 'null', 2020-01-01]\nc:\nd: ~\n'True': 31 (32.3)\n"
    assert parse_audit_text(text, "x") == {
        "a": ".70",
        "b": "010",
        "yes": ["1e3", "no", "null", "2020-01-01"],
        "True": "31 (32.3)",
    }


def test_unknown_key_is_named_with_the_nearest(tilscope, folder):
    (folder / "typo.yaml").write_text(RIGHT.replace("sensitivity", "sensitvity"), encoding="utf-8")
    answer = tilscope("audit", "typo.yaml")
    assert answer.code == 2
    assert (
        "AUD-91: typo.yaml: unknown key, found 'performance.1.sensitvity', expected 'sensitivity'."
        in answer.text
    )
