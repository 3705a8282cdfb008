"""The figures of an evaluation: what they say, and what they do where a number is not defined."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.text import Text

from tilscope.figures import ROC, Figure, figure_named
from tilscope.figures.figure import MM_PER_INCH
from tilscope.figures.style import DEFAULT, using

NAMES = ("calibration", "decision-curve", "precision-recall")


def drawn(figure: Figure, record: object) -> Canvas:
    with using(DEFAULT):
        width, height = figure.size(record)
        canvas = Canvas(figsize=(width / MM_PER_INCH, height / MM_PER_INCH), layout="constrained")
        FigureCanvasAgg(canvas)
        figure.draw(record, canvas.add_subplot())
        canvas.draw_without_rendering()
    return canvas


def told(canvas: Canvas) -> str:
    return "\n".join(t.get_text() for t in canvas.findobj(Text) if t.get_visible())


@pytest.mark.parametrize("name", NAMES)
def test_the_positive_class_is_named_and_training_is_apparent(name: str, examples: dict[str, object]) -> None:
    figure, record = figure_named(name), examples[name]
    text = told(drawn(figure, record))
    assert "high TILs" in text
    assert "Training (apparent)" in text
    assert "Validation" in text.splitlines()
    legend = figure.legend(record)
    assert "'high'" in legend
    assert "apparent" in legend
    alone = dataclasses.replace(record, pictures=record.pictures[1:])  # type: ignore[attr-defined, type-var]
    assert "apparent" not in figure.legend(alone)


@pytest.mark.parametrize("name", NAMES)
def test_one_two_and_three_roles_fit_a_page_and_their_texts_stay_on_it(
    name: str, examples: dict[str, object]
) -> None:
    figure, record = figure_named(name), examples[name]
    first, second = record.pictures  # type: ignore[attr-defined]
    external = dataclasses.replace(second, role="external")
    for pictures in ((first,), (first, second), (first, second, external)):
        made = dataclasses.replace(record, pictures=pictures)  # type: ignore[type-var]
        canvas = drawn(figure, made)
        width, height = canvas.get_size_inches() * canvas.dpi
        assert figure.size(made)[0] <= 176
        beyond = {
            tick.label1
            for ax in canvas.axes
            for axis in (ax.xaxis, ax.yaxis)
            for tick in axis.get_major_ticks()
            if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
        }  # matplotlib keeps labels of ticks outside of an axis, and never draws them
        for text in canvas.findobj(Text):
            if text.get_visible() and text.get_text() and text not in beyond:
                box = text.get_window_extent()
                assert box.x0 >= -1, text
                assert box.x1 <= width + 1, text
                assert box.y0 >= -1, text
                assert box.y1 <= height + 1, text


def test_calibration_draws_every_patient_and_group(examples: dict[str, object]) -> None:
    record = examples["calibration"]
    canvas = drawn(figure_named("calibration"), record)
    for picture, ax in zip(record.pictures, canvas.axes[1:], strict=True):  # type: ignore[attr-defined]
        segments = [len(c.get_segments()) for c in ax.collections if hasattr(c, "get_segments")]
        patients = len(picture.scores_positive) + len(picture.scores_negative)
        assert sum(segments) == patients + len(picture.groups)
        assert sum(group.n for group in picture.groups) == patients


def test_calibration_without_a_slope_says_so(examples: dict[str, object]) -> None:
    record = examples["calibration"]
    picture = dataclasses.replace(
        record.pictures[1],  # type: ignore[attr-defined]
        intercept=None,
        slope=None,
        curve=(),
        band_low=(),
        band_high=(),
    )
    alone = dataclasses.replace(record, pictures=(picture,))  # type: ignore[type-var]
    figure = figure_named("calibration")
    assert "Intercept not defined\nSlope not defined" in told(drawn(figure, alone))
    assert "recalibration" not in figure.legend(alone)


def test_the_staircase_has_the_area_that_is_written(examples: dict[str, object]) -> None:
    record = examples["precision-recall"]
    canvas = drawn(figure_named("precision-recall"), record)
    for picture, ax in zip(record.pictures, canvas.axes[1:], strict=True):  # type: ignore[attr-defined]
        line = next(x for x in ax.lines if x.get_drawstyle() == "steps-pre")
        recall, precision = (np.asarray(v, float) for v in line.get_data())
        area = float(np.sum(np.diff(recall) * precision[1:]))
        assert area == pytest.approx(picture.average_precision)
        assert f"average precision {area:.3f}" in told(canvas)


def test_decision_curves_share_one_scale(examples: dict[str, object]) -> None:
    canvas = drawn(figure_named("decision-curve"), examples["decision-curve"])
    limits = {ax.get_ylim() for ax in canvas.axes[1:]}
    assert len(limits) == 1
    assert "call everybody high" in told(canvas)


def test_roc_names_the_kind_of_its_interval(examples: dict[str, object]) -> None:
    record = examples["roc"]
    for kind, words in (("logit", "on the logit of the AUC"), ("delong", "after DeLong, on the AUC.")):
        curves = tuple(dataclasses.replace(c, interval=kind) for c in record.curves)  # type: ignore[attr-defined]
        assert words in ROC.legend(dataclasses.replace(record, curves=curves))  # type: ignore[type-var]
