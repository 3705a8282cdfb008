"""The bias-field methods: one record each, one line here."""

from __future__ import annotations

from tilscope.preprocessing.bias_methods.ants_fields import N3, N4
from tilscope.preprocessing.bias_methods.method import BiasMethod
from tilscope.preprocessing.bias_methods.none import NONE

BIAS_METHODS: tuple[BiasMethod, ...] = (N3, N4, NONE)


def bias_method(name: str) -> BiasMethod:
    """Return the method called ``name`` (the settings allow no other names)."""
    return next(candidate for candidate in BIAS_METHODS if candidate.name == name)


__all__ = ["BIAS_METHODS", "BiasMethod", "bias_method"]
