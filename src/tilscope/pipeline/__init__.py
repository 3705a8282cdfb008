"""The steps, their order, where they run, and what is already done.

Each name is imported when it is first asked for: a command that extracts features need not wait for what draws
reports.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tilscope.pipeline.case_tables import (
        CaseTable,
        ExtractedTable,
        cases_of,
        extract_cases,
        one_case,
        read_cases,
        told_in_one_line,
    )
    from tilscope.pipeline.checking import CheckResult, check_study
    from tilscope.pipeline.demo_run import DemoResult, run_demo
    from tilscope.pipeline.doctor import Environment, environment
    from tilscope.pipeline.executing import executor
    from tilscope.pipeline.external_validation import Validated, checked_folder, read_outcome, validate
    from tilscope.pipeline.extract_settings import ExtractionRequest, extraction_request
    from tilscope.pipeline.feature_files import Format, checked_output, encode_features, readable_lines
    from tilscope.pipeline.importing import ImportReport, ImportRequest, import_source
    from tilscope.pipeline.mapping import MappedCase, MapRequest, map_case, map_request, write_maps
    from tilscope.pipeline.outcome import Outcome, unexpected
    from tilscope.pipeline.progress import Bars
    from tilscope.pipeline.run import STEPS, RunPlan, RunReport, plan_run, run_study
    from tilscope.pipeline.scoring import Scored, score_features
    from tilscope.pipeline.status import PatientStatus, counts, patient_states
    from tilscope.pipeline.step import Products, Step

__all__ = [
    "STEPS",
    "Bars",
    "CaseTable",
    "CheckResult",
    "DemoResult",
    "Environment",
    "ExtractedTable",
    "ExtractionRequest",
    "Format",
    "ImportReport",
    "ImportRequest",
    "MapRequest",
    "MappedCase",
    "Outcome",
    "PatientStatus",
    "Products",
    "RunPlan",
    "RunReport",
    "Scored",
    "Step",
    "Validated",
    "cases_of",
    "check_study",
    "checked_folder",
    "checked_output",
    "counts",
    "encode_features",
    "environment",
    "executor",
    "extract_cases",
    "extraction_request",
    "import_source",
    "map_case",
    "map_request",
    "one_case",
    "patient_states",
    "plan_run",
    "read_cases",
    "read_outcome",
    "readable_lines",
    "run_demo",
    "run_study",
    "score_features",
    "told_in_one_line",
    "unexpected",
    "validate",
    "write_maps",
]

_HOMES: dict[str, tuple[str, ...]] = {
    "checking": (
        "CheckResult",
        "check_study",
    ),
    "demo_run": (
        "DemoResult",
        "run_demo",
    ),
    "doctor": (
        "Environment",
        "environment",
    ),
    "executing": ("executor",),
    "case_tables": (
        "CaseTable",
        "ExtractedTable",
        "cases_of",
        "extract_cases",
        "one_case",
        "read_cases",
        "told_in_one_line",
    ),
    "extract_settings": (
        "ExtractionRequest",
        "extraction_request",
    ),
    "external_validation": ("Validated", "checked_folder", "read_outcome", "validate"),
    "feature_files": (
        "Format",
        "checked_output",
        "encode_features",
        "readable_lines",
    ),
    "importing": (
        "ImportReport",
        "ImportRequest",
        "import_source",
    ),
    "mapping": (
        "MapRequest",
        "MappedCase",
        "map_case",
        "map_request",
        "write_maps",
    ),
    "outcome": ("Outcome", "unexpected"),
    "progress": ("Bars",),
    "run": (
        "STEPS",
        "RunPlan",
        "RunReport",
        "plan_run",
        "run_study",
    ),
    "scoring": (
        "Scored",
        "score_features",
    ),
    "status": (
        "PatientStatus",
        "counts",
        "patient_states",
    ),
    "step": ("Products", "Step"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
