"""The decorator of this room's kernels: machine code, cached on disk where the installation allows it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba


def compiled(*, is_entry: bool = False, **options: Any) -> Callable[[Any], Any]:
    """Return a decorator that compiles a kernel, with numba's options (such as ``fastmath``).

    Python can call only the entries; the others have no wrappers, which take long to compile. Where no folder
    can hold numba's cache, kernels are compiled anew in each process.
    """
    if not is_entry:
        options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

    def decorate(kernel: Any) -> Any:
        try:
            dispatcher = numba.njit(cache=True, nogil=True, **options)(kernel)
        except RuntimeError:  # "cannot cache function: no locator available"
            return numba.njit(nogil=True, **options)(kernel)
        _tie_to_all_kernels(dispatcher)
        return dispatcher

    return decorate


@cache
def kernels_hash(folder: Path = Path(__file__).parent) -> str:
    """Return a hash of the source of all kernels of this room (files whose name begins with one underscore)."""
    content = hashlib.sha256()
    for file in sorted(folder.glob("_[!_]*.py")):
        content.update(file.name.encode() + b"\0" + file.read_bytes())
    return content.hexdigest()


def _tie_to_all_kernels(dispatcher: Any) -> None:
    """Make cached machine code stale when any kernel changes: code of the kernels that one calls is built in.

    numba looks at the file of the kernel itself only. Where its cache does not look as expected the kernel
    is not cached.
    """
    try:
        index = dispatcher._cache._cache_file
        index._source_stamp = (index._source_stamp, kernels_hash())
    except AttributeError:
        dispatcher._cache = numba.core.caching.NullCache()
