"""Audit of published numbers: claims in, findings out; consistent, inconsistent, or consistent only if.

::

    printed       a number as it is printed, and the interval of values that would print so
    claims        what a paper claims
    parsing       claims from a mapping of texts; every unknown key is named
    measures, matrices, confusion, intervals    two-by-two tables
    auc_error, auc                              area under the ROC curve
    recomputing, means, percentages, table_one  Table 1
    equations, bounds                           logistic equations; ranges and totals
    auditing      one table of checks
"""

from tilscope.signature.audit.auditing import CHECKS, audit
from tilscope.signature.audit.claims import Claims
from tilscope.signature.audit.findings import VERDICTS, Audit, Finding, Verdict
from tilscope.signature.audit.parsing import parse_claims

__all__ = [
    "CHECKS",
    "VERDICTS",
    "Audit",
    "Claims",
    "Finding",
    "Verdict",
    "audit",
    "parse_claims",
]
