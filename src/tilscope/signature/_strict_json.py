"""JSON without its traps: one value per key, finite numbers, shallow and small."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from tilscope.vocabulary import SignatureError

MAX_BYTES = 1_000_000
MAX_DEPTH = 8
BOM = "\ufeff"
# First bytes of what people try instead; told by name, and never opened.
FOREIGN = (
    (b"\x80", "a pickle or joblib file"),
    (b"PK\x03\x04", "a ZIP archive (skops, NumPy .npz, Excel)"),
    (b"\x93NUMPY", "a NumPy file"),
    (b"\x1f\x8b", "a gzip file (R .rds, compressed pickle)"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"x\x9c", "a zlib file (compressed joblib)"),
    (b"\x89HDF", "an HDF5 file"),
    (b"X\n", "an R .rds file"),
    (b"RDX", "an R workspace"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"!!", "YAML with a tag"),
)
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def parse_strictly(text: str | bytes) -> dict[str, Any]:
    """Return the JSON object that ``text`` holds.

    Raises
    ------
    SignatureError
        ``SIG-66`` where it is not a JSON object at all; ``SIG-68`` where it is too large, too deep, cut, or
        holds a key twice or a number that is not finite.
    """
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    known = next((what for first, what in FOREIGN if raw.startswith(first)), None)
    if known is not None:
        raise _foreign(known)
    if len(raw) > MAX_BYTES:
        raise _refused("larger than 1 MB")
    try:
        content = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _foreign("bytes that are not UTF-8 text") from None
    if content.startswith(BOM):
        raise _refused("a byte order mark: an editor has saved the file")
    if not content.lstrip().startswith("{"):
        raise _foreign("something else than a JSON object" if content.strip() else "an empty file")
    if _depth(content) > MAX_DEPTH:
        raise _refused(f"nested deeper than {MAX_DEPTH}")
    try:
        value = json.loads(
            content, object_pairs_hook=_unique_keys, parse_constant=_not_a_number, parse_float=_finite
        )
    except ValueError as error:
        raise _refused(f"broken JSON ({error})") from None
    if not isinstance(value, dict):
        raise _foreign("something else than a JSON object")
    return value


def _depth(content: str) -> int:
    depth = deepest = 0
    for mark in _MARKS.findall(content):
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    return deepest


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise _refused("a key stands twice")
    return content


def _not_a_number(word: str) -> float:
    raise _refused(f"{word} is no number")


def _finite(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise _refused(f"{word} is too large a number")
    return value


def _refused(found: str) -> SignatureError:
    return SignatureError(
        "SIG-68",
        "the signature file is refused",
        found=found,
        expected="strict JSON as tilscope writes it",
        remedy="Ask for the original file.",
    )


def _foreign(found: str) -> SignatureError:
    return SignatureError(
        "SIG-66",
        "a signature is a JSON file; nothing else is ever opened (no pickle, joblib, skops or YAML)",
        found=found,
        remedy="Export the signature with tilscope.",
    )
