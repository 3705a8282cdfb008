"""The one way in which tilscope writes a file: whole or not at all, readable by its owner only."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilscope.vocabulary import StudyError

if TYPE_CHECKING:
    import pandas as pd

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
STUMP_SUFFIX = ".part"  # a file under this name is never a result and may be deleted

_REFUSALS = {
    errno.ENOSPC: (
        "RUN-73",
        "the disk is full",
        "Free some space and run the same command again: it resumes.",
    ),
    errno.EDQUOT: ("RUN-73", "the disk quota is used up", "Free some space and run the same command again."),
    errno.EACCES: ("RUN-75", "the folder cannot be written to", "Give yourself write permission there."),
    errno.EPERM: ("RUN-75", "the folder cannot be written to", "Give yourself write permission there."),
    errno.EROFS: ("RUN-75", "the folder is on a read-only disk", "Choose a folder on a writable disk."),
}


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def make_folder(path: Path) -> None:
    """Create a folder and its parents, each readable by its owner only."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    except OSError as error:
        raise _refusal(error, path) from error


def refuse_existing(path: Path, *, force: bool) -> None:
    """Refuse, before anything is made for it, to write over a file (unless forced to) or a folder.

    Raises
    ------
    StudyError
        RUN-75.
    """
    if path.is_dir() or (path.exists() and not force):
        raise StudyError(
            "RUN-75",
            "this is a folder" if path.is_dir() else "this file exists already",
            file=path,
            expected="a new file",
            remedy="Choose another name." if path.is_dir() else "Choose another name, or add --force.",
        )


def commit(path: Path, data: bytes) -> str:
    """Write a file so that a crash at any moment leaves either the old file or the new one.

    The bytes are written aside, flushed to the disk, read back and compared, and renamed into place; then the
    folder's own entry is flushed.

    Parameters
    ----------
    path : Path
        Where the file shall be; its folder is created when missing.
    data : bytes
        The whole content.

    Returns
    -------
    str
        SHA-256 of the content.

    Raises
    ------
    StudyError
        RUN-73 when the disk is full, RUN-75 when the folder cannot be written to, RUN-72 when the bytes read
        back are not the bytes written.
    """
    make_folder(path.parent)
    stump = path.with_name(f".{path.name}.{secrets.token_hex(4)}{STUMP_SUFFIX}")
    digest = sha256(data)
    try:
        _write_synced(stump, data)
        if sha256_of_file(stump) != digest:
            raise StudyError(
                "RUN-72",
                "the bytes read back differ from those written",
                file=path.name,
                remedy="Check the disk, then run the same command again.",
            )
        stump.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _refusal(error, path) from error
    finally:
        with suppress(OSError):
            stump.unlink(missing_ok=True)
    return digest


def write_at(path: Path, data: bytes, position: int) -> None:
    """Put bytes into an unfinished file and cut it behind them; the folder is created when missing.

    Only for what arrives in pieces and must outlive a crash half-way, such as a download: no result is written like
    this. When it is whole and has been checked, its content is committed under another name.

    Parameters
    ----------
    path : Path
        The unfinished file.
    data : bytes
        What to write.
    position : int
        Where, in bytes from the start.

    Raises
    ------
    StudyError
        As `commit`.
    """
    make_folder(path.parent)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, PRIVATE_FILE)
        with os.fdopen(handle, "wb") as stream:
            stream.seek(position)
            stream.write(data)
            stream.truncate()
    except OSError as error:
        raise _refusal(error, path) from error


def commit_json(path: Path, content: Mapping[str, Any]) -> str:
    """Write a mapping as JSON with sorted keys; NaN and infinity are refused."""
    return commit(path, encode_json(content))


def encode_json(content: Mapping[str, Any]) -> bytes:
    """Return strict JSON text (sorted keys, no NaN) as bytes."""
    return (
        json.dumps(content, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"
    ).encode()


def encode_tsv(frame: pd.DataFrame, *, index: bool = True) -> bytes:
    """Return a table as tab-separated text with round-trip floats; missing values are ``n/a`` as in BIDS.

    Texts, names of rows and of columns included, are disarmed (`inert`).
    """
    import pandas as pd

    safe = frame.rename(index=inert, columns=inert)
    for column in safe.columns[[not pd.api.types.is_numeric_dtype(t) for t in safe.dtypes]]:
        safe[column] = safe[column].map(inert, na_action="ignore")
    text: str = safe.to_csv(sep="\t", index=index, na_rep="n/a", lineterminator="\n")
    return text.encode()


def inert(value: object) -> object:
    """Disarm text that a spreadsheet would run as a formula (PHI-89)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _write_synced(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refusal(error: OSError, path: Path) -> StudyError:
    rule, message, remedy = _REFUSALS.get(
        error.errno or 0, ("RUN-72", f"the file could not be written ({error.strerror})", "Check the disk.")
    )
    return StudyError(rule, message, file=path, remedy=remedy)
