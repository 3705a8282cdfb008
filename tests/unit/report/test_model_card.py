"""The model card: what it must say, what it must not say, and that nothing in it is markup."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pandas as pd
import pytest

from tilscope.report.content import Content
from tilscope.report.model_card import CardPart, as_markdown, model_card
from tilscope.report.performances import performance_of_record
from tilscope.report.sections.signature import SIGNATURE, equation
from tilscope.signature import CohortSummary, Signature, SignatureFeature

ROW = {
    "positive": "high", "negative": "low", "auc": 0.79, "ci_low": 0.638, "ci_high": 0.943, "n_positive": 23,
    "n_negative": 18, "tp": 20, "fn": 3, "fp": 5, "tn": 13, "roc": {"fpr": [0.0, 1.0], "tpr": [0.0, 1.0]},
}  # fmt: skip


def signature(**cohort: Any) -> Signature:
    features = (
        SignatureFeature(name="shape_MeshVolume", coefficient=-0.001, training_min=20.0, training_max=9000.0),
        SignatureFeature(
            name="phase1_original_glcm_Idmn", coefficient=2.0, training_min=0.5, training_max=0.9
        ),
        SignatureFeature(name="of another house", coefficient=1.0),
    )
    given = {"n_training": 40, "n_positive": 25, "n_negative": 15, "til_threshold_percent": 20.0} | cohort
    return Signature(
        name="rad-tils",
        features=features,
        intercept=0.5,
        cutoff=0.61,
        origin="logistic",
        cohort=CohortSummary(**given),
    )


def content(
    made: Signature | None, roles: tuple[str, ...] = ("training", "validation"), **others: Any
) -> Content:
    rows = tuple(performance_of_record(role, ROW) for role in roles)
    return Content("t", "recommended", {}, {}, {}, {}, {}, signature=made, performance=rows, **others)


def card(made: Content) -> dict[str, CardPart]:
    assert made.signature is not None
    return {part.heading: part for part in model_card(made, equation(made.signature))}


def test_the_card_tells_what_is_measured_and_how_well() -> None:
    found = card(content(signature(), stability=None))
    assert "high TILs (stromal TILs of 20 % or more)" in found["The model"].sentences[0]
    features = found["Features"].table
    assert features is not None
    words = [[cell.text for cell in row] for row in features.rows]
    assert words[0][2:] == ["Shape of the lesion: volume", "lower score", "20 to 9000"]
    assert "phase 1 after contrast" in words[1][2]
    assert words[2][2:] == ["—", "higher score", "unknown"]
    assert "40 patients: 25 high, 15 low TILs (62% high)" in found["Training patients"].sentences[0]
    table = found["Performance"].table
    assert table is not None
    assert table.rows[0][0].text == "Training (apparent)"
    # 20 of 23 by R: binom.test(20, 23)$conf.int
    assert table.rows[1][3].text == "0.870 (0.664 to 0.972)"
    assert table.rows[1][2].text == "0.790 (95% CI 0.638–0.943)"


def test_limits_follow_from_what_is_missing() -> None:
    limits = " ".join(card(content(signature(), roles=("training",)))["Known limits"].sentences)
    assert "15 training patients of the rarer class for 3 features" in limits
    assert "Nobody was set aside" in limits
    assert "outlined twice" in limits
    assert "luck was not looked at" in limits
    apparent = card(content(signature(), roles=("training",)))["Performance"].sentences
    assert "no validation" in apparent[0]
    many = card(content(signature(n_training=900, n_positive=500, n_negative=400)))["Known limits"].sentences
    assert "rarer class" not in " ".join(many)
    assert "Validated on 23 and 18 patients" in " ".join(many)


def test_ages_are_those_of_training_patients() -> None:
    keys = [f"sub-{k}" for k in range(6)]
    people = pd.DataFrame({"age": [40.0, 50.0, 60.0, None, 99.0, 99.0]}, index=keys)
    scores = pd.DataFrame({"role": ["training"] * 4 + ["validation"] * 2}, index=keys)
    told = card(content(signature(), participants=people, scores=scores))["Training patients"].sentences[-1]
    assert told == "Age: median 50, quartiles 45 and 55 years; known of 3 of 4."
    assert card(content(signature()))["Training patients"].sentences[-1] == "Ages are not known."


def test_nothing_in_the_markdown_is_markup() -> None:
    wild = content(signature(sites={"<script>x|y*</script>": 40}))
    text = as_markdown(model_card(wild, "p = 1"), "a_b\n# c").decode()
    assert "<script>" not in text
    assert r"&lt;script&gt;x\|y\*&lt;/script&gt; (40)" in text
    assert text.startswith("# Model card: a\\_b \\# c\n")
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in tables} == {6, 7}  # five columns, and six


@pytest.mark.parametrize("made", [content(None), content(signature(), external={"counts": {}})])
def test_there_is_none_without_a_signature_and_beside_an_external_validation(made: Content) -> None:
    assert SIGNATURE.files(made) == {}


def test_the_file_is_the_card_of_the_page() -> None:
    made = content(signature())
    (data,) = SIGNATURE.files(made).values()
    assert b"## Known limits" in data
    view = SIGNATURE.view(made)
    assert isinstance(view, dict)
    assert next(part.heading for part in view["card"]) == "Features"
    assert view["no_nomogram"].startswith("There is no nomogram: the training range of of another house")
    assert SIGNATURE.files(dataclasses.replace(made, profile="paper-2022")) == SIGNATURE.files(made)
