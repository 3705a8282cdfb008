"""Whole files or none: commit, its refusals, and the text encodings."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.study import commit, encode_json, encode_tsv, sha256, write_at
from tilscope.study import writing as module
from tilscope.vocabulary import StudyError


def test_commit_writes_private_files_and_returns_their_hash(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.bin"
    # SHA-256 of "abc": FIPS 180-2, appendix B.1
    assert commit(path, b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert path.read_bytes() == b"abc"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_commit_replaces_an_old_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    commit(path, b"old")
    commit(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["file.bin"]


def test_full_disk_leaves_the_old_file_and_no_stump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.bin"
    commit(path, b"old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(StudyError, match=r"RUN-73.*disk is full"):
        commit(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file.bin"]


def test_altered_bytes_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "sha256_of_file", lambda _path: sha256(b"something else"))
    with pytest.raises(StudyError, match="RUN-72"):
        commit(tmp_path / "file.bin", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("not a folder")
    with pytest.raises(StudyError, match="RUN-7"):
        commit(tmp_path / "a" / "b", b"x")


def test_json_refuses_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_json({"a": float("nan")})


def test_tsv_round_trips_floats_and_disarms_formulas() -> None:
    frame = pd.DataFrame(
        {"value": [0.1 + 0.2, np.nan, -1.5], "text": ["=1+1", "-x", "plain"]},
        index=pd.Index(["001", "NA", "1E5"], name="id"),
    )
    assert encode_tsv(frame).decode().splitlines() == [
        "id\tvalue\ttext",
        "001\t0.30000000000000004\t'=1+1",
        "NA\tn/a\t'-x",
        "1E5\t-1.5\tplain",
    ]


def test_tsv_disarms_names_of_rows_and_columns() -> None:
    frame = pd.DataFrame({"@a": [1]}, index=pd.MultiIndex.from_tuples([("=b", "c")], names=["gene", "set"]))
    assert encode_tsv(frame).decode() == "gene\tset\t'@a\n'=b\tc\t1\n"


def test_an_unfinished_file_is_cut_behind_what_is_written(tmp_path: Path) -> None:
    part = tmp_path / "a" / "part"
    write_at(part, b"abcdef", 0)
    write_at(part, b"XY", 4)
    assert part.read_bytes() == b"abcdXY"
    write_at(part, b"Z", 1)
    assert part.read_bytes() == b"aZ"
    assert stat.S_IMODE(part.stat().st_mode) == 0o600


def test_an_unfinished_file_is_refused_on_a_full_disk_and_through_a_link(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="RUN-73"):
        write_at(Path("/dev/full"), b"abc", 0)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudyError, match="RUN-72"):
        write_at(tmp_path / "link", b"abc", 0)
    assert not (tmp_path / "elsewhere").exists()
