"""The static report: results in, one page that opens from a file out."""

from tilscope.report.content import Content, read_content
from tilscope.report.page import build
from tilscope.report.pictures import figure_records

__all__ = ["Content", "build", "figure_records", "read_content"]
