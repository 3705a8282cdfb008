"""Pseudonyms: stable, secret, readable names for folders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilscope.study import Linkage
from tilscope.study.linkage import redacted
from tilscope.vocabulary import TableError


def test_keys_are_stable_and_depend_on_the_secret() -> None:
    one, other = Linkage(b"a" * 32, {}), Linkage(b"b" * 32, {})
    assert one.key("H-1047") == one.key("H-1047")
    assert one.key("H-1047") != other.key("H-1047")
    assert one.key("H-1047") != one.key("H-1048")


@given(st.text(min_size=1, max_size=100))
def test_any_id_gives_a_safe_folder_name(source_id: str) -> None:
    assert re.fullmatch(r"sub-[A-Za-z0-9]+", Linkage(b"s" * 32, {}).key(source_id))


def test_only_our_own_keys_stay_as_they_are() -> None:
    linkage = Linkage(b"s" * 32, {})
    own = linkage.key("H-1")
    assert linkage.key(own) == own
    assert Linkage(b"s" * 32, {"old": "sub-old"}).key("sub-old") == "sub-old"


@pytest.mark.parametrize("source_id", ["sub-DoeJane", "sub-001", "sub-Mueller1", "sub-abcdefg1"])
def test_an_id_that_looks_like_a_key_is_hashed(source_id: str) -> None:
    key = Linkage(b"s" * 32, {}).key(source_id)
    assert key != source_id
    assert re.fullmatch(r"sub-[a-z2-7]{8}", key)


def test_a_key_of_this_study_stands_for_its_patient() -> None:
    linkage = Linkage(b"s" * 32, {}).with_ids(["H-1", "H-2"])
    again = linkage.with_ids([linkage.keys["H-1"]])
    assert again.key(linkage.keys["H-1"]) == linkage.keys["H-1"]
    assert again.keys["H-1"] == linkage.keys["H-1"]
    with pytest.raises(TableError, match="TAB-50"):
        linkage.with_ids(["H-1", linkage.keys["H-1"]])


def test_saved_linkage_comes_back(tmp_path: Path) -> None:
    linkage = Linkage(b"s" * 32, {}).with_ids(["001", "NA", "1E5", "Müller^Anna"])
    linkage.save(tmp_path)
    assert Linkage.load(tmp_path) == linkage
    assert (tmp_path / "linkage.tsv").stat().st_mode & 0o077 == 0


def test_lookalike_ids_are_refused() -> None:
    with pytest.raises(TableError, match="TAB-50"):
        Linkage(b"s" * 32, {}).with_ids(["H-1", "h-1 "])


def test_redact_replaces_whole_ids_only() -> None:
    linkage = Linkage(b"s" * 32, {"H-1": "sub-one", "H-10": "sub-ten"})
    assert (
        linkage.redact("H-10 and H-1; XH-1 stays, H-100 stays")
        == "sub-ten and sub-one; XH-1 stays, H-100 stays"
    )


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("phase post1 of patient 1", ("1",), "phase post1 of patient sub-k"),
        ("1_lesion.nii.gz", ("1",), "sub-k_lesion.nii.gz"),
        ("an offset of 1.5 mm, 0.1 mm or 11 mm", ("1",), "an offset of 1.5 mm, 0.1 mm or 11 mm"),
        ("H-1.2.nii", ("H-1",), "sub-k.2.nii"),
        ("TAB-59 59: sTIL is missing", ("59",), "TAB-59 sub-k: sTIL is missing"),
        ("doe_JANE/Doe Jane", ("DOE", "Jane", ""), "sub-k_sub-k/sub-k sub-k"),
        ("Müllerin und Müller", ("Müller",), "Müllerin und sub-k"),
        ("H-10 H-1", ("H-1", "H-10"), "sub-k sub-k"),
        ("K-7 wrote it", ("k", "K-7"), "sub-k wrote it"),
        ("nobody", (), "nobody"),
    ],
)
def test_redacted_replaces_whole_words_in_any_case(text: str, words: tuple[str, ...], expected: str) -> None:
    assert redacted(text, words, "sub-k") == expected
