"""An external validation: what it supports, how its patients differ from the training ones, whom to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.performances import Performance
from tilscope.report.sections.provenance import flat
from tilscope.report.sections.section import Section
from tilscope.report.sections.summary import FEW_PER_CLASS, Tile
from tilscope.report.tables import Cell, Table, cell, table
from tilscope.report.wording import NONE, auc_in_words, fixed, interval, number, verdict
from tilscope.signature import Signature
from tilscope.statistics import proportion

FAR_SHIFT_SD = 0.5  # a mean that lies so far off is worth a look; a convention, not a test
MANY_OUTSIDE = 0.1
NBSP = "\N{NO-BREAK SPACE}"


def summary(content: Content) -> Mapping[str, Any] | None:
    """Return the verdict, the numbers, what they support and what not."""
    if content.external is None or content.signature is None:
        return None
    row, record = content.performance[0], content.external
    light, sentence = verdict(row)
    return {
        "light": light,
        "headline": f"External {auc_in_words(row)}",
        "verdict": sentence,
        "tiles": tuple(_tiles(row, record)),
        "row": row,
        "limits": tuple(_limits(row, record, content.signature)),
    }


def _tiles(row: Performance, record: Mapping[str, Any]) -> Iterator[Tile]:
    counts = record["counts"]
    left = counts["patients"] - counts["compared"]
    detail = f"of {counts['patients']}; {left} without sTIL or score" if left else "all of them"
    yield Tile(str(counts["compared"]), "patients compared", detail)
    level = f"{row.confidence:.0%} CI "
    limits = interval(row.ci_low, row.ci_high)
    yield Tile(fixed(row.auc), "AUC, external", limits if row.ci_low is None else level + limits)
    for name, right, n in (
        ("Sensitivity", row.tp, row.tp + row.fn),
        ("Specificity", row.tn, row.tn + row.fp),
    ):
        if n:
            share = proportion(right, n, confidence=row.confidence)
            detail = f"{right} of {n}; {level}{interval(share.ci_low, share.ci_high)}"
            yield Tile(fixed(share.value), f"{name} for {row.positive} TILs", detail)
    yield Tile(str(counts["outside"]), "outside the training range", f"of {counts['scored']} scored")


def _limits(row: Performance, record: Mapping[str, Any], signature: Signature) -> Iterator[str]:
    """Yield what these numbers do not show, in plain words."""
    counts, threshold = record["counts"], record["threshold"]
    smallest = min(row.n_positive, row.n_negative)
    if smallest == 0:
        yield "All patients are of one class: nothing can be said about telling the classes apart."
    elif smallest < FEW_PER_CLASS:
        yield (
            f"The smaller class has {smallest} patients, fewer than {FEW_PER_CLASS}: each of them moves every number, "
            "and calibration can hardly be judged."
        )
    yield from _miscalibrated(row)
    if counts["no_outcome"]:
        yield f"Without a usable sTIL percentage, and so without a part: {counts['no_outcome']} of the scored patients."
    if counts["not_scored"]:
        yield f"Not scored, and so without a part: {counts['not_scored']} of {counts['patients']} patients."
    if counts["scored"] and counts["outside"] > MANY_OUTSIDE * counts["scored"]:
        share = counts["outside"] / counts["scored"]
        yield f"{share:.0%} of the patients lie outside the training range: for them the score is an extrapolation."
    if threshold["from"] != "the signature's":
        yield f"The signature does not tell its sTIL threshold: {threshold['percent']:g} % is {threshold['from']}."
    if not signature.settings_hash or record["settings"] != signature.settings_hash:
        yield "It could not be checked that these features were extracted as those of training."
    yield (
        "One cohort is one answer: it speaks for its hospitals, scanners and pathologists, and the cut-off and the "
        "predictive values hold for a share of the classes as in these patients."
    )
    yield from signature.warnings


def _miscalibrated(row: Performance) -> Iterator[str]:
    """Yield whether the score can be read as a probability here, where the intervals tell."""
    found = row.calibration
    if found is None:
        return
    slope, intercept = found.slope, found.intercept
    if slope.ci_high < slope.null or slope.ci_low > slope.null:
        kind = "too extreme" if slope.value < slope.null else "too timid"
        yield (
            f"The scores are {kind} here (calibration slope {_two(slope.value)}, "
            f"{row.confidence:.0%} CI {interval(slope.ci_low, slope.ci_high, 2)}): they rank patients, and are no "
            "probabilities."
        )
    if intercept.ci_high < intercept.null or intercept.ci_low > intercept.null:
        kind = "too high" if intercept.value < intercept.null else "too low"
        yield (
            f"The scores are {kind} on the whole here (calibration in the large {_two(intercept.value)}, "
            f"{row.confidence:.0%} CI {interval(intercept.ci_low, intercept.ci_high, 2)})."
        )


def comparison(content: Content) -> Mapping[str, Any] | None:
    """Return these patients beside the training patients."""
    if content.external is None:
        return None
    return {
        "classes": _classes(content.performance[0], content.external),
        "features": _features(content.external["features"]),
        "threshold": content.external["threshold"],
        "far": FAR_SHIFT_SD,
    }


def _classes(row: Performance, record: Mapping[str, Any]) -> Table:
    training = record["training"]
    cohorts = (
        ("Training", training["n_positive"], training["n"]),
        ("These patients", row.n_positive, row.n_positive + row.n_negative),
    )
    rows = []
    for name, n, total in cohorts:
        share = proportion(n, total, confidence=row.confidence)
        rows.append(
            (name, total, n, total - n, cell(share.value, _two), interval(share.ci_low, share.ci_high, 2))
        )
    headings = ("Patients", "All", row.positive, row.negative, f"Share of {row.positive}", "95% CI (exact)")
    caption = f"Classes in training and here; positive class: {row.positive} TILs"
    return table(caption, headings, rows, can_sort=False)


def _features(shifts: list[dict[str, Any]]) -> Table | None:
    if not shifts:
        return None
    rows = [
        (
            s["name"],
            _spread(s["training_mean"], s["training_sd"]),
            _spread(s["mean"], s["sd"]),
            _shift(s["shift_sd"]),
            _range(s["training_min"], s["training_max"]),
            Cell(f"{s['n_below']} / {s['n_above']}", s["n_below"] + s["n_above"], is_number=True),
        )
        for s in shifts
    ]
    headings = (
        "Feature",
        "Training: mean (sd)",
        "Here: mean (sd)",
        "Shift (training sd)",
        "Training range",
        "Below / above it",
    )
    return table("Features of the signature in training and in all scored patients here", headings, rows)


def _two(value: float) -> str:
    return fixed(value, 2)


def _shift(shift: float | None) -> Cell:
    if shift is None:
        return Cell(NONE, None, is_number=True)
    mark = f"more than {FAR_SHIFT_SD:g} sd off" if abs(shift) > FAR_SHIFT_SD else None
    return Cell(fixed(shift, 2), shift, is_number=True, mark=mark)


def _spread(mean: float | None, sd: float | None) -> str:
    return NONE if mean is None or sd is None else f"{number(mean)}{NBSP}({number(sd)})"


def _range(low: float | None, high: float | None) -> str:
    return "unknown" if low is None or high is None else f"{number(low)}{NBSP}to{NBSP}{number(high)}"


def flagged(content: Content) -> Mapping[str, Any] | None:
    """Return the patients that a reader should look at; None where there are none."""
    if content.external is None or not content.external["flagged"]:
        return None
    rows = [
        (p["patient"], p["role"], cell(p["score"], fixed), cell(p["farthest_sd"], _two), p["flags"], p["why"])
        for p in content.external["flagged"]
    ]
    headings = ("Patient", "Role", "Score", "Farthest outside (sd)", "Rules", "Why")
    caption = "Patients outside the training range, of an unknown site, or not scored"
    return {"table": table(caption, headings, rows, can_filter=True)}


def _badge(content: Content) -> str | None:
    n = len(content.external["flagged"]) if content.external is not None else 0
    return str(n) if n else None


def origin(content: Content) -> Mapping[str, Any] | None:
    """Return hashes, settings and software, so that the numbers can be found again."""
    record, signature = content.external, content.signature
    if record is None or signature is None:
        return None
    rows = [
        ("Signature", signature.name),
        ("Its content (SHA-256)", signature.sha256),
        ("Settings of its features", signature.settings_hash or "unknown"),
        ("Settings of these features", record["settings"]),
        ("These features (SHA-256 of the needed columns)", record["features_sha256"]),
        ("Interval of the AUC", record["evaluation"]["interval"]),
        ("Level of the intervals", f"{record['evaluation']['confidence']:.0%}"),
        ("Trained with", ", ".join(f"{k} {v}" for k, v in sorted(signature.software.items())) or "unknown"),
        ("Validated with", ", ".join(f"{k} {v}" for k, v in sorted(record["versions"].items()))),
    ]
    headings = ("What", "Value")
    settings = list(flat(signature.settings))
    return {
        "table": table("What was validated on what", headings, rows, can_sort=False),
        "settings": table(
            "Settings that shape the features, as the signature tells them",
            ("Setting", "Value"),
            settings,
            can_filter=True,
        )
        if settings
        else None,
    }


EXTERNAL = Section("external", "External validation", summary)
COMPARISON = Section("comparison", "These patients and the training patients", comparison)
FLAGGED = Section("flagged", "Patients to look at", flagged, badge=_badge)
ORIGIN = Section("origin", "Provenance", origin)
