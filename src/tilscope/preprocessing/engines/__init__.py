"""The registration engines: one file each, one line here."""

from __future__ import annotations

from tilscope.preprocessing.engines import affine, greedy, none, syn
from tilscope.preprocessing.engines.engine import Engine

ENGINES: tuple[Engine, ...] = (greedy.ENGINE, syn.ENGINE, affine.ENGINE, none.ENGINE)


def engine(name: str) -> Engine:
    """Return the engine called ``name`` (the settings allow no other names)."""
    return next(candidate for candidate in ENGINES if candidate.name == name)


__all__ = ["ENGINES", "Engine", "engine"]
