"""Cached machine code: used again by the next process, and stale as soon as any kernel changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tilscope.radiomics import compiled

INNER = "from room.compiled import compiled\n\n@compiled\ndef inner(x):\n    return x + {step}\n"
OUTER = (
    "from room.compiled import compiled\nfrom room.inner_kernels import inner\n\n"
    "@compiled\ndef outer(x):\n    return 10 * inner(x)\n"
)
ASK = "from room.outer_kernels import outer; print(outer(1), sum(outer.stats.cache_hits.values()))"


@pytest.fixture
def room(tmp_path):
    folder = tmp_path / "room"
    folder.mkdir()
    (folder / "__init__.py").touch()
    shutil.copy(Path(compiled.__file__), folder / "compiled.py")
    (folder / "inner_kernels.py").write_text(INNER.format(step=1))
    (folder / "outer_kernels.py").write_text(OUTER)
    return folder


def ask(room):
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", ASK],
        cwd=room.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    result, hits = run.stdout.split()
    return int(result), int(hits)


def test_the_next_process_uses_the_machine_code_again(room):
    assert ask(room) == (20, 0)
    assert ask(room) == (20, 1)


def test_code_that_is_built_into_another_kernel_does_not_live_on(room):
    """numba alone would answer 20 again: it looks only at the file of the outer kernel."""
    ask(room)
    (room / "inner_kernels.py").write_text(INNER.format(step=2))
    assert ask(room) == (30, 0)
