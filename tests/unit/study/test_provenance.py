"""Content keys: the same request is not run twice, another one is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tilscope.study import Request, commit_outputs, is_done, provenance_of, within
from tilscope.vocabulary import StudyError


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    (tmp_path / "in.txt").write_text("input")
    return Request("step", 1, ("numpy",), {"a": 1}, within(tmp_path, [tmp_path / "in.txt"]))


def done(root: Path, request: Request) -> None:
    commit_outputs(root, root / "record.json", request, provenance_of(request), {root / "out.txt": b"output"})


def test_same_request_is_done(tmp_path: Path, request_: Request) -> None:
    record = tmp_path / "record.json"
    assert not is_done(tmp_path, record, provenance_of(request_))
    done(tmp_path, request_)
    assert is_done(tmp_path, record, provenance_of(request_))


@pytest.mark.parametrize(
    "change", [{"step_version": 2}, {"settings": {"a": 2}}, {"step": "other"}, {"parts": ()}]
)
def test_another_request_is_not_done(tmp_path: Path, request_: Request, change: dict[str, object]) -> None:
    done(tmp_path, request_)
    assert not is_done(tmp_path, tmp_path / "record.json", provenance_of(replace(request_, **change)))


def test_changed_input_or_output_is_not_done(tmp_path: Path, request_: Request) -> None:
    record = tmp_path / "record.json"
    done(tmp_path, request_)
    (tmp_path / "out.txt").write_text("tampered")
    assert not is_done(tmp_path, record, provenance_of(request_))
    done(tmp_path, request_)
    (tmp_path / "in.txt").write_text("other input")
    assert not is_done(tmp_path, record, provenance_of(request_))
    (tmp_path / "out.txt").unlink()
    assert not is_done(tmp_path, record, provenance_of(request_))


def test_damaged_record_is_not_done(tmp_path: Path, request_: Request) -> None:
    done(tmp_path, request_)
    (tmp_path / "record.json").write_text('{"step": ')
    assert not is_done(tmp_path, tmp_path / "record.json", provenance_of(request_))


def test_input_that_changes_while_running_writes_nothing(tmp_path: Path, request_: Request) -> None:
    wanted = provenance_of(request_)
    (tmp_path / "in.txt").write_text("changed meanwhile")
    with pytest.raises(StudyError, match=r"RUN-76.*in\.txt"):
        commit_outputs(tmp_path, tmp_path / "record.json", request_, wanted, {tmp_path / "out.txt": b"x"})
    assert not (tmp_path / "out.txt").exists()
