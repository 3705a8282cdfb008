"""Answers on who took part, the outcome, missing values and classes."""

from __future__ import annotations

from tilscope.report.checklists.answer import Answer
from tilscope.report.checklists.modelling import is_fitted
from tilscope.report.content import Content
from tilscope.statistics.clinical_columns import shareable

NOBODY = Answer("no", "No patient is in this study yet. tilscope import STUDY SOURCE.", "cohort")


def _by_class(content: Content) -> str:
    return "; ".join(
        f"{row.role}: {row.n_positive} {row.positive}, {row.n_negative} {row.negative}"
        for row in content.performance
    )


def _flow(content: Content) -> str:
    counts = content.counts
    left = ", ".join(f"{n} {state}" for state, n in counts.items() if n and state != "done")
    return f"{len(content.patients)} patients, {counts['done']} complete" + (f", {left}" if left else "")


def eligibility(content: Content) -> Answer:
    """Answer for inclusion and exclusion: technical reasons are known, clinical ones are not."""
    ask = "Write the clinical criteria for inclusion and exclusion, and how patients were found."
    if not content.patients:
        return Answer("for you", ask)
    return Answer(
        "partly",
        f"Technical exclusions are listed by patient and reason: {_flow(content)}. {ask}",
        "quarantine",
    )


def flow(content: Content) -> Answer:
    """Answer for the diagram of patients."""
    if not content.patients:
        return NOBODY
    classes = _by_class(content)
    told = f"{_flow(content)}." + (f" By TIL class: {classes}." if classes else "")
    if not classes:
        return Answer(
            "partly", f"{told} How many have the outcome is counted once a score is evaluated.", "cohort"
        )
    return Answer("partly", f"{told} Add to the diagram who was never imported.", "cohort")


def _clinical(content: Content) -> list[str]:
    known, _ = shareable(content.participants)
    return [str(column) for column in known if column != "stils" and known[column].notna().any()]


def baseline(content: Content) -> Answer:
    """Answer for Table 1."""
    columns = _clinical(content)
    if content.participants is None or not columns:
        return Answer(
            "no",
            "There are no clinical columns beside the TIL percentages: import a clinical table (age, stage).",
        )
    if not content.patients:
        return Answer("partly", f"{len(columns)} clinical columns, but no patient was run.", "cohort")
    told = f"{len(columns)} clinical columns ({', '.join(columns[:6])}{', …' if len(columns) > 6 else ''})"
    if content.compared is None or content.compared["role"].nunique() < 2:
        return Answer(
            "partly", f"{told}, not compared between roles: there is one set of patients.", "cohort"
        )
    return Answer(
        "yes",
        f"Table 1 compares {told} between the roles, with tests and standardised differences.",
        "cohort",
    )


def characteristics(content: Content) -> Answer:
    """Answer for TRIPOD+AI's characteristics, which ask for dates and treatments, too."""
    found = baseline(content)
    if found.state != "yes":
        return found
    return Answer("partly", f"{found.says} Add key dates and treatments.", "cohort")


def missing(content: Content) -> Answer:
    """Answer for missing values."""
    if content.participants is None or not content.patients:
        return Answer("no", "There is no clinical table yet, so nothing is known of missing values.")
    clinical, _ = shareable(content.participants)
    n_missing, n_values = int(clinical.isna().sum().sum()), int(clinical.size)
    told = f"{n_missing:,} of {n_values:,} values of the clinical table are missing, counted by column."
    if not is_fitted(content):
        return Answer(
            "partly", f"{told} No score was fitted here, so nothing is known of missing features.", "cohort"
        )
    return Answer(
        "yes",
        f"{told} Set aside, because the TIL percentage is not usable or a reviewer excluded them: "
        f"{content.counts['set aside']}. Features that are missing in training patients are dropped before the "
        "selection; nothing is imputed for the signature.",
        "cohort",
    )


def class_imbalance(content: Content) -> Answer:
    """Answer for the balance of the classes."""
    if not content.performance:
        return Answer(
            "no", "No score has been evaluated, so the classes have not been counted. tilscope run STUDY."
        )
    return Answer(
        "yes",
        f"{_by_class(content)}. Classes were neither resampled nor weighted.",
        "performance",
    )


def imbalance_methods(content: Content) -> Answer:
    """Answer for TRIPOD+AI's item, which asks only where a method was used."""
    if not content.performance:
        return Answer("no", "No score has been evaluated yet. tilscope run STUDY.")
    return Answer(
        "not applicable",
        f"No method against class imbalance was used; the classes: {_by_class(content)}.",
        "performance",
    )


def _definition(content: Content) -> str:
    limit = content.settings.get("split", {}).get("til_threshold_percent")
    return (
        ""
        if limit is None
        else f"Patients with stromal TILs of {float(limit):g} % or more were classed as high. "
    )


def outcome(content: Content) -> Answer:
    """Answer for the outcome: the limit is known, how the pathologists read is not."""
    ask = "Describe the specimen, the scoring guideline, the pathologists and what they knew, and why this limit."
    told = _definition(content)
    if not told:
        return Answer("for you", ask)
    return Answer("partly", told + ask, "methods")


def reference_standard(content: Content) -> Answer:
    """Answer for METRICS' reference standard, whose quality only the authors can judge."""
    told = _definition(content)
    return Answer(
        "for you",
        f"{told}Answer yes if the TILs were read on histology by a written guideline, and the text says so.",
        "methods" if told else "",
    )


def assessors(content: Content) -> Answer:
    """Answer for who read the outcome: their agreement is known, their experience is not."""
    ask = "Say who scored the TILs, and their experience."
    record = (content.agreement or {}).get("stil") or {}
    forms = [form for form in record.get("forms") or [] if form.get("icc") is not None]
    if not forms:
        return Answer("for you", f"{ask} The study holds no second readings of TILs.")
    first, n = forms[0], len(record.get("readers", ()))
    return Answer(
        "partly",
        f"{n} pathologists read {record['n_patients']} patients: {first['form']} {first['icc']:.2f}. {ask}",
        "reproducibility",
    )


def sample_size(content: Content) -> Answer:
    """Answer for the number of patients: the numbers are known, why so many is not."""
    ask = "Say how the number of patients came about, and why it was enough."
    if not content.performance:
        return Answer("for you", ask)
    return Answer("partly", f"{_by_class(content)}. {ask}", "performance")


def numbers_by_analysis(content: Content) -> Answer:
    """Answer for how many patients and events each analysis had."""
    if not content.performance:
        return Answer("no", "No score has been fitted or evaluated yet. tilscope run STUDY.", "performance")
    folds = content.settings.get("selection", {}).get("n_folds")
    tuned = (
        f" The penalty was tuned by {folds}-fold cross-validation within training."
        if folds and content.path
        else ""
    )
    return Answer("yes", f"{_by_class(content)}.{tuned}", "performance")


def compared_with_development(content: Content) -> Answer:
    """Answer for the distribution of predictors and outcome in evaluation against development."""
    if content.compared is None or not content.performance:
        return Answer("no", "There is no score with roles yet, so nothing is compared. tilscope run STUDY.")
    if content.compared["role"].nunique() < 2:
        return Answer(
            "no",
            "All scored patients have one role: development and evaluation cannot be compared.",
            "cohort",
        )
    if not _clinical(content):
        return Answer(
            "partly",
            "Only TIL classes are compared between the roles: there are no clinical columns.",
            "cohort",
        )
    return Answer("yes", f"Table 1 compares the roles; TIL classes: {_by_class(content)}.", "cohort")


def other_predictors(content: Content) -> Answer:
    """Answer for predictors that are not radiomic: those of the clinical model, if there is one."""
    model = ((content.honesty or {}).get("baselines") or {}).get("clinical")
    if model is None:
        return Answer(
            "for you", "No clinical model was compared. Define any variable that you use beside the features."
        )
    return Answer(
        "partly",
        f"The clinical model that the score is compared with has: {', '.join(model['columns'])}. Define each of them.",
        "honesty",
    )


def representative(content: Content) -> Answer:
    """Answer for METRICS' eligibility, which asks for a judgement."""
    told = f" Technical exclusions: {_flow(content)}." if content.patients else ""
    return Answer(
        "for you",
        f"Answer yes if the text has criteria for inclusion and exclusion that fit the patients it is meant for.{told}",
        "quarantine" if content.patients else "",
    )
