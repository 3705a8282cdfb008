"""Answers on testing, measures, comparisons and what the report shows of them."""

from __future__ import annotations

from typing import Any

from tilscope.report.checklists.answer import Answer
from tilscope.report.content import Content
from tilscope.report.performances import Performance
from tilscope.report.wording import SIMPLE_NAMES, auc_in_words, p_value

NOT_EVALUATED = Answer("no", "No score has been evaluated yet. tilscope run STUDY.", "performance")


def tested(content: Content) -> tuple[Performance, ...]:
    """Return the performance in patients that were not fitted, where an AUC is defined."""
    return tuple(row for row in content.performance if row.role != "training" and row.auc is not None)


def _aucs(content: Content) -> str:
    return "; ".join(f"{row.role}: {auc_in_words(row)}" for row in content.performance)


def testing(content: Content) -> Answer:
    """Answer for the kind of testing."""
    rows = tested(content)
    if not content.performance:
        return NOT_EVALUATED
    if not rows:
        return Answer("no", "The score was not tested in patients outside the fit.", "performance")
    told = " and ".join(f"{row.n_positive + row.n_negative} {row.role} patients" for row in rows)
    if content.performance_of("external") is not None:
        return Answer(
            "yes", f"Tested in {told}. External: say which institution they come from.", "performance"
        )
    return Answer("yes", f"Internal testing only: {told} of the same source, drawn at random.", "performance")


def internal_testing(content: Content) -> Answer:
    """Answer for METRICS' internal testing."""
    row = content.performance_of("validation")
    if row is None or row.auc is None:
        return Answer(
            "no", "There are no validation patients of the same source with both classes.", "performance"
        )
    return Answer(
        "yes", f"{row.n_positive + row.n_negative} validation patients: {auc_in_words(row)}.", "performance"
    )


def external_testing(content: Content) -> Answer:
    """Answer for METRICS' external testing: only where patients have the role external."""
    row = content.performance_of("external")
    if row is None or row.auc is None:
        return Answer(
            "no",
            "No patients of another institution were scored. tilscope score FILE with the frozen signature does it.",
            "performance",
        )
    return Answer(
        "yes", f"{row.n_positive + row.n_negative} external patients: {auc_in_words(row)}.", "performance"
    )


def measures(content: Content) -> Answer:
    """Answer for the measures of performance."""
    if not content.performance:
        return NOT_EVALUATED
    if not tested(content):
        return Answer("partly", "Measures exist for the patients of the fit only.", "performance")
    extra = [
        name
        for name, present in (
            ("calibration", any(row.calibration is not None for row in content.performance)),
            ("net benefit", any(row.net_benefit is not None for row in content.performance)),
            ("precision and recall", any(row.recall is not None for row in content.performance)),
        )
        if present
    ]
    more = f", {', '.join(extra)}" if extra else ""
    return Answer(
        "yes", f"AUC, confusion matrix with five shares and two ratios{more}, role by role.", "performance"
    )


def measures_with_reasons(content: Content) -> Answer:
    """Answer where the reasons for the measures are asked, too."""
    found = measures(content)
    if found.state != "yes":
        return found
    return Answer("partly", f"{found.says} Say why these measures fit the question.", "performance")


def model_performance(content: Content) -> Answer:
    """Answer for the results themselves."""
    if not content.performance:
        return NOT_EVALUATED
    if not tested(content):
        return Answer("partly", f"{_aucs(content)}. Nothing outside the fit.", "performance")
    return Answer("yes", f"{_aucs(content)}.", "performance")


def performance_with_subgroups(content: Content) -> Answer:
    """Answer for TRIPOD+AI's results, which ask for subgroups, too."""
    found = model_performance(content)
    if found.state != "yes":
        return found
    return Answer(
        "partly", f"{found.says} Subgroups (age, ethnicity, centre) are not evaluated.", "performance"
    )


def uncertainty(content: Content) -> Answer:
    """Answer for intervals."""
    with_interval = [row for row in tested(content) if row.ci_low is not None]
    if not with_interval:
        return Answer("no", "No AUC outside the fit has an interval.", "performance")
    told = f"{with_interval[0].confidence:.0%} intervals of AUC and shares"
    if content.honesty is None:
        return Answer("yes", f"{told}.", "performance")
    n = content.honesty["splits"]["validation"]["n"]
    return Answer("yes", f"{told}; the spread over {n:.0f} random splits.", "honesty")


def calibration(content: Content) -> Answer:
    """Answer for calibration: that of the patients of the fit does not count."""
    rows = [row for row in tested(content) if row.calibration is not None]
    if not rows:
        seen = content.performance_of("training")
        only = seen is not None and seen.calibration is not None
        why = (
            "Calibration is known for the patients of the fit only."
            if only
            else "Calibration was not assessed."
        )
        return Answer("no", why, "performance")
    undefined = rows[0].calibration.reason if rows[0].calibration is not None else None
    if undefined:
        return Answer("partly", f"Calibration of the {rows[0].role} patients: {undefined}.", "performance")
    told = " and ".join(row.role for row in rows)
    return Answer("yes", f"Intercept, slope, curve and Brier score of the {told} patients.", "performance")


def _simple(content: Content) -> dict[str, dict[str, Any]]:
    """Return the simple models whose AUC was compared with the signature's in the same patients."""
    found = (content.honesty or {}).get("baselines") or {}
    return {name: row for name, row in found.items() if row.get("p_value") is not None}


def comparison(content: Content) -> Answer:
    """Answer for the comparison with models that know nothing of radiomics."""
    found = _simple(content)
    if not found:
        return Answer("no", "The score was not compared with volume or clinical variables (step honesty).")
    told = "; ".join(
        f"{SIMPLE_NAMES.get(name, name)}: difference in AUC {row['difference']:.3f}, p {_signed(row['p_value'])}"
        for name, row in found.items()
    )
    has_curve = any(row.net_benefit is not None for row in tested(content))
    curve = " Decision curves are drawn." if has_curve else ""
    combined = " Radiomics and clinical variables were not combined."
    return Answer("yes", f"{told} (DeLong).{curve}{combined}", "honesty")


def _signed(value: float) -> str:
    told = p_value(value)
    return told if told.startswith("<") else f"= {told}"


def statistical_comparison(content: Content) -> Answer:
    """Answer for the test that compares performances."""
    found = comparison(content)
    if found.state != "yes":
        return found
    return Answer(
        "yes", "AUCs of the same patients were compared by DeLong's test; all p values are given.", "honesty"
    )


def simple_models(content: Content) -> Answer:
    """Answer for METRICS' comparison with a simple or classical model."""
    found = _simple(content)
    if not found:
        return Answer("no", "The score was not compared with a simple model (step honesty).")
    permuted = (content.honesty or {}).get("permutation")
    chance = "" if permuted is None else f" Against permuted classes: p {_signed(permuted['p_value'])}."
    names = ", ".join(SIMPLE_NAMES.get(name, name).lower() for name in found)
    return Answer("yes", f"Logistic models of {names}, by DeLong's test.{chance}", "honesty")


def clusters(content: Content) -> Answer:
    """Answer for differences between centres."""
    record = content.harmonisation
    if record is None:
        return Answer(
            "for you", "Sites are not told in the settings; say whether there was more than one centre."
        )
    return Answer(
        "partly",
        f"{len(record['counts'])} sites: their share of the features' variance is measured before and after "
        "harmonisation; performance by site is not.",
        "harmonisation",
    )


def cluster_results(content: Content) -> Answer:
    """Answer for performance by centre, which the report does not have."""
    return Answer("not applicable", "Performance was not examined by centre or scanner.")


def updating(content: Content) -> Answer:
    """Answer for updating of the model, which tilscope does not do."""
    if content.signature is None:
        return Answer("no", "There is no model yet. tilscope run STUDY.", "signature")
    return Answer("not applicable", "The frozen model was not updated or recalibrated.", "signature")


def limitations(content: Content) -> Answer:
    """Answer for the limits that the report finds by itself."""
    ask = "Discuss strengths and limits, and what they do to bias, uncertainty and generalisability."
    if not content.performance:
        return Answer("for you", ask)
    return Answer("partly", f"The summary lists what the results do not show. {ask}", "summary")


def pipeline_diagram(content: Content) -> Answer:
    """Answer for the flowchart of the technical steps."""
    if not content.settings:
        return Answer("for you", "Draw the steps of the study.")
    return Answer(
        "for you", "Draw the steps; the methods text has them in order, with their parameters.", "methods"
    )


def software_shared(content: Content) -> Answer:
    """Answer for the sharing of settings, which are a file that can be published."""
    if not content.settings:
        return Answer("for you", "Say where the settings of the pipeline can be found.")
    return Answer(
        "for you",
        "study.toml and the list of settings repeat the preprocessing and extraction: publish them and say where.",
        "provenance",
    )


def model_shared(content: Content) -> Answer:
    """Answer for the sharing of the model file."""
    if content.signature is None:
        return Answer("for you", "Say where the final model can be found; there is none in this study yet.")
    return Answer("for you", "signature.json is the whole model: publish it and say where.", "signature")
