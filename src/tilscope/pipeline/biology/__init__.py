"""The steps from an expression matrix to the biology of the score.

::

    inputs            what several of these steps read: expression, groups, scores, gene sets
    expression_step   the matrix, checked and on a log2 scale
    biology_step      genes, gene-set scores and signatures between high and low Rad-TILs
"""

from tilscope.pipeline.biology.biology_step import BIOLOGY
from tilscope.pipeline.biology.expression_step import EXPRESSION

BIOLOGY_STEPS = (EXPRESSION, BIOLOGY)
"""In the order of a run; a new step is one file and one entry here."""

__all__ = ["BIOLOGY", "BIOLOGY_STEPS", "EXPRESSION"]
