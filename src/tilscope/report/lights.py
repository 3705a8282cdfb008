"""The questions that a reviewer asks first, each with a light, one sentence, and where the answer is shown.

A light is never a mean of others: ``good`` (supported), ``unsure`` (open), ``bad`` (spoken against) or ``none`` (not
examined). Adding a question is one function and one line in ``QUESTIONS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tilscope.report.content import Content
from tilscope.report.wording import auc_in_words, fixed, interval, p_with_sign, verdict

WORDS = {"good": "supported", "unsure": "open", "bad": "spoken against", "none": "not examined"}
MANY_LEFT_OUT = 0.1
FEW_READ_TWICE = 30
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Light:
    """One question and its answer.

    Attributes
    ----------
    question : str
        As a reviewer would ask it.
    light : {"good", "unsure", "bad", "none"}
        The answer.
    sentence : str
        With the numbers that it rests on.
    section : str or None
        Anchor of the section that shows them.
    """

    question: str
    light: str
    sentence: str
    section: str | None

    @property
    def word(self) -> str:
        """The light in a word, for those who cannot see its colour."""
        return WORDS[self.light]


def lights(content: Content) -> tuple[Light, ...]:
    """Return the answers for a study, in the order of `QUESTIONS`; none before there is a signature."""
    if content.signature is None or content.external is not None:
        return ()
    return tuple(answer for ask in QUESTIONS if (answer := ask(content)) is not None)


def patients(content: Content) -> Light:
    """Tell how many patients were left out."""
    question, counts = "Did all patients come through?", content.counts
    n = len(content.patients)
    left = n - counts["done"]
    if not left:
        return Light(question, "good", f"All {n} patients are complete.", "quarantine")
    light = "unsure" if left <= MANY_LEFT_OUT * n else "bad"
    return Light(
        question, light, f"{left} of {n} were left out; each is named with its reason.", "quarantine"
    )


def quality(content: Content) -> Light:
    """Tell how many patients have flags, and how many were rated."""
    question = "Were images and outlines looked at?"
    if content.qc_table is None:
        return Light(question, "none", "There is no quality control yet.", "qc")
    rows = content.qc_table
    n_flagged, n = int((rows["n_flags"] > 0).sum()), int(rows["n_flags"].notna().sum())
    told = f"{n_flagged} of {n} measured patients {'has' if n_flagged == 1 else 'have'} a flag"
    n_rated = len(content.ratings)
    if not n_rated:
        return Light(
            question, "unsure", f"{told}; nobody has rated the pictures yet (tilscope review).", "qc"
        )
    unwelcome = sum(rating != "accept" for rating in content.ratings.values())
    light = "good" if n_rated >= n and not unwelcome else "unsure"
    said = f"{n_rated} of {n} were rated by a human, {unwelcome} of them to be redrawn or excluded"
    return Light(question, light, f"{told}; {said}.", "qc")


def leaks(content: Content) -> Light:
    """Tell whether anything that was fitted saw patients outside training."""
    question = "Did validation patients stay out of the fit?"
    proof, scores = content.leak_proof, content.scores
    if proof is None or scores is None:
        return Light(question, "none", "What each number saw was not written down.", "leaks")
    training = set(scores.index[scores["role"] == "training"])
    leaky = [entry["what"] for entry in proof["fitted"] if set(entry["participants"]) - training]
    if leaky:
        return Light(
            question, "bad", f"Other than training patients were seen by: {', '.join(leaky)}.", "leaks"
        )
    told = f"All {len(proof['fitted'])} decisions from data saw training patients only"
    repeated = "; the fit was repeated with other validation patients and stayed the same to the last digit"
    return Light(question, "good", told + (repeated if proof.get("replaced") else "") + ".", "leaks")


def reproducibility(content: Content) -> Light:
    """Tell how many patients the filter of reproducible features rests on."""
    question = "Are the features reproducible?"
    section = None if content.agreement is None else "reproducibility"
    fits = (content.leak_proof or {}).get("fitted", ())
    n = [len(entry["participants"]) for entry in fits if entry["what"] == "ICC filter"]
    if not n:
        return Light(question, "none", "No filter by second readings (ICC) was used.", section)
    light = "good" if min(n) >= FEW_READ_TWICE else "unsure"
    return Light(question, light, f"The ICC filter rests on {min(n)} training patients read twice.", section)


def scanners(content: Content) -> Light | None:
    """Tell whether scanners or centres go together with the classes."""
    record = content.harmonisation
    if record is None:
        return None
    question, p, counts = (
        "Can the score be the scanner?",
        record["p_confounding"],
        record["counts"],
    )
    if any(c["n_high"] + c["n_low"] and not (c["n_high"] and c["n_low"]) for c in counts):
        return Light(question, "bad", "A site has patients of one class only.", "harmonisation")
    if p is None:
        return Light(question, "none", "Sites and classes could not be compared.", "harmonisation")
    told = f"Classes over {len(counts)} sites: Fisher's exact p {p_with_sign(p)}."
    return Light(question, "bad" if p < SIGNIFICANT else "good", told, "harmonisation")


def new_patients(content: Content) -> Light:
    """Tell what the held-out patients say."""
    found = content.performance_of("validation")
    light, sentence = verdict(found)
    told = "" if found is None or found.auc is None else f" {auc_in_words(found)}."
    return Light("Does it work in held-out patients?", light, sentence + told, "performance")


def luck(content: Content) -> Light:
    """Tell what the honesty panel says."""
    question = "Is it more than luck of the split?"
    if content.honesty is None:
        return Light(
            question, "none", "The panel (splits, nested folds, permutations) was not run.", "honesty"
        )
    found = content.honesty["verdict"]
    return Light(question, str(found["light"]), str(found["headline"]), "honesty")


def calibrated(content: Content) -> Light:
    """Tell whether intercept, slope or both together deviate in the validation patients."""
    question = "Do the scores mean what they say (calibration)?"
    found = content.performance_of("validation")
    record = None if found is None else found.calibration
    if record is None or record.slope.ci_low is None or record.intercept.ci_low is None:
        return Light(question, "none", "Calibration is not defined here.", "performance")
    slope, intercept = record.slope, record.intercept
    joint = record.joint_p_value
    fits = _holds(slope, 1.0) and _holds(intercept, 0.0) and not joint < 0.05
    told = (
        f"Slope {fixed(slope.value, 2)} ({interval(slope.ci_low, slope.ci_high, 2)}; 1 is ideal), intercept "
        f"{fixed(intercept.value, 2)} ({interval(intercept.ci_low, intercept.ci_high, 2)}; 0 is ideal), both "
        f"together p {p_with_sign(joint)}."
    )
    if not fits:
        return Light(question, "bad", told, "performance")
    return Light(
        question, "unsure", f"{told} No deviation is shown; few patients would hide one.", "performance"
    )


def elsewhere(content: Content) -> Light:
    """Tell whether there are external patients."""
    question = "Does it hold at another hospital?"
    found = content.performance_of("external")
    if found is None:
        return Light(question, "none", "There are no external patients in this study.", "performance")
    light, sentence = verdict(found)
    return Light(question, light, f"{sentence} {auc_in_words(found)}.", "performance")


def biology(content: Content) -> Light | None:
    """Tell whether more genes differ than under dealt labels."""
    if content.genes is None:
        return None
    question = "Do predicted-high tumours differ in their genes?"
    results = content.results.get("robustness")
    found: dict[str, Any] | None = results.record.get("genes") if results is not None else None
    n = int((content.genes["p_adjusted"] < content.biology.max_p_adjusted).sum())
    if found is None:
        return Light(question, "none", f"{n:,} genes pass; chance was not measured.", "genes")
    p = float(found["p_value"])
    told = (
        f"{found['observed']:,} genes pass where dealt labels find {fixed(found['mean'], 1)} on average "
        f"(p {p_with_sign(p)})."
    )
    return Light(question, "good" if p <= SIGNIFICANT and found["observed"] else "unsure", told, "robustness")


def _holds(estimate: Any, value: float) -> bool:
    return bool(estimate.ci_low <= value <= estimate.ci_high)


QUESTIONS: tuple[Callable[[Content], Light | None], ...] = (
    patients,
    quality,
    leaks,
    reproducibility,
    scanners,
    new_patients,
    luck,
    calibrated,
    elsewhere,
    biology,
)
