"""How the signature came about: classes, split, second readings, sites, selection, weights, cut-off."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.methods.citing import listed, sentences
from tilscope.report.sections.reproducibility import reread
from tilscope.report.wording import number
from tilscope.signature import Signature

_FALLBACK = re.compile(r"TAB-65: logistic regression on .* is (?P<problem>[^;]+);")

RULES = {
    "lambda_min": "penalty of the smallest mean deviance",
    "lambda_1se": "largest penalty within one standard error of the smallest mean deviance",
}
PROBLEMS = {
    "separated": "they separate the classes",
    "collinear": "they are collinear",
    "not converged": "it did not converge",
}
CUTOFFS = {
    "median": "The median training score was frozen as the cut-off.",
    "youden": "The training score of the largest Youden index was frozen as the cut-off.",
}


def signature(content: Content) -> str:
    """Tell the classes, the split, and what was done on the training patients."""
    found = content.signature
    if found is None:
        return ""
    return sentences(
        (
            _classes(content),
            reread(content),
            harmonised(content),
            _selection(content, found),
            _stability(content),
        )
    )


def _classes(content: Content) -> str:
    cohort, split = (content.settings.get(k, {}) for k in ("cohort", "split"))
    threshold = cohort.get("til_threshold_percent", split.get("til_threshold_percent", 20))
    roles = [(row.role, row.n_positive + row.n_negative) for row in content.performance]
    counted = f"; {listed([f'{n} {role}' for role, n in roles])} patients" if roles else ""
    classed = (
        f"Patients with stromal TILs of {threshold:g} % or more were classed as high, the others as low."
    )
    if not any(role == "training" for role, _ in roles) and roles:
        return f"{classed} The score was applied to {listed([f'{n} {role}' for role, n in roles])} patients."
    return (
        f"{classed} Patients were divided at random, stratified by class "
        f"({split.get('training_fraction', 0.7):.0%} for training{counted})."
    )


def harmonised(content: Content) -> str:
    """Return the sentence on scanners or centres; empty where nothing was harmonised."""
    record = content.harmonisation
    if record is None or len(record["known"]) < 2 or not record["n_features"]:
        return ""
    what = "means" if record["settings"].get("location_only") else "means and variances"
    source = record["settings"]["site"]
    told = "the scanner (maker, model, field strength)" if source == "scanner" else f"the column {source}"
    return (
        f"The {what} of {record['n_features']:,} features were harmonised between {len(record['known'])} sites, told "
        f"by {told}, by ComBat [@johnson], fitted on the training patients without the outcome."
    )


def _selection(content: Content, signature: Signature) -> str:
    """Say how the score came about: by the signature's own origin, not by what the settings had asked for."""
    if signature.origin == "published":
        return f"The published signature {signature.name} was applied unchanged [@su]."
    selection = content.settings.get("selection", {})
    net = (
        f"an elastic net [@zou,friedman] ({_mixing(content, selection)}, {selection.get('n_folds', 10)}-fold "
        f"cross-validation, {_penalty(content, selection)})"
    )
    if signature.origin == "empty":
        cause = "no feature passed the screening" if content.path is None else f"{net} selected no feature"
        return (
            f"On the training patients alone, {cause}: every patient's score is the share of high TILs among the "
            "training patients, and tells no patient from another."
        )
    n = len(signature.features)
    share = selection.get("near_constant_share", 0.95)
    return (
        "On the training patients alone, features with a missing value, with one value in more than "
        f"{share:.0%} of the patients, or equal to another feature were dropped; "
        f"{'1 feature was' if n == 1 else f'{n} features were'} selected by {net} and "
        f"{_weights(signature, selection)}. "
        f"{CUTOFFS.get(selection.get('cutoff', 'median'), '')}"
    )


def _mixing(content: Content, selection: Mapping[str, Any]) -> str:
    """Return the mixing parameter that was used; of several, the one that was chosen."""
    tried = selection.get("alpha", 0.5)
    if not isinstance(tried, list | tuple):
        return f"α = {tried:g}"
    values = listed([f"{value:g}" for value in tried])
    used = (content.path or {}).get("alpha")
    return f"α = {used:g}, chosen of {values}" if isinstance(used, int | float) else f"α chosen of {values}"


def _penalty(content: Content, selection: Mapping[str, Any]) -> str:
    """Name the rule and, where the path tells it, the penalty that it led to."""
    name = selection.get("lambda_rule", "")
    rule, path = RULES.get(name, "a stated penalty"), content.path or {}
    chosen, lambdas = path.get("chosen"), path.get("lambdas", ())
    if chosen is None or not 0 <= chosen < len(lambdas):
        return rule
    used = lambdas[chosen]
    limit = selection.get("max_features")
    if limit is not None and used > path.get(name, used) * (1 + 1e-9):
        return f"{rule}, raised to λ = {number(used)} for at most {limit} features"
    return f"{rule}, λ = {number(used)}"


def _weights(signature: Signature, selection: Mapping[str, Any]) -> str:
    if signature.origin == "logistic":
        return "weighed by logistic regression, as for the Rad-TILs score [@su]"
    own = "weighed by the elastic net's own coefficients"
    if selection.get("refit") != "logistic":
        return own
    return f"{own} (logistic regression on them had no solution{_problem(signature)})"


def _problem(signature: Signature) -> str:
    """Return why there was no logistic regression, as the fit's note (TAB-65) tells it."""
    found = [match["problem"] for note in signature.warnings if (match := _FALLBACK.search(note))]
    return f": {PROBLEMS.get(found[0], found[0])}" if found else ""


def _stability(content: Content) -> str:
    record = content.stability_record
    if record is None or record.get("reason") or not record.get("n_resamples"):
        return ""
    return (
        f"How often each feature is selected was counted over {record['n_resamples']} random halves of the training "
        "set, in complementary pairs [@shah]."
    )
