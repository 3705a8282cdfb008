"""Whether there is a signal, in words and by stated rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Light = Literal["good", "unsure", "bad", "none"]
SIGNIFICANT = 0.05  # a permutation p below it counts
AS_GOOD = 0.02  # a simple model or a control this close to the signature's mean AUC, or above, is as good
KEPT_SHARE = (
    0.5  # of the signature's distance from chance that a control without the lesion's tissue may not keep
)
CHANCE = 0.5

RULES = (
    "There is a signal where the interval of the nested AUC lies above .5 and the permutation p is below .05; where "
    "neither holds there is none; where one holds it stays open. Fewer than 20 permutations do not count.",
    "A signal counts as unsure where the validation interval of the frozen signature reaches .5, where lesion volume "
    "or the clinical table is as good (mean AUC over the same splits at most .02 lower), where the features of "
    "shuffled voxels are as good, or where those of the moved region keep half of the signature's distance from .5.",
)

CONTROL_WORDS = {
    "shuffled": "with the lesion's voxels shuffled",
    "moved": "with the region moved into other tissue",
}
CONTROL_MEANING = {
    "shuffled": "texture is not what the score reads: volume, shape or brightness are enough",
    "moved": "the score does not need the lesion's tissue: it reads volume, shape, or something of the patient or "
    "scanner, or there is a leak",
}
BASELINE_WORDS = {"volume": "The lesion's volume alone", "clinical": "The clinical table alone"}


@dataclass(frozen=True, slots=True)
class Findings:
    """What the panel found; None where something was not done or is not defined.

    Attributes
    ----------
    nested : (float, float, float) or None
        AUC of nested cross-validation, and its interval.
    p_value : float or None
        Of the label permutation.
    validation : (float, float, float) or None
        AUC of the frozen signature on the study's own validation patients, and its interval.
    splits : (float, float, float) or None
        Mean, 2.5 % and 97.5 % quantile of the validation AUC over random splits.
    baselines : dict
        Simple model -> mean AUC over the same splits.
    controls : dict
        Negative control -> (its mean AUC, the signature's on the same splits).
    """

    nested: tuple[float, float, float] | None = None
    p_value: float | None = None
    validation: tuple[float, float, float] | None = None
    splits: tuple[float, float, float] | None = None
    baselines: Mapping[str, float] = field(default_factory=dict)
    controls: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the panel says.

    Attributes
    ----------
    light : {"good", "unsure", "bad", "none"}
        A signal; open; no signal; not looked at.
    headline : str
        One sentence.
    sentences : tuple of str
        What it rests on, and what speaks against it.
    """

    light: Light
    headline: str
    sentences: tuple[str, ...]


def judge(findings: Findings) -> Verdict:
    """Say whether there is a signal; see ``RULES``."""
    evidence = [
        holds for holds in (_nested_holds(findings), _permutation_holds(findings)) if holds is not None
    ]
    if not evidence:
        headline = (
            "Whether there is a signal was not tested: neither nested cross-validation nor permutation ran."
        )
        return Verdict("none", headline, tuple(_doubts(findings)))
    told = tuple(_evidence(findings))
    doubts = tuple(_doubts(findings))
    if not any(evidence):
        headline = (
            "There is no signal: the whole procedure does not tell the classes apart better than chance."
        )
        return Verdict("bad", headline, (*told, *_luck(findings), *doubts))
    if not all(evidence):
        headline = "It stays open whether there is a signal: the checks disagree."
        return Verdict("unsure", headline, (*told, *doubts))
    if doubts:
        return Verdict("unsure", "There is a signal, but with a reservation.", (*told, *doubts))
    return Verdict("good", "There is a signal: the whole procedure does better than chance.", told)


def _nested_holds(findings: Findings) -> bool | None:
    return None if findings.nested is None else findings.nested[1] > CHANCE


def _permutation_holds(findings: Findings) -> bool | None:
    return None if findings.p_value is None else findings.p_value < SIGNIFICANT


def _evidence(findings: Findings) -> Iterator[str]:
    if findings.nested is not None:
        auc, low, high = findings.nested
        where = "above" if low > CHANCE else "below" if high < CHANCE else "around"
        ending = ": the score points the wrong way" if high < CHANCE else ""
        yield f"Nested cross-validation: AUC {auc:.3f} ({low:.3f} to {high:.3f}), {where} .5{ending}."
    if findings.p_value is not None:
        told = (
            "are told apart better than"
            if findings.p_value < SIGNIFICANT
            else "are not told apart better than"
        )
        yield f"The true classes {told} permuted ones (p = {findings.p_value:.3g})."


def _luck(findings: Findings) -> Iterator[str]:
    """Yield what to think of a validation that looks good where there is no signal."""
    if findings.validation is not None and findings.validation[1] > CHANCE:
        spread = ""
        if findings.splits is not None:
            spread = f"; other splits lie between {findings.splits[1]:.3f} and {findings.splits[2]:.3f}"
        yield f"The validation AUC of {findings.validation[0]:.3f} is the luck of this split{spread}."


def _doubts(findings: Findings) -> Iterator[str]:
    if findings.validation is not None and findings.validation[1] <= CHANCE:
        auc, low, high = findings.validation
        yield (
            f"The study's own validation patients do not show it: AUC {auc:.3f} ({low:.3f} to {high:.3f}) "
            "includes .5 or lies below."
        )
    if findings.splits is not None:
        for name, mean in findings.baselines.items():
            if mean >= findings.splits[0] - AS_GOOD:
                yield (
                    f"{BASELINE_WORDS.get(name, name)} is as good: mean AUC {mean:.3f} over the same splits, "
                    f"the signature {findings.splits[0]:.3f}."
                )
    for name, (mean, own) in findings.controls.items():
        kept = CHANCE + KEPT_SHARE * (own - CHANCE)
        limit = min(own - AS_GOOD, kept) if name == "moved" else own - AS_GOOD
        if mean >= limit and mean > CHANCE:
            yield (
                f"The AUC stays at {mean:.3f} {CONTROL_WORDS.get(name, name)} (the signature on the same splits "
                f"{own:.3f}): {CONTROL_MEANING.get(name, 'it should not')}."
            )
