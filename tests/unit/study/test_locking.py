"""One run per study."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tilscope.study import StudyLockedError, locked

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
