"""Room: statistics. Tests, FDR, ICC, ROC and DeLong, Table 1: arrays in, small result records out."""

from tilscope.statistics.categories import ContingencyResult, contingency_test
from tilscope.statistics.columns import compare_columns
from tilscope.statistics.confusion import ConfusionMatrix, Proportion, confusion_matrix, proportion
from tilscope.statistics.groups import TestResult, compare_two_groups
from tilscope.statistics.icc import ICC_FORMS, IccForm, IccResult, icc
from tilscope.statistics.multiplicity import benjamini_hochberg
from tilscope.statistics.roc import AucResult, DelongResult, RocCurve, delong_test, roc_auc, roc_curve
from tilscope.statistics.table_one import table_one

__all__ = [
    "ICC_FORMS",
    "AucResult",
    "ConfusionMatrix",
    "ContingencyResult",
    "DelongResult",
    "IccForm",
    "IccResult",
    "Proportion",
    "RocCurve",
    "TestResult",
    "benjamini_hochberg",
    "compare_columns",
    "compare_two_groups",
    "confusion_matrix",
    "contingency_test",
    "delong_test",
    "icc",
    "proportion",
    "roc_auc",
    "roc_curve",
    "table_one",
]
