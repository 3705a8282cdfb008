"""The static report: results in, one page that opens from a file out."""

from tilscope.report.content import Content, read_content
from tilscope.report.external import build_external
from tilscope.report.page import build
from tilscope.report.pictures import figure_records

__all__ = ["Content", "build", "build_external", "figure_records", "read_content"]
