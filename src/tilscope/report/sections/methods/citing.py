"""Citations: sentences name papers as ``[@key]`` or ``[@key,key]``; the text numbers them by first mention."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tilscope.report.sections.methods.references import REFERENCES, Reference

_PERCENT = re.compile(r"(?<=\d) ?%")
_CITED = re.compile(r"\[@([a-z0-9]+(?:,[a-z0-9]+)*)\]")


def numbered(texts: Sequence[str]) -> tuple[tuple[str, ...], tuple[Reference, ...]]:
    """Return the texts with ``[1]`` or ``[2,3]`` for their marks, and the references in the order of their numbers.

    Every percentage has one blank before its sign. What only looks like a mark (a name
    of a column, a licence) stays as it is.
    """
    order: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        keys = found[1].split(",")
        if not all(key in REFERENCES for key in keys):
            return found[0]
        places = sorted(order.setdefault(key, len(order) + 1) for key in keys)
        return f"[{','.join(map(str, places))}]"

    told = tuple(_PERCENT.sub(" %", _CITED.sub(number, text)) for text in texts)
    return told, tuple(REFERENCES[key] for key in order)


def sentences(parts: Iterable[str]) -> str:
    """Return sentences as one text; empty ones are none, and blanks around them do not matter."""
    return " ".join(part.strip() for part in parts if part.strip())


def listed(names: Sequence[object]) -> str:
    """Return ``a, b and c``."""
    words = [str(name) for name in names]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
