"""Room: statistics. Tests, FDR, ICC, ROC and DeLong, Table 1: arrays in, small result records out."""

from tilscope.statistics.association_size import cramers_v, odds_ratio
from tilscope.statistics.bland_altman import BlandAltman, bland_altman
from tilscope.statistics.calibration import Calibration, CalibrationCurve, CalibrationGroup, calibration
from tilscope.statistics.categories import ContingencyResult, contingency_test
from tilscope.statistics.columns import compare_columns
from tilscope.statistics.confusion import ConfusionMatrix, Proportion, confusion_matrix, proportion
from tilscope.statistics.correlation import Correlation, CorrelationMatrix, correlate, correlate_rows
from tilscope.statistics.cutoffs import YoudenCutoff, youden_cutoff
from tilscope.statistics.decision_curve import DecisionCurve, decision_curve
from tilscope.statistics.estimates import Estimate, Ratio
from tilscope.statistics.group_effects import GroupEffect, two_group_effect
from tilscope.statistics.groups import TestResult, compare_two_groups
from tilscope.statistics.icc import ICC_FORMS, IccForm, IccResult, icc, icc_value
from tilscope.statistics.lowess import lowess
from tilscope.statistics.multiplicity import benjamini_hochberg
from tilscope.statistics.precision_recall import PrecisionRecall, precision_recall
from tilscope.statistics.roc import AucResult, DelongResult, RocCurve, delong_test, roc_auc, roc_curve
from tilscope.statistics.roc_band import RocBand, roc_band
from tilscope.statistics.several_groups import SeveralGroupsResult, compare_several_groups
from tilscope.statistics.standardised_difference import (
    standardised_difference,
    standardised_difference_of_counts,
)
from tilscope.statistics.table_one import RULES, TableOneRules, table_one
from tilscope.statistics.trend import TrendResult, cochran_armitage, jonckheere_terpstra, linear_by_linear

__all__ = [
    "ICC_FORMS",
    "RULES",
    "AucResult",
    "BlandAltman",
    "Calibration",
    "CalibrationCurve",
    "CalibrationGroup",
    "ConfusionMatrix",
    "ContingencyResult",
    "Correlation",
    "CorrelationMatrix",
    "DecisionCurve",
    "DelongResult",
    "Estimate",
    "GroupEffect",
    "IccForm",
    "IccResult",
    "PrecisionRecall",
    "Proportion",
    "Ratio",
    "RocBand",
    "RocCurve",
    "SeveralGroupsResult",
    "TableOneRules",
    "TestResult",
    "TrendResult",
    "YoudenCutoff",
    "benjamini_hochberg",
    "bland_altman",
    "calibration",
    "cochran_armitage",
    "compare_columns",
    "compare_several_groups",
    "compare_two_groups",
    "confusion_matrix",
    "contingency_test",
    "correlate",
    "correlate_rows",
    "cramers_v",
    "decision_curve",
    "delong_test",
    "icc",
    "icc_value",
    "jonckheere_terpstra",
    "linear_by_linear",
    "lowess",
    "odds_ratio",
    "precision_recall",
    "proportion",
    "roc_auc",
    "roc_band",
    "roc_curve",
    "standardised_difference",
    "standardised_difference_of_counts",
    "table_one",
    "two_group_effect",
    "youden_cutoff",
]
