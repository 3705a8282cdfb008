"""Pseudonyms: stable, secret, readable names for folders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilscope.study import Linkage
from tilscope.vocabulary import TableError


def test_keys_are_stable_and_depend_on_the_secret() -> None:
    one, other = Linkage(b"a" * 32, {}), Linkage(b"b" * 32, {})
    assert one.key("H-1047") == one.key("H-1047")
    assert one.key("H-1047") != other.key("H-1047")
    assert one.key("H-1047") != one.key("H-1048")


@given(st.text(min_size=1, max_size=100))
def test_any_id_gives_a_safe_folder_name(source_id: str) -> None:
    assert re.fullmatch(r"sub-[A-Za-z0-9]+", Linkage(b"s" * 32, {}).key(source_id))


def test_a_participant_key_stays_as_it_is() -> None:
    assert Linkage(b"s" * 32, {}).key("sub-001") == "sub-001"


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
