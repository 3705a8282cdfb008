"""What the columns of the exported tables mean, and in which unit."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column is; ``unit`` is empty for texts, counts and shares without one."""

    description: str
    unit: str = ""


def _all(unit: str, **columns: str) -> dict[str, Meaning]:
    return {name: Meaning(text, unit) for name, text in columns.items()}


_PATIENTS = _all(
    "",
    participant_id="Key of the participant (pseudonym)",
    state="How the participant ended: done, set aside, waiting or quarantined",
    role="Part in the study: training, validation, external, or why none",
    til_level="Class of the stromal TILs: high or low",
    rad_tils_level="Class by the score's cut-off: high or low",
    group="Group in which the expression was compared",
    tme_cluster="Cluster of the tumour microenvironment, 1 = lowest mean score",
    tme_consensus="Mean share of resamples in which the participant stayed with its cluster (0 to 1)",
    cluster="Cluster of the tumour microenvironment, 1 = lowest mean score",
    consensus="Mean share of resamples in which the participant stayed with its cluster (0 to 1)",
) | {
    "til_percent": Meaning("Stromal TILs that the class was made from", "percent of the stromal area"),
    "rad_tils_score": Meaning("Score of the signature", "probability, 0 to 1"),
    "mean_z": Meaning("Mean z-score of the gene sets", "standard deviations"),
}

_FEATURES = _all(
    "",
    feature="Name of the radiomic feature",
    phase="Phase after contrast (phase1 = first), empty for shape and moments over time",
    time_moment="Moment of the feature over the phases: mean, variance, kurtosis, skewness",
    image="Image it was measured on: original or a filtered one",
    family="Family of features, such as firstorder or glcm",
    measure="Name within the family",
    in_signature="Whether the signature uses it",
    coefficient="Coefficient in the score, logit per unit of the feature",
    standardised_coefficient="Coefficient in the score, logit per training standard deviation",
    training_mean="Mean of the training patients",
    training_sd="Standard deviation of the training patients (1/n)",
    training_min="Smallest value of the training patients",
    training_max="Largest value of the training patients",
    smallest_icc="Smallest intraclass correlation over the designs of second readings",
    icc_design="The design that has it",
    first_frequency="Share of resamples in which it was among the first selected features",
    path_frequency="Share of resamples in which it was selected anywhere on the path",
    term="Feature, or the intercept",
    design="What was compared: readers or sessions",
    n_patients="Patients with both readings",
    icc="Intraclass correlation",
    reason="Why there is no number",
    n_patients_training="Training patients with both readings",
    icc_training="Intraclass correlation in the training patients",
    ci_low_training="Lower end of its confidence interval",
    ci_high_training="Upper end of its confidence interval",
    filter="Kept, dropped or not judged by the filter for reproducibility",
)

_TESTS = _all(
    "",
    variable="What was compared",
    test="Statistical test",
    statistic="Statistic of the test",
    p_value="P value, two-sided unless the test says otherwise",
    p_adjusted="P value adjusted within the family (Benjamini-Hochberg)",
    q_value="Storey's q value",
    effect="What the effect size is",
    effect_size="Size of the effect",
    effect_ci_low="Lower end of its confidence interval",
    effect_ci_high="Upper end of its confidence interval",
    difference="Difference of the groups, in the units of the variable",
    difference_ci_low="Lower end of its confidence interval",
    difference_ci_high="Upper end of its confidence interval",
    rank_biserial="Rank-biserial correlation",
    rank_biserial_ci_low="Lower end of its confidence interval",
    rank_biserial_ci_high="Upper end of its confidence interval",
    family="Family of tests (of features: family of features)",
    n_tests="Tests in the family",
    kind="Kind of variable (of repetitions: kind of repetition)",
    against="What it was compared with: groups or score",
    patients="Which patients: all, or those outside training",
    contrast="What the effect compares",
    n="Patients with a value",
    n_missing="Patients without a value",
    is_outcome="Whether the variable is the outcome itself",
    level="Class of the variable",
    high="Patients of the group high",
    low="Patients of the group low",
    ci_low="Lower end of the confidence interval",
    ci_high="Upper end of the confidence interval",
    rho="Spearman's rank correlation",
    rho_outside="Spearman's rank correlation outside the training patients",
    ci_low_outside="Lower end of its confidence interval",
    ci_high_outside="Upper end of its confidence interval",
    n_outside="Patients outside training",
    slope_t="Moderated t of limma's slope",
    slope_p_value="P value of limma's slope",
    slope_p_adjusted="Adjusted p value of limma's slope",
    list="List of molecules",
    source="Where the gene's place in the list comes from",
)

_GENES = _all(
    "",
    gene="Gene symbol",
    t="Moderated t statistic",
    b="Log odds that the gene differs",
    direction="up or down where both limits are passed, else none",
    t_score="Moderated t statistic of the slope on the score",
    p_adjusted_score="Adjusted p value of the slope on the score",
    metric="What the genes were ranked by",
    name="Name in the matrix as handed over",
    symbol="Approved symbol that replaced it",
) | _all(
    "log2",
    log2_fc="Difference of the groups' means",
    mean_expression="Mean expression of the compared samples",
    log2_count="Mean log2 count",
    sqrt_sd="Square root of the standard deviation",
    trend="Trend of it over the mean (voom)",
    effect_score="Slope on the score, per unit of the score",
    slope="Slope on the score, per standard deviation of the score (limma)",
    slope_ci_low="Lower end of its confidence interval",
    slope_ci_high="Upper end of its confidence interval",
)

_SETS = _all(
    "",
    gene_set="Gene set",
    collection="Collection of gene sets",
    signature="Gene signature, or cells by marker genes",
    genes="Which genes were tested: up, down or all",
    set_size="Genes of the set that the matrix has",
    es="Enrichment score (largest deviation of the running sum)",
    nes="Enrichment score over the mean of permuted sets",
    log2_error="Standard error of log2 p; empty where p was not followed further",
    n_leading="Genes of the leading edge",
    leading_edge="Genes that make the enrichment score",
    n_hits="Chosen genes in the set",
    n_genes="Genes (chosen ones, or of the set)",
    n_background="Genes of the background",
    fold_enrichment="Share of the set among the chosen genes over its share of the background",
    hits="Chosen genes in the set, by name",
    n_present="Genes of the set that the matrix has",
    fraction="Share of the set's genes that the matrix has",
    missing="Genes of the set that the matrix lacks, the first ten",
)

_PERFORMANCE = _all(
    "",
    positive="The class that the score rises with",
    negative="The other class",
    cutoff="Cut-off of the score",
    auc="Area under the ROC curve",
    confidence="Confidence of the interval",
    interval="How the interval was made",
    n_positive="Patients of the positive class",
    n_negative="Patients of the negative class",
    tp="True positives at the cut-off",
    fn="False negatives at the cut-off",
    fp="False positives at the cut-off",
    tn="True negatives at the cut-off",
    brier="Brier score (mean squared error of the score)",
    number="Number of the repetition",
    training_auc="Area under the ROC curve in that repetition's training patients",
    n_selected="Features selected in that repetition",
    item="What is told",
    value="What it is",
)

MEANINGS: dict[str, Meaning] = _PERFORMANCE | _SETS | _GENES | _TESTS | _FEATURES | _PATIENTS

# Columns whose names hold a group, a cluster or a model.
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"median_(.+)"), "Median of the group {}"),
    (re.compile(r"n_(.+)"), "Number of patients: {}"),
    (re.compile(r"(.+)_auc"), "Area under the ROC curve of the model {}"),
    (re.compile(r"(.+)_ci_low"), "Lower end of the confidence interval of {}"),
    (re.compile(r"(.+)_ci_high"), "Upper end of the confidence interval of {}"),
)


def meaning_of(column: str) -> Meaning | None:
    """Return what a column of a result means, or None for one that nobody has described."""
    if column in MEANINGS:
        return MEANINGS[column]
    for pattern, words in _PATTERNS:
        match = pattern.fullmatch(column)
        if match:
            return Meaning(words.format(match.group(1)))
    return None
