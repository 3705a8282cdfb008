"""One run per study."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tilscope.study import StudyLockedError, create_study, locked, working

HOLD = """
import sys, time
from pathlib import Path
from tilscope.study import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_second_holder_is_told_who_holds(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StudyLockedError, match=f"RUN-74.*process {holder.pid}"), locked(lock):
            pass
        holder.kill()
    with locked(lock):  # a killed process frees the study
        pass


def test_half_written_files_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    study = create_study(tmp_path / "study")
    kill = """
import os, sys
from pathlib import Path
from tilscope.study import commit, writing
writing.sha256_of_file = lambda path: os._exit(9)  # dies after writing aside, before the rename
commit(Path(sys.argv[1]), b"half")
"""
    left = {}
    for name in (
        "participants.tsv",
        "images/sub-a/dce.json",
        "derivatives/review/ratings.tsv",
        "report/a.html",
    ):
        before = set(study.root.rglob("*"))
        ended = subprocess.run([sys.executable, "-c", kill, str(study.root / name)], check=False)
        assert ended.returncode == 9
        (left[name],) = (f for f in set(study.root.rglob("*")) - before if f.is_file())
    kept = study.root / "images/sub-a/whole.part"
    kept.write_bytes(b"a user's own")
    with working(study):
        assert not left["participants.tsv"].exists()
        assert not left["images/sub-a/dce.json"].exists()
        assert left["derivatives/review/ratings.tsv"].exists()  # perhaps being written by the review page
        assert left["report/a.html"].exists()
        assert kept.exists()
