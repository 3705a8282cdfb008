"""The steps, their order, where they run, and what is already done."""

from tilscope.pipeline.checking import CheckResult, check_study
from tilscope.pipeline.demo_run import DemoResult, run_demo
from tilscope.pipeline.executing import executor
from tilscope.pipeline.importing import ImportReport, ImportRequest, import_source
from tilscope.pipeline.progress import Bars
from tilscope.pipeline.run import STEPS, RunPlan, RunReport, plan_run, run_study
from tilscope.pipeline.scoring import Scored, score_features
from tilscope.pipeline.status import PatientStatus, counts, patient_states
from tilscope.pipeline.step import Outcome, Products, Step, unexpected

__all__ = [
    "STEPS",
    "Bars",
    "CheckResult",
    "DemoResult",
    "ImportReport",
    "ImportRequest",
    "Outcome",
    "PatientStatus",
    "Products",
    "RunPlan",
    "RunReport",
    "Scored",
    "Step",
    "check_study",
    "counts",
    "executor",
    "import_source",
    "patient_states",
    "plan_run",
    "run_demo",
    "run_study",
    "score_features",
    "unexpected",
]
