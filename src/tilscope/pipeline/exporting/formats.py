"""The formats of an export: a table of contents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tilscope.pipeline.exporting.csv_files import csv_files
from tilscope.pipeline.exporting.excel_files import excel_files
from tilscope.pipeline.exporting.gathering import Gathered
from tilscope.pipeline.exporting.hdf5_files import h5ad_files, h5mu_files
from tilscope.pipeline.exporting.parquet_files import parquet_files

Files = Callable[[Gathered], list[tuple[str, Callable[[], bytes]]]]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format.

    Attributes
    ----------
    name : str
        As the option says it, and the ending of the files.
    files : callable
        From what was gathered to the files' places in the folder, each with what makes its bytes.
    is_single : bool
        Whether it is one file, whose name the user may give.
    package : str or None
        What must be installed besides tilscope.
    needs : str
        What a study must have for it.
    """

    name: str
    files: Files
    is_single: bool = False
    package: str | None = None
    needs: str = "a table"


FORMATS: tuple[ExportFormat, ...] = (
    ExportFormat("h5mu", h5mu_files, is_single=True, package="h5py", needs="features or expression"),
    ExportFormat("h5ad", h5ad_files, package="h5py", needs="features or expression"),
    ExportFormat("parquet", parquet_files),
    ExportFormat("csv", csv_files),
    ExportFormat("xlsx", excel_files, is_single=True),
)
BY_NAME = {form.name: form for form in FORMATS}
