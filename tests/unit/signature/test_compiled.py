"""Compiled kernels: cached machine code must not outlive a change of a kernel that it has built in."""

from __future__ import annotations

import shutil
from pathlib import Path

from numba.core.registry import CPUDispatcher

from tilscope.signature import _compiled, _descent, _factor, _likelihood
from tilscope.signature._compiled import kernels_hash

FOLDER = Path(_compiled.__file__).parent


def test_cached_code_is_tied_to_the_source_of_all_kernels():
    found = [
        kernel
        for module in (_descent, _factor, _likelihood)
        for kernel in vars(module).values()
        if isinstance(kernel, CPUDispatcher)
    ]
    assert len(found) > 20
    for kernel in found:
        cache = getattr(kernel._cache, "_cache_file", None)
        if cache is not None:  # else it is not cached at all
            assert cache._source_stamp[1] == kernels_hash()


def test_a_change_of_any_kernel_changes_the_hash(tmp_path):
    folders = []
    for changed in ("nothing", "_descent.py", "_factor.py", "_likelihood.py", "_compiled.py"):
        folder = tmp_path / changed
        folder.mkdir()
        for file in FOLDER.glob("_*.py"):
            shutil.copy(file, folder / file.name)
        if changed != "nothing":
            with (folder / changed).open("a") as text:
                text.write("# changed\n")
        folders.append(folder)
    assert len({kernels_hash(folder) for folder in folders}) == 5
    assert kernels_hash(folders[0]) == kernels_hash()
