"""The section on performance, and performance.json of this and of earlier versions."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

from tilscope.figures import ROC, RocPanels
from tilscope.pipeline.performance_record import performance_record
from tilscope.report import figure_records, read_content
from tilscope.report.performances import performance_of_record
from tilscope.report.sections.methods import paragraphs
from tilscope.report.sections.performance import PERFORMANCE, _role
from tilscope.signature import EvaluationSettings, evaluate
from tilscope.study import Study
from tilscope.vocabulary import StudyError

EARLIER = {  # as the version before this one wrote it
    "positive": "high", "negative": "low", "cutoff": 0.5, "auc": 0.79, "ci_low": 0.638, "ci_high": 0.943,
    "confidence": 0.95, "interval": "delong", "n_positive": 23, "n_negative": 18, "tp": 20, "fn": 3, "fp": 5,
    "tn": 13, "brier": 0.2, "roc": {"fpr": [0.0, 1.0], "tpr": [0.0, 1.0]}, "reason": None,
}  # fmt: skip


def patients(seed: int = 5, n: int = 41) -> tuple[pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    keys = [f"sub-{i:03d}" for i in range(n)]
    levels = pd.Series(np.where(np.arange(n) < 23, "high", "low"), index=keys)
    eta = np.where(levels == "high", 0.6, -0.6) + rng.normal(0, 1, n)
    return levels, pd.Series(1 / (1 + np.exp(-eta)), index=keys)


def stored(role: str = "validation", **settings: Any) -> dict[str, Any]:
    found = evaluate(*patients(), 0.5, role=role, settings=EvaluationSettings(**settings))
    text = json.dumps(performance_record(found), allow_nan=False)
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def cells(role: str, row: dict[str, Any], which: str = "calibration") -> dict[str, tuple[str, ...]]:
    table = getattr(_role(performance_of_record(role, row)), which)
    return {line[0].text: tuple(c.text for c in line[1:]) for line in table.rows}


def test_what_is_stored_is_read_back_whole() -> None:
    found = evaluate(*patients(), 0.5)
    row = performance_of_record("validation", json.loads(json.dumps(performance_record(found))))
    assert row.calibration == found.calibration
    assert row.interval == "logit"
    assert row.net_benefit is not None
    np.testing.assert_array_equal(row.net_benefit.model, found.decision.model)
    assert row.recall is not None
    assert row.recall.average_precision == found.precision_recall.average_precision


@pytest.mark.parametrize("wrong", [{"tp": -1}, {"n_positive": None}, {"fn": 2.5}])
def test_impossible_counts_are_refused_with_the_file(wrong: dict[str, Any]) -> None:
    with pytest.raises(StudyError, match=r"RUN-76.*performance.json") as refused:
        performance_of_record("validation", stored() | wrong)
    assert str(next(iter(wrong))) in str(refused.value)


def test_an_earlier_file_is_read_and_says_what_it_has() -> None:
    row = performance_of_record("validation", EARLIER)
    assert (row.calibration, row.net_benefit, row.recall) == (None, None, None)
    view = _role(row)
    assert view.auc == "AUC 0.790 (95% CI 0.638–0.943)"
    assert view.interval == "DeLong's variance, on the AUC"
    assert (view.calibration, view.undefined) == (None, None)
    bare = {k: v for k, v in EARLIER.items() if k not in ("interval", "confidence", "negative", "reason")}
    assert performance_of_record("external", bare).negative == "low"


def test_one_class_alone_is_told_and_nothing_is_made_up() -> None:
    levels, scores = patients()
    found = evaluate(levels[:23], scores[:23], 0.5)
    row = json.loads(json.dumps(performance_record(found), allow_nan=False))
    read = performance_of_record("validation", row)
    assert read.fpr == read.tpr == ()
    assert read.net_benefit is None
    assert read.recall is None
    view = _role(read)
    assert "AUC not defined" in view.auc
    assert "one class only" in (view.undefined or "")
    table = cells("validation", row)
    assert table["Slope"][:2] == ("—", "no interval")
    assert "Average precision" not in table


def test_settings_choose_interval_and_level() -> None:
    logit, plain = stored(), stored(interval="delong", confidence=0.9, calibration_groups=3)
    assert logit["ci_low"] < logit["auc"] < logit["ci_high"]
    # plain intervals lie symmetrically around the AUC, those on the logit do not
    assert plain["ci_high"] - plain["auc"] == pytest.approx(plain["auc"] - plain["ci_low"])
    assert logit["ci_high"] - logit["auc"] < logit["auc"] - logit["ci_low"]
    assert len(plain["calibration"]["groups"]) == 3
    assert _role(performance_of_record("validation", plain)).measures.columns[-1] == "90% CI"
    narrow = stored(decision_thresholds=(0.2, 0.6))["decision_curve"]["thresholds"]
    assert (narrow[0], narrow[-1]) == (0.2, 0.6)


def test_the_tables_hold_the_numbers_of_the_record() -> None:
    row = stored()
    table = cells("validation", row)
    slope = row["calibration"]["slope"]
    assert table["Slope"][0] == f"{slope['value']:.3f}"
    assert table["Slope"][1] == f"{slope['ci_low']:.3f} to {slope['ci_high']:.3f}".replace("-", "−")
    assert table["Slope"][3] == "1"
    assert table["Intercept (calibration in the large)"][3] == "0"
    assert table["Average precision"][3] == "1 (by chance 0.561)"  # 23 of 41
    measures = cells("validation", row, "measures")
    assert measures["Sensitivity"][0] == f"{row['tp']} / 23"
    ratio = (row["tp"] / 23) / (row["fp"] / 18)
    assert measures["Positive likelihood ratio"][1] == f"{ratio:.3f}"


def test_training_is_marked_as_apparent_and_the_positive_class_is_named() -> None:
    for role in ("training", "validation", "external"):
        view = _role(performance_of_record(role, stored(role)))
        assert view.calibration is not None
        assert ("apparent" in view.calibration.caption) == (role == "training")
        assert "probability of high TILs, the positive class" in view.calibration.caption
        assert "positive class: high TILs" in view.measures.caption
        assert view.share == "56% (23 of 41)"


def test_the_page_shows_the_figures_and_says_what_the_numbers_hold_for(page: str) -> None:
    start = page.index(f'id="{PERFORMANCE.name}"')
    part = page[start : page.index("</section>", start)]
    for name in ("calibration", "decision-curve", "precision-recall"):
        assert f'id="figure-{name}"' in part
    assert "interval from DeLong&#39;s variance, on the logit of the AUC" in part
    assert "The predictive values hold where" in part
    assert "Calibration" in part


def test_figures_are_left_out_for_an_earlier_file(tmp_path: Path) -> None:
    folder = tmp_path / "derivatives" / "signature"
    folder.mkdir(parents=True)
    (folder / "performance.json").write_text(json.dumps({"validation": EARLIER}))
    assert set(figure_records(read_content(tmp_path))) == {"roc"}


def test_the_methods_text_names_the_interval_that_the_numbers_have(study: Study) -> None:
    content = read_content(study.root)
    assert "from DeLong's variance, symmetric on the logit of the AUC" in " ".join(paragraphs(content))
    earlier = tuple(performance_of_record(role, EARLIER) for role in ("training", "validation"))
    text = " ".join(paragraphs(dataclasses.replace(content, performance=earlier)))
    assert "from DeLong's variance, symmetric on the AUC [" in text
    assert "Calibration" not in text


def test_a_score_that_is_the_same_for_everybody_is_told_not_decorated() -> None:
    levels, scores = patients()
    found = evaluate(levels, scores * 0 + 0.55, 0.55)
    row = json.loads(json.dumps(performance_record(found), allow_nan=False))
    view = _role(performance_of_record("validation", row))
    assert view.auc == "AUC 0.500 (no interval: DeLong's variance is zero at an AUC of 0.5)"
    assert view.undefined == "NA: all scores are equal"
    table = cells("validation", row)
    assert table["Slope"][:3] == ("—", "no interval", "—")
    # 23 of 41 observed, .55 expected: logit(23 / 41) - logit(.55)
    assert float(table["Intercept (calibration in the large)"][0]) == pytest.approx(0.0444, abs=5e-4)
    assert table["Average precision"][0] == "0.561"


def test_the_band_of_the_curve_goes_from_the_file_to_the_figure(tmp_path: Path) -> None:
    folder = tmp_path / "derivatives" / "signature"
    folder.mkdir(parents=True)
    (folder / "performance.json").write_text(json.dumps({"validation": stored()}))
    (curve,) = figure_records(read_content(tmp_path))["roc"].curves  # type: ignore[attr-defined]
    assert curve.band[0][0] == 0.0
    assert all(low <= high for _, low, high in curve.band)
    assert "exact 95% limits" in ROC.legend(RocPanels((curve,)))
    assert "limits" not in ROC.legend(RocPanels((dataclasses.replace(curve, band=()),)))


def test_the_classes_are_compared_by_ranks_but_not_in_training() -> None:
    levels, scores = patients()
    expected = mannwhitneyu(scores[levels == "high"], scores[levels == "low"], method="exact").pvalue
    assert stored()["p_value"] == pytest.approx(expected)
    assert stored()["test"] == "Wilcoxon rank-sum (exact)"
    assert stored("training")["p_value"] is None
