"""The decorator of all kernels: machine code, cached on disk where the installation allows it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel: one thread, strict floating point, no lock held on the interpreter.

    A read-only installation without a writable cache folder makes numba refuse ``cache=True``; the kernel
    is then compiled anew in each process.
    """
    try:
        dispatcher = numba.njit(cache=True, nogil=True)(kernel)
    except RuntimeError:  # "cannot cache function: no locator available"
        return numba.njit(nogil=True)(kernel)
    _tie_to_all_kernels(dispatcher)
    return dispatcher


@cache
def kernels_hash() -> str:
    """Return a hash of the source of all kernels of this room."""
    folder = Path(__file__).parent
    content = hashlib.sha256()
    for file in sorted(folder.glob("*_kernels.py")):
        content.update(file.name.encode() + b"\0" + file.read_bytes())
    return content.hexdigest()


def _tie_to_all_kernels(dispatcher: Any) -> None:
    """Make cached machine code stale when any kernel changes, not only those of the same file.

    numba looks at the file of the kernel itself; code of a kernel that this one calls is built in, and would
    live on after an upgrade. Where numba's cache does not look as expected the kernel is not cached.
    """
    try:
        index = dispatcher._cache._cache_file
        index._source_stamp = (index._source_stamp, kernels_hash())
    except AttributeError:
        dispatcher._cache = numba.core.caching.NullCache()
