"""The only way from an address to a file: nothing outside the study, nothing through a link (WEB-83)."""

from __future__ import annotations

import re
from pathlib import Path

PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def find_file(root: Path, relative: str) -> Path | None:
    """Return a regular file of a folder, or None for anything else.

    Parameters
    ----------
    root : Path
        The folder that must not be left.
    relative : str
        Names separated by ``/``. Every name consists of letters, digits, dots, hyphens and underscores and starts
        with a letter or digit: so there is no ``..``, no hidden file, no drive, no backslash and no NUL.
    """
    names = relative.split("/")
    if not all(PLAIN_NAME.fullmatch(name) for name in names):
        return None
    path = root.resolve().joinpath(*names)
    try:
        is_itself = path.resolve(strict=True) == path  # a link anywhere on the way would change it
    except (
        OSError,
        RuntimeError,
    ):  # nothing there, a name too long, or a link to itself (Python 3.11 and 3.12)
        return None
    return path if is_itself and path.is_file() else None
