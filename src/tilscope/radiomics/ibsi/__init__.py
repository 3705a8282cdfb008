"""Conformity with IBSI-1: the digital phantom, its consensus values (both CC BY 4.0), and ours beside them."""

from tilscope.radiomics.ibsi.conformity import REASONS, ConformityRow, conformity
from tilscope.radiomics.ibsi.consensus import NOT_IN_IBSI, WITHOUT_FEATURE, Aggregation, Consensus

__all__ = [
    "NOT_IN_IBSI",
    "REASONS",
    "WITHOUT_FEATURE",
    "Aggregation",
    "ConformityRow",
    "Consensus",
    "conformity",
]
