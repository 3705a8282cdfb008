"""What a paper claims: records of printed numbers, each described; nothing unknown is accepted."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, model_validator

from tilscope.signature.audit.printed import (
    EN_DASH,
    MIDDLE_DOT,
    Ends,
    Number,
    Printed,
    PValue,
    parse_exact,
)

MAX_PATIENTS = 10_000_000
MAX_ITEMS = 500
_COUNT = re.compile(r"(?P<count>\d+)(?:\s*/\s*\d+)?(?:\s*[(\[]\s*(?P<percent>[\d.]+)\s*%?\s*[)\]])?")
_MEAN = re.compile(r"(?P<mean>\S+?)\s*(?:\(\s*(?:SD\s*)?(?P<sd>[^\s()]+)\s*\)|(?:±|\+/-)\s*(?P<pm>\S+))")
_MEDIAN = re.compile(
    rf"(?P<median>\S+?)\s*[(\[]\s*(?P<low>[\d.{MIDDLE_DOT}-]+?)"
    rf"\s*(?:,|;|to|-|{EN_DASH})\s*(?P<high>[^\s\])]+)\s*[)\]]"
)

TestName = Literal["pearson", "yates", "fisher", "g", "trend", "wilcoxon", "student", "welch", "anova"]


class Claim(BaseModel):
    """A frozen record of printed numbers; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CountCell(Claim):
    """``31 (32.3)``: patients, and the percentage if one is printed."""

    count: int = Field(ge=0, le=MAX_PATIENTS)
    percent: InstanceOf[Printed] | None = None


class MeanCell(Claim):
    """``54.28 (10.57)``: mean and standard deviation."""

    mean: Number
    sd: Number


class MedianCell(Claim):
    """``55 [46, 63]``: median and quartiles."""

    median: Number
    low: Number
    high: Number


def _count_cell(value: object) -> object:
    found = _COUNT.fullmatch(str(value).strip()) if isinstance(value, str | int) else None
    if found is None:
        raise ValueError("not a count as tables print it, such as 31 or 31 (32.3)")
    percent = found["percent"]
    return CountCell(count=int(found["count"]), percent=None if percent is None else parse_exact(percent))


def _mean_cell(value: object) -> object:
    found = _MEAN.fullmatch(str(value).strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("not a mean with its standard deviation, such as 54.28 (10.57) or 54.28 ± 10.57")
    cell = MeanCell(mean=parse_exact(found["mean"]), sd=parse_exact(found["sd"] or found["pm"]))
    if cell.sd.value < 0:
        raise ValueError("a standard deviation is not negative")
    return cell


def _median_cell(value: object) -> object:
    found = _MEDIAN.fullmatch(str(value).strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("not a median with its quartiles, such as 55 [46, 63]")
    return MedianCell(**{key: parse_exact(number) for key, number in found.groupdict().items()})


Count = Annotated[int, Field(ge=0, le=MAX_PATIENTS)]
CountOrPercent = Annotated[CountCell, BeforeValidator(_count_cell)]
MeanAndSd = Annotated[MeanCell, BeforeValidator(_mean_cell)]
MedianAndQuartiles = Annotated[MedianCell, BeforeValidator(_median_cell)]


class PerformanceClaim(Claim):
    """How well a classifier is said to do in one set of patients."""

    name: str = Field(min_length=1, max_length=200, description="Which model, in which patients.")
    positive: str = Field(default="positive", description="Name of the positive class.")
    negative: str = Field(default="negative", description="Name of the other class.")
    n_positive: Count | None = Field(default=None, description="Patients of the positive class.")
    n_negative: Count | None = Field(default=None, description="Patients of the other class.")
    tp: Number | None = Field(default=None, description="True positives.")
    fn: Number | None = Field(default=None, description="False negatives.")
    fp: Number | None = Field(default=None, description="False positives.")
    tn: Number | None = Field(default=None, description="True negatives.")
    sensitivity: Number | None = Field(default=None, description="tp / (tp + fn).")
    specificity: Number | None = Field(default=None, description="tn / (tn + fp).")
    ppv: Number | None = Field(default=None, description="Positive predictive value, tp / (tp + fp).")
    npv: Number | None = Field(default=None, description="Negative predictive value, tn / (tn + fn).")
    accuracy: Number | None = Field(default=None, description="(tp + tn) / n.")
    balanced_accuracy: Number | None = Field(default=None, description="Mean of sensitivity and specificity.")
    youden: Number | None = Field(default=None, description="Sensitivity + specificity - 1.")
    f1: Number | None = Field(default=None, description="2 tp / (2 tp + fp + fn).")
    kappa: Number | None = Field(default=None, description="Cohen's kappa of decision and truth.")
    lr_positive: Number | None = Field(default=None, description="Sensitivity / (1 - specificity).")
    lr_negative: Number | None = Field(default=None, description="(1 - sensitivity) / specificity.")
    sensitivity_ci: Ends | None = Field(default=None, description="Its interval.")
    specificity_ci: Ends | None = Field(default=None, description="Its interval.")
    ppv_ci: Ends | None = Field(default=None, description="Its interval.")
    npv_ci: Ends | None = Field(default=None, description="Its interval.")
    accuracy_ci: Ends | None = Field(default=None, description="Its interval.")
    auc: Number | None = Field(default=None, description="Area under the ROC curve.")
    auc_ci: Ends | None = Field(default=None, description="Its interval.")
    confidence: Number = Field(
        default=parse_exact("95 %"), description="Level of all intervals, such as 95 % or .95."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not 0 < self.confidence.value < 1:
            raise ValueError("confidence: write 95 % or .95")
        for name, parts in (("n_positive", (self.tp, self.fn)), ("n_negative", (self.fp, self.tn))):
            counts = [int(part.value) for part in parts if part is not None]
            if getattr(self, name) is None and len(counts) == len(parts):
                object.__setattr__(self, name, sum(counts))
        return self


class Variable(Claim):
    """One characteristic of Table 1: counts, or mean and SD, or median and quartiles; one cell per group."""

    name: str = Field(min_length=1, max_length=200, description="Name of the characteristic.")
    counts: dict[str, tuple[CountOrPercent, ...]] = Field(
        default_factory=dict, description="Level -> one cell per group, such as 31 (32.3)."
    )
    means: tuple[MeanAndSd, ...] = Field(default=(), description="One cell per group, such as 54.28 (10.57).")
    medians: tuple[MedianAndQuartiles, ...] = Field(
        default=(), description="One cell per group, such as 55 [46, 63]."
    )
    p: PValue | None = Field(default=None, description="The printed p value.")
    missing: tuple[Count, ...] | None = Field(
        default=None, description="Patients without a value in each group, where the paper tells them."
    )
    unknown_levels: tuple[str, ...] = Field(
        default=("unknown", "missing", "na", "n/a", "not available", "not known", "other/unknown"),
        description="Levels that some analysts leave out of the test.",
    )
    ordered: bool | None = Field(
        default=None,
        description="Whether the levels have an order; left out: they have one if all are numbers.",
    )
    whole_numbers: bool = Field(
        default=False,
        description="Values are whole numbers (age in years): a mean of n of them is a multiple of 1/n.",
    )
    range: Ends | None = Field(
        default=None, description="Smallest and largest possible value, such as 0-100."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(bool(kind) for kind in (self.counts, self.means, self.medians)) != 1:
            raise ValueError("give exactly one of counts, means and medians")
        return self


class ComparisonClaim(Claim):
    """A table that compares groups of patients (Table 1)."""

    name: str = Field(min_length=1, max_length=200, description="Name of the table.")
    groups: dict[str, Count] = Field(
        min_length=1, description="Group -> its patients, in the order of the cells."
    )
    tests: tuple[TestName, ...] = Field(
        default=(), description="Tests that the paper names; empty: the usual ones."
    )
    variables: tuple[Variable, ...] = Field(min_length=1, max_length=MAX_ITEMS, description="The rows.")

    @model_validator(mode="after")
    def _one_cell_per_group(self) -> Self:
        n = len(self.groups)
        for variable in self.variables:
            rows: list[tuple[Any, ...]] = [*variable.counts.values(), variable.means, variable.medians]
            rows = [row for row in rows if row] + ([] if variable.missing is None else [variable.missing])
            if any(len(row) != n for row in rows):
                raise ValueError(f"{variable.name}: give {n} cells in each row, one per group")
        return self


class TotalClaim(Claim):
    """A whole and its parts."""

    name: str = Field(min_length=1, max_length=200, description="What is counted.")
    whole: Count = Field(description="The total.")
    parts: dict[str, Count] = Field(min_length=1, description="Part -> its count.")
    is_complete: bool = Field(
        default=True, description="Whether the parts make up the whole; false: no more than it."
    )


class PercentageClaim(Claim):
    """A percentage of patients in the text."""

    name: str = Field(min_length=1, max_length=200, description="What is counted.")
    count: Count = Field(description="Numerator.")
    total: Count = Field(ge=1, description="Denominator.")
    percent: Number = Field(description="As printed: 57.1 % or 57.1.")
    ci: Ends | None = Field(default=None, description="Its interval, in percent too.")
    confidence: Number = Field(default=parse_exact("95 %"), description="Level of the interval.")


class EquationClaim(Claim):
    """A logistic equation that was fitted, without penalty, to some patients."""

    name: str = Field(min_length=1, max_length=200, description="Name of the score.")
    intercept: Number = Field(description="As printed, on the logit scale.")
    coefficients: tuple[Number, ...] = Field(min_length=1, max_length=MAX_ITEMS, description="As printed.")
    n_positive: Count = Field(ge=1, description="Training patients of the class whose probability it gives.")
    n_negative: Count = Field(ge=1, description="The other training patients.")
    standardised: bool | None = Field(
        default=None, description="Whether the features were z-scored; left out: the paper does not say."
    )
    auc: Number | None = Field(default=None, description="Training AUC of the score.")
    auc_ci: Ends | None = Field(default=None, description="Its interval.")


StatisticKind = Literal[
    "correlation", "icc", "kappa", "auc", "proportion", "percent", "p", "ratio", "sd",
    "skewness", "sample_skewness", "kurtosis", "excess_kurtosis", "coefficient_of_variation",
]  # fmt: skip


class StatisticClaim(Claim):
    """A single number with a mathematical range, and where given its interval and its p value."""

    name: str = Field(min_length=1, max_length=200, description="What it is.")
    kind: StatisticKind = Field(description="Which bounds hold.")
    value: PValue = Field(description="As printed.")
    ci: Ends | None = Field(default=None, description="Its interval.")
    p: PValue | None = Field(default=None, description="Its p value (correlation).")
    n: Count | None = Field(default=None, ge=1, description="Of how many values.")
    raters: Annotated[int, Field(ge=2, le=1000)] = Field(default=2, description="Readers (icc).")


class Claims(Claim):
    """Everything that a paper claims and that can be recomputed."""

    title: str = Field(default="", max_length=500, description="What is audited.")
    source: str = Field(default="", max_length=500, description="Where it was published.")
    performance: tuple[PerformanceClaim, ...] = Field(
        default=(), max_length=MAX_ITEMS, description="Classifiers: sensitivity and the like, AUC."
    )
    comparisons: tuple[ComparisonClaim, ...] = Field(
        default=(), max_length=MAX_ITEMS, description="Tables that compare groups."
    )
    totals: tuple[TotalClaim, ...] = Field(default=(), max_length=MAX_ITEMS, description="Wholes and parts.")
    percentages: tuple[PercentageClaim, ...] = Field(
        default=(), max_length=MAX_ITEMS, description="Percentages in the text."
    )
    equations: tuple[EquationClaim, ...] = Field(
        default=(), max_length=MAX_ITEMS, description="Logistic equations."
    )
    statistics: tuple[StatisticClaim, ...] = Field(
        default=(), max_length=MAX_ITEMS, description="Single numbers with a range."
    )
