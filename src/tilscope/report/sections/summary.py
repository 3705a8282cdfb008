"""The first thing that is read: what was found, how sure it is, and what it does not show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tilscope.report.content import Content
from tilscope.report.lights import lights
from tilscope.report.sections.section import Section, why
from tilscope.report.wording import OPTIMISM, auc_in_words, fixed, interval, panel_verdict, verdict

FEW_PER_CLASS = 20
FEW_READ_TWICE = 30
FEW_STEPS = 3  # up to which steps without results have a notice of their own
LOOSE_SPLIT = "one random split of the patients"


@dataclass(frozen=True, slots=True)
class Tile:
    """One number at the top of the page."""

    value: str
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StepNotice:
    """Steps of the cohort without results."""

    light: str
    title: str
    why: str
    remedy: str | None


def view(content: Content) -> Mapping[str, Any]:
    """Return headline, tiles, confusion matrices, and the list of what is not supported."""
    validation = content.performance_of("external") or content.performance_of("validation")
    light, sentence = verdict(validation)
    if content.honesty is not None and content.performance_of("external") is None:
        light, sentence = _with_the_panel(content.honesty, light, sentence)
    if not content.performance:
        light, sentence = "none", _how_far(content)
    return {
        "light": light,
        "verdict": sentence,
        "headline": None
        if validation is None
        else f"{validation.role.capitalize()} {auc_in_words(validation)}",
        "steps": tuple(_steps(content)),
        "tiles": tuple(_tiles(content)),
        "roles": content.performance,
        "lights": lights(content),
        "limits": tuple(_limits(content)),
    }


def _with_the_panel(panel: Mapping[str, Any], light: str, sentence: str) -> tuple[str, str]:
    """Return light and sentences of the panel; beside an unsure validation a good one is unsure, with its reason."""
    of_panel, told = panel_verdict(panel)
    if of_panel == "good" and light in ("unsure", "bad"):
        return "unsure", f"{told} {sentence}"
    return of_panel, told


def _how_far(content: Content) -> str:
    done = content.counts["done"] + content.counts["set aside"]
    if not content.patients:
        return "The study is empty: import images and tables first."
    if not done:
        return "No patient has features yet."
    patients = "patient has" if done == 1 else "patients have"
    shown = (
        "images and quality control"
        if content.genes is None
        else "images, quality control and gene expression"
    )
    return f"{done} {patients} features. No signature has been fitted: this report shows {shown}."


def _steps(content: Content) -> Iterator[StepNotice]:
    """Yield the steps of the cohort that failed, each with its reason, and those left out, many in one notice."""
    failed = [step for step in content.missing_steps if step.state == "failed"]
    left_out = [step for step in content.missing_steps if step.state != "failed"]
    for step in failed:
        yield StepNotice("bad", f"The step {step.name} {step.state_in_words}", why(step), step.remedy)
    if len(left_out) > FEW_STEPS:
        named = "; ".join(f"{step.name}: {why(step).rstrip('.')}" for step in left_out)
        yield StepNotice("unsure", f"{len(left_out)} steps were left out", f"{named}.", "see Left out.")
        return
    for step in left_out:
        yield StepNotice("unsure", f"The step {step.name} {step.state_in_words}", why(step), step.remedy)


def _tiles(content: Content) -> Iterator[Tile]:
    counts = content.counts
    left = len(content.patients) - counts["done"]
    detail = f"{counts['done']} complete, {left} left out" if left else "all complete"
    yield Tile(str(len(content.patients)), "patient" if len(content.patients) == 1 else "patients", detail)
    for row in content.performance:
        if row.auc is not None:
            limits = interval(row.ci_low, row.ci_high)
            detail = limits if row.ci_low is None else f"{row.confidence:.0%} CI {limits}"
            yield Tile(
                fixed(row.auc),
                f"AUC, {row.role}",
                detail + (", optimistic" if row.role == "training" else ""),
            )
    if content.signature is not None:
        candidates = f"of {content.n_features:,} candidates" if content.n_features else ""
        yield Tile(str(len(content.signature.features)), "features in the signature", candidates)
    elif content.n_features:
        yield Tile(f"{content.n_features:,}", "features per patient", "")
    if content.genes is not None:
        n = int((content.genes["p_adjusted"] < content.biology.max_p_adjusted).sum())
        limit = f"adjusted p < {content.biology.max_p_adjusted:g}"
        yield Tile(f"{n:,}", "genes differ", f"of {len(content.genes):,}, {limit}")


def _limits(content: Content) -> Iterator[str]:
    """Yield what this report does not show, in plain words."""
    training, validation = content.performance_of("training"), content.performance_of("validation")
    if validation is not None:
        told = (
            "repeated splits, nested cross-validation and label permutation are not part of this report."
            if content.honesty is None
            else "the section 'How much is luck' shows them."
        )
        yield f"The validation AUC rests on {LOOSE_SPLIT}. Other splits of the same patients give other numbers; {told}"
        smallest = min(validation.n_positive, validation.n_negative)
        if smallest < FEW_PER_CLASS:
            yield f"The smaller class has {smallest} validation patients: each of them moves every number."
    if (
        training is not None
        and validation is not None
        and training.auc is not None
        and validation.auc is not None
    ):
        if training.auc - validation.auc > OPTIMISM:
            gap = fixed(training.auc - validation.auc)
            yield f"The training AUC is {gap} higher than the validation AUC: a sign of overfitting."
        else:
            yield "The training AUC is apparent: the model has seen these patients, so it is not evidence."
    if content.performance and content.performance_of("external") is None:
        yield "There are no external patients: nothing is known about other scanners, protocols or hospitals."
    if content.signature is not None:
        yield from _reproducibility(content)
        yield from content.signature.warnings
    if content.genes is not None:
        yield "Genes and cells are associations with the groups in these patients; they do not show a cause."


def _reproducibility(content: Content) -> Iterator[str]:
    """Yield that features were not filtered by their ICC, or by how few patients."""
    fits = (content.leak_proof or {}).get("fitted", ())
    read_twice = [len(entry["participants"]) for entry in fits if entry["what"] == "ICC filter"]
    if not read_twice:
        yield "The features were not filtered by their reproducibility (ICC): it needs more second readings."
    elif min(read_twice) < FEW_READ_TWICE:
        yield f"The filter of reproducible features (ICC) rests on {min(read_twice)} patients that were read twice."


SUMMARY = Section("summary", "Summary", view)
