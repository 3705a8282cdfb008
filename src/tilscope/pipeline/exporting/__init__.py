"""Exports: MuData, AnnData, Parquet, CSV and Excel of a study's tables, with a dictionary of their columns.

::

    formats          the formats, a table of contents; one module each
    sources          the tables, a table of contents
    gathering        reads them
    dictionary       what their columns mean
    writing          the request, the files
"""

from tilscope.pipeline.exporting.formats import FORMATS
from tilscope.pipeline.exporting.writing import Exported, ExportRequest, export_request, export_study

__all__ = ["FORMATS", "ExportRequest", "Exported", "export_request", "export_study"]
