"""The record of the figure that shows how counts were weighed."""

from __future__ import annotations

from tilscope.figures import MeanVariance
from tilscope.report.content import Content


def mean_variance(content: Content) -> MeanVariance | None:
    """Return voom's trend, where the genes came from counts by voom."""
    return None if content.mean_variance is None else MeanVariance(content.mean_variance)
