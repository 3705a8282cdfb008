"""One run per study: an advisory lock that dies with the process that holds it, and what such a process left."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tilscope.study.writing import PRIVATE_FILE, STUMP_SUFFIX, make_folder
from tilscope.vocabulary import StudyError

if TYPE_CHECKING:
    from tilscope.study.folder import Study


class StudyLockedError(StudyError):
    """Another run holds the study (exit 75)."""


@contextmanager
def locked(lock_file: Path) -> Iterator[None]:
    """Hold the study for this process; a killed process frees it by itself.

    Raises
    ------
    StudyLockedError
        RUN-74 when another process holds the lock.
    """
    make_folder(lock_file.parent)
    handle = os.open(lock_file, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
            raise StudyLockedError(
                "RUN-74",
                "another run is working on this study",
                found=f"process {holder}",
                remedy="Wait until it ends, or stop it; then run the same command again.",
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def working(study: Study) -> Iterator[None]:
    """Hold the study, and remove the half-written files that a killed run left.

    The report and the ratings of the review page are written without the lock; their folders are left alone.

    Raises
    ------
    StudyLockedError
        RUN-74 when another process holds the lock.
    """
    unlocked = {study.report_file.parent, study.ratings_file.parent}
    with locked(study.lock_file):
        for stump in list(study.root.rglob(f".*{STUMP_SUFFIX}")):
            if unlocked.isdisjoint(stump.parents):
                stump.unlink(missing_ok=True)
        yield
