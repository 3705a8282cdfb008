"""Silence for libraries that write to the process's stdout and stderr past Python."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_depth = 0
_saved: dict[int, int] = {}
DESCRIPTORS = (1, 2)


@contextmanager
def silent_process() -> Iterator[None]:
    """Send file descriptors 1 and 2 to the null device for as long as the block runs.

    Blocks of several threads may overlap: the first one redirects, the last one restores. What other threads print
    meanwhile is lost too. Without descriptors (no console) nothing happens.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _depth
    with _lock:
        _depth += 1
        if _depth > 1:
            return
        _flush()
        null = os.open(os.devnull, os.O_WRONLY)
        for descriptor in DESCRIPTORS:
            try:
                _saved[descriptor] = os.dup(descriptor)
            except OSError:
                continue
            os.dup2(null, descriptor)
        os.close(null)


def _leave() -> None:
    global _depth
    with _lock:
        _depth -= 1
        if _depth:
            return
        _flush()
        for descriptor, copy in _saved.items():
            os.dup2(copy, descriptor)
            os.close(copy)
        _saved.clear()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
    if os.name == "posix":
        # what C and C++ buffered must go where it belongs before the descriptors change
        ctypes.CDLL(None).fflush(None)
