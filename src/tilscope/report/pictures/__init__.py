"""From results to the records that figures draw: ordering and choosing, no statistics beyond a z-score."""

from tilscope.report.pictures.contents import MAKERS, figure_records

__all__ = ["MAKERS", "figure_records"]
