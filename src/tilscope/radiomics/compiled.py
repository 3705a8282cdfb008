"""The decorator of all kernels: machine code, cached on disk where the installation allows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel: one thread, strict floating point, no lock held on the interpreter.

    A read-only installation without a writable cache folder makes numba refuse ``cache=True``; the kernel
    is then compiled anew in each process.
    """
    try:
        return numba.njit(cache=True, nogil=True)(kernel)
    except RuntimeError:  # "cannot cache function: no locator available"
        return numba.njit(nogil=True)(kernel)
