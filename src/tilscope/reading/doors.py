"""What every reader does first: find the file, and take its bytes whole or not at all."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from tilscope.vocabulary import InputError

GZIP_MAGIC = b"\x1f\x8b"


def existing_file(file: Path | str, rule: str, kind: type[InputError] = InputError) -> Path:
    """Return the path of a file that exists.

    Parameters
    ----------
    file : path
        What the user named.
    rule : str
        Rule id of the section, ``"IMG-00"``, ``"ROI-00"`` or ``"TAB-00"``.
    kind : type of InputError
        The error of the section.

    Raises
    ------
    InputError
        When there is no such file, or it is a folder.
    """
    path = Path(file)
    if not path.exists():
        raise kind(rule, "there is no such file", file=path, remedy="Check the path and its spelling.")
    if not path.is_file():
        raise kind(rule, "a file is needed here", file=path, found="a folder", remedy="Name one file.")
    return path


def whole_bytes(path: Path, rule: str, kind: type[InputError] = InputError) -> bytes:
    """Return the bytes of a file, unpacked when it is gzip; length and checksum must be right."""
    return unpacked(path.read_bytes(), path, rule, kind)


def unpacked(data: bytes, path: Path, rule: str, kind: type[InputError] = InputError) -> bytes:
    """Return the bytes inside a gzip stream, or the bytes themselves when they are not gzip.

    Raises
    ------
    InputError
        When the stream is cut or its checksum is wrong.
    """
    if data[:2] != GZIP_MAGIC:
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error) as fault:
        raise kind(
            rule,
            "the compressed file is cut or damaged",
            file=path,
            found=str(fault).rstrip("."),
            expected="a whole gzip stream with its checksum",
            remedy="Copy or export the file again.",
        ) from fault
