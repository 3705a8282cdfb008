"""How the score was evaluated, and how it was asked whether it is luck."""

from __future__ import annotations

from tilscope.report.content import Content
from tilscope.report.sections.honesty import repeated
from tilscope.report.sections.methods.citing import listed, sentences
from tilscope.report.wording import SIMPLE_NAMES

AUC_SCALES = {"logit": "logit of the AUC", "delong": "AUC"}


def evaluation(content: Content) -> str:
    """Name the intervals that the stored numbers have, and what else was measured."""
    if not content.performance:
        return ""
    scale = listed(sorted({AUC_SCALES.get(row.interval, row.interval) for row in content.performance}))
    levels = listed(sorted({f"{row.confidence:.0%}" for row in content.performance}))
    text = (
        f"AUCs are given with {levels} intervals from DeLong's variance, symmetric on the {scale} [@delong]; "
        "proportions have exact (Clopper-Pearson) ones [@clopper]."
    )
    tests = sorted({row.test for row in content.performance if row.test and row.p_value is not None})
    if tests:
        text += f" The score was compared between the classes of TILs, outside training, by {listed(tests)}."
    if any(row.calibration is not None for row in content.performance):
        text += (
            " Calibration was assessed by Cox's intercept (with the score's logit as offset) and slope [@cox] and "
            "by the Brier score."
        )
    if any(row.net_benefit is not None for row in content.performance):
        text += " Clinical use was assessed by net benefit [@vickers]."
    return text


def honesty(content: Content) -> str:
    """Tell what was repeated, the simple models, and the negative controls."""
    panel = content.honesty
    if panel is None:
        return ""
    simple = [SIMPLE_NAMES.get(name, name).lower() for name in panel["baselines"]]
    against = (
        f"The score was compared with {listed(simple)} on the same validation patients by DeLong's paired test "
        "[@delong]; a missing number of a clinical table counted as the training median, a missing class as a class of "
        "its own."
        if "clinical" in panel["baselines"]
        else f"The score was compared with {listed(simple)} on the same validation patients by DeLong's paired test "
        "[@delong]."
    )
    return sentences((repeated(content), against if simple else ""))
