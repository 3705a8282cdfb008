"""The audit on numbers whose answer is known by hand, from R, or from METHOD.md's own recomputation of Su 2022."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tilscope.pipeline.auditing import audit_paper, shipped_text
from tilscope.reading.audit_file import parse_audit_text
from tilscope.signature.audit import Claims, audit, parse_claims
from tilscope.signature.audit.auc_error import delong_se_range, hanley_mcneil_se
from tilscope.signature.audit.equations import intercept_from_auc, intercept_of_standardised
from tilscope.signature.audit.printed import parse_printed
from tilscope.statistics import roc_auc
from tilscope.vocabulary import AuditError


@pytest.fixture(scope="module")
def su2022():
    return audit_paper("su2022")


def only(result, claim, place=None):
    found = [f for f in result.findings if f.claim == claim and place in (None, f.place)]
    assert len(found) == 1, [f.claim for f in result.findings]
    return found[0]


def of_performance(**numbers):
    base = {"name": "m", "positive": "high", "negative": "low", "n_positive": 23, "n_negative": 18}
    return audit(parse_claims({"performance": [base | numbers]}))


def of_row(groups=(98, 41), tests=(), **row):
    table = {
        "name": "Table 1",
        "groups": dict(zip(("training", "validation", "external"), groups, strict=False)),
        "tests": list(tests),
        "variables": [{"name": "x"} | row],
    }
    return audit(parse_claims({"comparisons": [table]}))


# --- the paper: what METHOD.md sections 1 and 5 know ---


def test_su2022_sensitivity_specificity_accuracy_do_not_go_together(su2022):
    finding = only(su2022, "sensitivity 0.89, specificity 0.70 and accuracy 0.71")
    assert finding.verdict == "inconsistent"
    assert "23 high and 18 low" in finding.reason
    assert [f.claim for f in su2022.contradictions] == [finding.claim]


def test_su2022_sensitivity_and_specificity_fit_only_low_as_positive(su2022):
    finding = only(su2022, "sensitivity 0.89 and specificity 0.70")
    assert (finding.verdict, finding.condition) == ("consistent only if", "low is the positive class")
    assert finding.details["matrices"] == [{"positive": "low", "tp": 16, "fn": 2, "fp": 7, "tn": 16}]
    assert "32/41 = .780" in finding.reason
    for claim, share in (("sensitivity 0.89", "16/18 = .889"), ("specificity 0.70", "16/23 = .696")):
        alone = only(su2022, claim)
        assert (alone.verdict, alone.condition) == ("consistent only if", "low is the positive class")
        assert share in alone.reason


@pytest.mark.parametrize(
    ("row", "p", "test"),
    [
        ("Menopause", "1", "yates"),
        ("T stage", "0.206", "pearson"),
        ("N stage", "0.226", "pearson"),
        ("Stromal TILs", "1", "yates"),
        ("Ki-67", "0.094", "student"),
        ("Molecular subtype", "0.709", "pearson"),
        ("Age (years)", "0.872", "student"),
    ],
)
def test_su2022_p_values_are_those_of_tableone(su2022, row, p, test):
    finding = only(su2022, f"{row}: p {p}")
    assert finding.verdict == "consistent"
    given = [
        a["test"]
        for a in finding.details["attempts"]
        if a["condition"] is None and parse_printed(p).with_decimals(3).span().meets(a["low"], a["high"])
    ]
    assert test in given
    assert only(su2022, "all 7 p values by one rule").details["reproduced"] == {
        "R tableone's defaults (Pearson r x c without correction, Yates for 2 x 2, pooled t)": 7,
        "Pearson never corrected, and pooled t": 5,
        "Yates for 2 x 2, Pearson, and Welch's t": 5,
        "Fisher's exact test and pooled t": 4,
        "Fisher's exact test and Welch's t": 2,
    }


def test_su2022_age_needs_the_rounding_of_means(su2022):
    """R: the printed means and SDs give .8731, which prints as .873."""
    student = only(su2022, "Age (years): p 0.872").details["attempts"][0]
    assert student["p"] == pytest.approx(0.8730926514, abs=1e-9)
    assert student["low"] < 0.872 < student["high"]


def test_su2022_missing_values_are_a_condition(su2022):
    assert only(su2022, "Menopause: totals").details["missing"] == [2, 1]
    assert only(su2022, "N stage: totals").details["missing"] == [2, 0]
    for row, n in (("Menopause", 4), ("N stage", 8)):
        assert only(su2022, f"{row}: totals").verdict == "consistent only if"
        assert only(su2022, f"{row}: {n} percentages").verdict == "consistent"


def test_su2022_intercept_is_not_of_standardised_features(su2022):
    finding = only(su2022, "intercept 0.9123828")
    assert finding.condition == "the features were not standardised on the training set"
    # METHOD.md: .47 to .63, from the AUC .868 and the upper end of its interval, .938
    assert intercept_from_auc(56 / 98, 0.868) == pytest.approx(0.47, abs=0.005)
    assert intercept_from_auc(56 / 98, 0.938) == pytest.approx(0.63, abs=0.005)
    assert finding.details["highest"] < 0.7


def test_intercept_of_a_simulated_standardised_fit(rng):
    x = rng.normal(size=(200_000, 2))
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    p = 1 / (1 + np.exp(-(0.5 + x @ np.array([1.2, -0.9]))))
    assert intercept_of_standardised(float(p.mean()), 1.5) == pytest.approx(0.5, abs=0.02)


def test_template_contradicts_nothing():
    result = audit(parse_claims(parse_audit_text(shipped_text("template").encode(), "template.yaml")))
    assert result.counts["consistent"] == len(result.findings) > 20


# --- printed numbers ---


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        (".70", "0.695", "0.705"),
        (".7", "0.65", "0.75"),
        ("70 %", "0.695", "0.705"),
        ("0·89", "0.885", "0.895"),
        ("−.31", "-0.315", "-0.305"),
        ("12", "11.5", "12.5"),
    ],
)
def test_printed_numbers_keep_their_decimals(text, low, high):
    span = parse_printed(text).span()
    assert (span.low, span.high) == (Fraction(low), Fraction(high))


@pytest.mark.parametrize("text", ["", "abc", "0,89", "nan", "1e-3", ".5.", "inf", "1" * 3 + "." + "1" * 10])
def test_what_is_no_printed_number_is_refused(text):
    with pytest.raises(ValueError):
        parse_printed(text)


def test_floats_have_lost_their_decimals():
    with pytest.raises(ValidationError, match="as text"):
        Claims.model_validate({"performance": [{"name": "m", "auc": 0.79}]})


@given(st.integers(0, 400), st.integers(1, 400), st.integers(0, 4))
def test_a_share_lies_in_the_span_that_it_prints(k, n, decimals):
    k = min(k, n)
    for reading, text in (
        ("rounded", f"{k / n:.{decimals}f}"),
        ("truncated", f"{Decimal(k * 10**decimals // n).scaleb(-decimals):f}"),
    ):
        assert parse_printed(text).span(reading).holds(Fraction(k, n))


# --- confusion matrices ---


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 25), st.integers(1, 25), st.data())
def test_a_true_matrix_is_always_found(m, n, data):
    tp, tn = data.draw(st.integers(0, m)), data.draw(st.integers(0, n))
    numbers = {"sensitivity": tp / m, "specificity": tn / n, "accuracy": (tp + tn) / (m + n)}
    texts = {name: f"{value:.3f}" for name, value in numbers.items()}
    result = of_performance(n_positive=m, n_negative=n, **texts)
    assert {f.verdict for f in result.findings} == {"consistent"}
    together = result.findings[-1]
    if together.details["n_matrices"] <= 5:
        record = {"positive": "high", "tp": tp, "fn": m - tp, "fp": n - tn, "tn": tn}
        assert record in together.details["matrices"]


def test_search_equals_plain_enumeration():
    """All matrices of 9 and 7 by Python's fractions against the audit's arithmetic, all measures at once."""
    texts = {"ppv": ".75", "npv": ".62", "f1": ".71", "kappa": ".37"}

    def fits(tp, tn):
        fn, fp = 9 - tp, 7 - tn
        if 0 in (tp + fp, tn + fn):
            return False
        chance = (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn)
        values = {
            "ppv": Fraction(tp, tp + fp),
            "npv": Fraction(tn, tn + fn),
            "f1": Fraction(2 * tp, 2 * tp + fp + fn),
            "kappa": Fraction(2 * (tp * tn - fp * fn), chance),
        }
        return all(abs(values[k] - Fraction(t)) <= Fraction("0.005") for k, t in texts.items())

    expected = [(tp, tn) for tp, tn in itertools.product(range(10), range(8)) if fits(tp, tn)]
    finding = of_performance(n_positive=9, n_negative=7, **texts).findings[-1]
    assert [(t["tp"], t["tn"]) for t in finding.details["matrices"]] == expected == [(6, 5)]


def test_cut_decimals_are_a_condition():
    """2/3 printed as .66."""
    finding = only(of_performance(n_positive=3, n_negative=3, sensitivity=".66"), "sensitivity .66")
    assert finding.condition == "the decimals were cut off, not rounded"


def test_printed_counts_must_give_the_printed_shares():
    right = of_performance(tp="16", fn="7", fp="2", tn="16", sensitivity=".696", accuracy=".780")
    assert not right.contradictions
    wrong = of_performance(tp="17", fn="6", fp="2", tn="16", sensitivity=".696", accuracy=".780")
    assert wrong.contradictions


def test_class_sizes_follow_from_counts_and_otherwise_are_needed():
    claim = {"name": "m", "tp": "16", "fn": "7", "fp": "2", "tn": "16", "accuracy": ".780"}
    assert not audit(parse_claims({"performance": [claim]})).contradictions
    bare = audit(parse_claims({"performance": [{"name": "m", "sensitivity": ".9"}]}))
    assert bare.findings[0].verdict == "cannot be checked"
    huge = of_performance(n_positive=100_000, n_negative=100_000, sensitivity=".9")
    assert huge.findings[0].verdict == "cannot be checked"


@pytest.mark.parametrize(
    ("ends", "method"),
    [  # R, 16 of 23: binom.test, prop.test(correct = FALSE and TRUE), qnorm by hand, qbeta(.., 16.5, 7.5)
        ((".471", ".868"), "Clopper-Pearson (exact)"),
        ((".491", ".844"), "Wilson"),
        ((".470", ".859"), "Wilson with continuity correction"),
        ((".508", ".884"), "Wald"),
        ((".493", ".852"), "Jeffreys"),
    ],
)
def test_intervals_of_shares_name_their_method(ends, method):
    finding = only(
        of_performance(sensitivity=".696", sensitivity_ci=list(ends)),
        f"sensitivity interval {ends[0]}–{ends[1]}",
    )
    assert method in finding.details["methods"]


# --- AUC ---


def test_auc_is_a_number_of_pairs():
    """With 3 and 2 patients: multiples of 1/12 only where scores tie, of 1/6 otherwise."""
    assert of_performance(n_positive=3, n_negative=2, auc=".833").findings[0].verdict == "consistent"
    tied = of_performance(n_positive=3, n_negative=2, auc=".750").findings[0]
    assert tied.condition == "scores tie (half a pair is needed)"
    assert "no plain area" in of_performance(n_positive=3, n_negative=2, auc=".790").findings[0].condition


@pytest.mark.parametrize("seed", range(4))
def test_delong_error_lies_in_its_range(seed):
    """Any data without ties; and both ends are (nearly) reached."""
    rng = np.random.default_rng(seed)
    for _ in range(50):
        m, n = rng.integers(5, 40, 2)
        truth = np.array(["p"] * m + ["n"] * n)
        score = np.concatenate([rng.normal(rng.uniform(0, 2), rng.uniform(0.05, 5), m), rng.normal(0, 1, n)])
        found = roc_auc(truth, score, "p")
        if not 0.01 < found.auc < 0.99:
            continue
        low, high = delong_se_range(found.auc, m, n)
        assert low * (1 - 1e-3) <= found.variance**0.5 <= high * (1 + 1e-9)


def test_delong_range_is_sharp():
    m = n = 200
    apart = np.concatenate([np.arange(m) + 0.5, np.arange(n)]) + np.concatenate(
        [np.full(m, 60.0), np.zeros(n)]
    )
    narrow = roc_auc(np.array(["p"] * m + ["n"] * n), apart, "p")  # uniform and shifted: f is linear
    assert narrow.variance**0.5 == pytest.approx(delong_se_range(narrow.auc, m, n)[0], rel=0.01)
    split = np.concatenate(
        [np.where(np.arange(m) < 0.8 * m, 2.0, -2.0) + np.arange(m) / 1e3, np.arange(n) / 1e3]
    )
    wide = roc_auc(np.array(["p"] * m + ["n"] * n), split, "p")  # positives far above or far below
    assert wide.variance**0.5 == pytest.approx(delong_se_range(wide.auc, m, n)[1], rel=0.01)


def test_hanley_mcneil_is_the_spread_of_areas_of_exponential_scores(rng):
    """Simulated: scores of both classes are exponential, the positives' mean 4 times as large: area 4/5."""
    positive, negative = rng.exponential(4.0, (4000, 23)), rng.exponential(1.0, (4000, 18))
    areas = (positive[:, :, None] > negative[:, None, :]).mean(axis=(1, 2))
    assert areas.mean() == pytest.approx(0.8, abs=0.005)
    assert hanley_mcneil_se(0.8, 23, 18) == pytest.approx(areas.std(), rel=0.04)


def test_too_narrow_and_too_wide_intervals_are_inconsistent():
    for ends in (["0.78", "0.80"], ["0.58", "1.00"]):
        finding = only(of_performance(auc=".79", auc_ci=ends), f"width of AUC .79 ({ends[0]}–{ends[1]})")
        assert finding.verdict == "inconsistent"
    some = only(of_performance(auc=".55", auc_ci=[".53", ".57"]), "width of AUC .55 (.53–.57)")
    assert some.condition == "many patients share a score (ties)"


def test_logit_interval_is_recognised():
    truth = np.array(["p"] * 23 + ["n"] * 18)
    rng = np.random.default_rng(5)
    score = np.concatenate([rng.normal(1.1, 1, 23), rng.normal(0, 1, 18)])
    found = roc_auc(truth, score, "p", interval="logit")
    texts = [f"{v:.3f}" for v in (found.ci_low, found.ci_high)]
    result = of_performance(auc=f"{found.auc:.3f}", auc_ci=texts)
    assert not result.contradictions
    assert any("logits" in f.reason for f in result.findings)


def test_logit_interval_whose_upper_end_prints_as_1():
    """AUC .997 of 9 and 38, logit interval .955 to .9998: no plain interval cut at 1, whose error is too large."""
    result = of_performance(n_positive=9, n_negative=38, auc="0.997", auc_ci=["0.955", "1.000"])
    assert not result.contradictions
    assert "logits" in result.findings[1].reason


def test_lopsided_interval_is_another_method():
    finding = of_performance(auc=".79", auc_ci=[".50", ".82"]).findings[1]
    assert finding.verdict == "consistent only if"
    assert "bootstrap" in finding.condition


def test_operating_point_must_lie_under_the_curve():
    finding = only(
        of_performance(auc=".55", sensitivity=".913", specificity=".944"),
        "AUC .55 with sensitivity .913 and specificity .944",
    )
    assert finding.verdict == "inconsistent"  # at least .913 x .944 = .862


# --- Table 1 ---


def test_p_of_counts_names_the_only_test_that_gives_it():
    """R: fisher.test .175 (T stage of Su 2022), chisq.test .206."""
    counts = {"1": ["48", "14"], "2": ["46", "26"], "3": ["4", "1"]}
    assert "Fisher" in only(of_row(counts=counts, p=".175"), "x: p .175").reason
    named = only(of_row(counts=counts, p=".175", tests=["pearson"]), "x: p .175")
    assert named.condition == "the test was Fisher's exact test, which is not named"
    assert only(of_row(counts=counts, p=".30"), "x: p .30").verdict == "inconsistent"
    assert only(of_row(counts=counts, p="<.05"), "x: p <.05").verdict == "inconsistent"
    assert only(of_row(counts=counts, p=">.10"), "x: p >.10").verdict == "consistent"


def test_p_without_unknown_level_is_a_condition():
    """R: chisq.test(rbind(c(29, 13), c(21, 9), c(17, 8), c(16, 3))) gives p = .6116."""
    counts = {
        "BLIS": ["29", "13"],
        "IM": ["21", "9"],
        "LAR": ["17", "8"],
        "MES": ["16", "3"],
        "Unknown": ["15", "8"],
    }
    finding = only(of_row(counts=counts, p=".612"), "x: p .612")
    assert finding.condition == "the level Unknown is left out"


def test_totals_and_percentages():
    over = of_row(counts={"a": ["60 (61.2)", "20"], "b": ["40 (40.8)", "21"]})
    assert only(over, "x: totals").verdict == "inconsistent"
    wrong = only(
        of_row(counts={"a": ["48 (49.5)", "14 (34.1)"], "b": ["50 (51.0)", "27 (65.9)"]}), "x: 4 percentages"
    )
    assert wrong.verdict == "inconsistent"
    assert "48/98 = 49.0 %, printed 49.5" in wrong.reason
    by_row = only(
        of_row(groups=(30, 20), counts={"a": ["10 (50.0)", "10 (50.0)"], "b": ["20 (66.7)", "10 (33.3)"]}),
        "x: 4 percentages",
    )
    assert "in all groups" in by_row.reason
    told = of_row(counts={"a": ["48", "14"], "b": ["48", "27"]}, missing=[2, 0])
    assert only(told, "x: totals").verdict == "consistent"
    lied = of_row(counts={"a": ["48", "14"], "b": ["48", "27"]}, missing=[1, 0])
    assert only(lied, "x: totals").verdict == "inconsistent"


def test_p_of_means_tells_student_from_welch():
    """R t.test on data with these summaries: Ki-67 .094 pooled, .122 Welch."""
    means = ["56.99 (21.90)", "64.27 (26.14)"]
    assert "Student" in only(of_row(means=means, p=".094"), "x: p .094").reason
    assert "Welch" in only(of_row(means=means, p=".122"), "x: p .122").reason.split("; not by")[0]
    assert only(of_row(means=means, p=".5"), "x: p .5").verdict == "inconsistent"
    assert only(of_row(means=means, p=".096"), "x: p .096").condition.endswith("is missing")


def test_impossible_means_and_sds():
    grim = only(
        of_row(groups=(10, 10), means=["5.23 (1.1)", "5.20 (1.0)"], whole_numbers="true"),
        "x: means of whole numbers",
    )
    assert grim.verdict == "consistent only if"
    assert "5.200 and 5.300" in grim.reason
    wide = only(of_row(means=["10.0 (45.0)", "10.0 (5.0)"], range="0-100"), "x: means and SDs within 0–100")
    assert wide.verdict == "inconsistent"  # at most sqrt(90 x 10) = 30


# --- single numbers ---


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ({"kind": "skewness", "value": "1.15", "n": "4"}, "consistent"),
        ({"kind": "skewness", "value": "1.17", "n": "4"}, "inconsistent"),  # 2 / sqrt(3) = 1.1547
        ({"kind": "kurtosis", "value": "2.34", "n": "4"}, "inconsistent"),  # 7 / 3
        ({"kind": "kurtosis", "value": "2.33", "n": "4"}, "consistent"),
        ({"kind": "skewness", "value": "1.0"}, "cannot be checked"),
        ({"kind": "icc", "value": "1.02"}, "inconsistent"),
        ({"kind": "icc", "value": "-.4", "raters": "3"}, "consistent"),
        ({"kind": "icc", "value": "-.6", "raters": "3"}, "inconsistent"),
        ({"kind": "p", "value": "<.001"}, "consistent"),
        ({"kind": "ratio", "value": "-1.2"}, "inconsistent"),
        ({"kind": "ratio", "value": "17.3"}, "consistent"),
    ],
)
def test_ranges(claim, verdict):
    result = audit(parse_claims({"statistics": [{"name": "s"} | claim]}))
    assert result.findings[0].verdict == verdict


def test_correlation_with_its_p():
    """R: cor.test's t for r = .31 and n = 70 gives p = .00901."""
    base = {"name": "r", "kind": "correlation", "value": ".31", "n": "70"}
    assert audit(parse_claims({"statistics": [base | {"p": ".009"}]})).findings[-1].verdict == "consistent"
    assert (
        audit(parse_claims({"statistics": [base | {"p": ".02"}]})).findings[-1].verdict
        == "consistent only if"
    )


def test_totals_and_percentages_in_the_text():
    claims = {
        "totals": [{"name": "t", "whole": "139", "parts": {"a": "98", "b": "42"}}],
        "percentages": [
            {"name": "p", "count": "98", "total": "139", "percent": "70.5 %"},
            {"name": "p", "count": "98", "total": "139", "percent": "71.5"},
            {"name": "p", "count": "2", "total": "3", "percent": "66"},
        ],
    }
    verdicts = [f.verdict for f in audit(parse_claims(claims)).findings]
    assert verdicts == ["inconsistent", "consistent", "inconsistent", "consistent only if"]


# --- what is refused ---


def table_of(row):
    return {
        "comparisons": [{"name": "t", "groups": {"a": "5", "b": "6"}, "variables": [{"name": "x"} | row]}]
    }


@pytest.mark.parametrize(
    ("content", "rule", "word"),
    [
        ({"performence": []}, "AUD-91", "'performance'"),
        ({"performance": [{"name": "m", "sensitivty": ".9"}]}, "AUD-91", "'sensitivity'"),
        (table_of({"count": {}}), "AUD-91", "'counts'"),
        ({"performance": [{"name": "m", "auc": "0,79"}]}, "AUD-92", "performance.1.auc"),
        ({"performance": [{"name": "m", "confidence": "95"}]}, "AUD-92", "95 %"),
        (table_of({"means": ["1.0 (2.0)"]}), "AUD-92", "2 cells"),
        (table_of({"means": ["1.0 (-2.0)", "1 (2)"]}), "AUD-92", "not negative"),
        (table_of({"counts": {"a": ["3 of 4", "1"]}}), "AUD-92", "31 \\(32.3\\)"),
        ({"title": "empty"}, "AUD-92", "nothing"),
    ],
)  # fmt: skip
def test_faults_are_named(content, rule, word):
    with pytest.raises(AuditError, match=word) as refused:
        parse_claims(content, "paper.yaml")
    assert refused.value.rule == rule
    assert refused.value.remedy
