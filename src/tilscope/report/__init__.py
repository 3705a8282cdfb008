"""The static report: results in, pages that open from a file out."""

from tilscope.report.content import Content, read_content
from tilscope.report.external import build_external
from tilscope.report.page import build
from tilscope.report.pictures import figure_records
from tilscope.report.sections.legends import Legend, legends_page

__all__ = [
    "Content",
    "Legend",
    "build",
    "build_external",
    "figure_records",
    "legends_page",
    "read_content",
]
