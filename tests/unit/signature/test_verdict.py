"""The panel's verdict, case by case."""

from __future__ import annotations

import pytest

from tilscope.signature.verdict import Findings, judge

ABOVE, AROUND, BELOW = (0.72, 0.63, 0.80), (0.52, 0.43, 0.61), (0.38, 0.29, 0.47)
VALIDATED, LOOSE = (0.79, 0.64, 0.94), (0.62, 0.44, 0.77)
SPLITS = (0.71, 0.57, 0.84)

CASES = {
    "nothing was done": (Findings(validation=VALIDATED), "none", "not tested"),
    "everything holds": (
        Findings(
            ABOVE,
            0.005,
            VALIDATED,
            SPLITS,
            {"volume": 0.55},
            {"moved": (0.51, 0.71), "shuffled": (0.6, 0.71)},
        ),
        "good",
        "There is a signal",
    ),
    "noise": (Findings(AROUND, 0.41, LOOSE, (0.51, 0.35, 0.68)), "bad", "There is no signal"),
    "noise that was lucky": (
        Findings(AROUND, 0.41, VALIDATED, (0.51, 0.35, 0.68)),
        "bad",
        "validation AUC of 0.790 is the luck of this split; other splits lie between 0.350 and 0.680",
    ),
    "the wrong way": (Findings(BELOW, 0.99, None), "bad", "the score points the wrong way"),
    "only the permutation holds": (Findings(AROUND, 0.02, VALIDATED), "unsure", "the checks disagree"),
    "only nested holds": (Findings(ABOVE, 0.08, VALIDATED), "unsure", "the checks disagree"),
    "p at the limit": (Findings(ABOVE, 0.05, VALIDATED), "unsure", "the checks disagree"),
    "interval that touches .5": (Findings((0.6, 0.5, 0.7), 0.01, VALIDATED), "unsure", "disagree"),
    "permutation alone": (Findings(None, 0.01, VALIDATED), "good", "There is a signal"),
    "nested alone, none": (Findings(AROUND, None, VALIDATED), "bad", "There is no signal"),
    "own validation does not show it": (
        Findings(ABOVE, 0.005, LOOSE, SPLITS),
        "unsure",
        "own validation patients do not show it: AUC 0.620",
    ),
    "volume as good": (
        Findings(ABOVE, 0.005, VALIDATED, SPLITS, {"volume": 0.69}),
        "unsure",
        "The lesion's volume alone is as good: mean AUC 0.690 over the same splits, the signature 0.710",
    ),
    "volume a little worse": (Findings(ABOVE, 0.005, VALIDATED, SPLITS, {"volume": 0.689}), "good", "signal"),
    "clinical better": (
        Findings(ABOVE, 0.005, VALIDATED, SPLITS, {"clinical": 0.8}),
        "unsure",
        "The clinical table alone is as good",
    ),
    "shuffled as good": (
        Findings(ABOVE, 0.005, VALIDATED, SPLITS, {}, {"shuffled": (0.70, 0.71)}),
        "unsure",
        "texture is not what the score reads",
    ),
    "moved keeps half": (
        Findings(ABOVE, 0.005, VALIDATED, SPLITS, {}, {"moved": (0.70, 0.90)}),
        "unsure",
        "does not need the lesion's tissue",
    ),
    "moved keeps less than half": (
        Findings(ABOVE, 0.005, VALIDATED, SPLITS, {}, {"moved": (0.69, 0.90)}),
        "good",
        "There is a signal: the whole procedure does better than chance.",
    ),
    "a control at chance proves nothing against noise": (
        Findings(AROUND, 0.4, LOOSE, (0.5, 0.3, 0.7), {}, {"moved": (0.49, 0.5)}),
        "bad",
        "There is no signal",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_light_and_words(case):
    findings, light, words = case
    found = judge(findings)
    assert found.light == light
    assert words in " ".join((found.headline, *found.sentences))


def test_a_good_light_has_no_reservation():
    found = judge(CASES["everything holds"][0])
    assert found.sentences == (
        "Nested cross-validation: AUC 0.720 (0.630 to 0.800), above .5.",
        "The true classes are told apart better than permuted ones (p = 0.005).",
    )
    lucky = judge(CASES["a control at chance proves nothing against noise"][0])
    assert not any("stays" in sentence or "luck" in sentence for sentence in lucky.sentences)
