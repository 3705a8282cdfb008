"""A synthetic hospital with a planted truth, and the table of what was recovered of it.

``write_hospital`` writes what a hospital hands over (or ``plan_hospital``, then ``write_tables`` and one
``write_patient`` per patient, on any number of workers, then ``gather_truth``); ``compare`` tells what a run
found of the ``Truth``.
"""

from tilscope.demo.compare import compare
from tilscope.demo.hospital import write_hospital, write_patient
from tilscope.demo.plan import CANARY, FAULTS, HospitalPlan, PatientPlan, plan_hospital
from tilscope.demo.recovered import Recovered, TruthRow, TruthTable
from tilscope.demo.tables import write_tables
from tilscope.demo.truth import PatientTruth, Truth, gather_truth

__all__ = [
    "CANARY",
    "FAULTS",
    "HospitalPlan",
    "PatientPlan",
    "PatientTruth",
    "Recovered",
    "Truth",
    "TruthRow",
    "TruthTable",
    "compare",
    "gather_truth",
    "plan_hospital",
    "write_hospital",
    "write_patient",
    "write_tables",
]
