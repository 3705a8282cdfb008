"""The bias-field methods: one file each, one line here."""

from __future__ import annotations

from tilscope.preprocessing.bias_methods import n3, n4, none
from tilscope.preprocessing.bias_methods.method import BiasMethod

BIAS_METHODS: tuple[BiasMethod, ...] = (n3.METHOD, n4.METHOD, none.METHOD)


def bias_method(name: str) -> BiasMethod:
    """Return the method called ``name`` (the settings allow no other names)."""
    return next(candidate for candidate in BIAS_METHODS if candidate.name == name)


__all__ = ["BIAS_METHODS", "BiasMethod", "bias_method"]
