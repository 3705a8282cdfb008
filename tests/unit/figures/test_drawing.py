"""What is drawn where: labels apart, stars right, planes turned, boxes inside."""

from __future__ import annotations

import dataclasses
from types import ModuleType

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.text import Text

from tilscope.figures import (
    ENHANCEMENT,
    FLOW,
    PHASES,
    ROC,
    SCORES,
    SIGNATURES,
    VOLCANO,
    FlowStep,
    PatientFlow,
    render,
)
from tilscope.figures.boxes import spread_points, stars
from tilscope.figures.labels import label_points
from tilscope.figures.views import Turn, centre_of, cut, pixel_aspect
from tilscope.figures.volcano import changed
from tilscope.vocabulary import Grid

MM = 25.4


def drawn(figure: object, record: object) -> Canvas:
    width, height = figure.size(record)  # type: ignore[attr-defined]
    canvas = Canvas(figsize=(width / MM, height / MM), layout="constrained")
    figure.draw(record, canvas.add_subplot())  # type: ignore[attr-defined]
    canvas.draw_without_rendering()
    return canvas


def texts(canvas: Canvas) -> list[str]:
    return [text.get_text() for ax in canvas.axes for text in ax.texts]


def empty_axes() -> tuple[Canvas, Axes]:
    canvas = Canvas(figsize=(4, 3))
    ax = canvas.add_subplot()
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    return canvas, ax


@pytest.mark.parametrize("spread", [0.005, 0.05, 0.3])
def test_labels_never_overlap_even_in_a_crowd(rng: np.random.Generator, spread: float) -> None:
    canvas, ax = empty_axes()
    places = 0.5 + spread * rng.uniform(-1, 1, (20, 2))
    label_points(ax, list(places[:, 0]), list(places[:, 1]), [f"GENE{i:02d}" for i in range(20)])
    canvas.draw_without_rendering()
    renderer = canvas.canvas.get_renderer()  # type: ignore[attr-defined]
    frame = ax.get_window_extent(renderer)
    plain = [Text.get_window_extent(text, renderer) for text in ax.texts]  # without the lines to the points
    assert len(plain) >= 18
    for i, box in enumerate(plain):
        for other in plain[i + 1 :]:
            assert not (box.x0 < other.x1 and other.x0 < box.x1 and box.y0 < other.y1 and other.y0 < box.y1)
        assert frame.x0 - 1 <= box.x0
        assert box.x1 <= frame.x1 + 1


def test_volcano_names_the_named_genes_and_colours_by_both_limits(examples: dict[str, object]) -> None:
    record = examples["volcano"]
    shown = texts(drawn(VOLCANO, record))
    assert set(record.named) <= set(shown)  # type: ignore[attr-defined]
    table = record.table.iloc[:0].copy()  # type: ignore[attr-defined]
    table.loc["up"] = [1.0, 1e-4, 0.049]
    table.loc["weak"] = [0.99, 1e-4, 0.049]
    table.loc["unsure"] = [2.0, 1e-4, 0.05]
    table.loc["down"] = [-1.5, 1e-4, 0.01]
    up, down = changed(record, table)  # type: ignore[arg-type]
    assert up.tolist() == [True, False, False, False]
    assert down.tolist() == [False, False, False, True]


def test_stars_follow_the_usual_limits() -> None:
    assert [stars(p) for p in (0.0009, 0.001, 0.0099, 0.01, 0.049, 0.05)] == [
        "***",
        "**",
        "**",
        "*",
        "*",
        "ns",
    ]
    assert stars(float("nan")) == ""


def test_points_of_equal_value_stand_apart_and_stay_where_they_are() -> None:
    offsets = spread_points(np.full(9, 0.5), 0.4)
    assert len(set(offsets)) == 9
    assert np.abs(offsets).max() <= 0.2
    assert spread_points(np.full(9, 0.5), 0.4).tolist() == offsets.tolist()


def test_axial_grid_is_turned_to_inferior_posterior_left() -> None:
    grid = Grid((4, 5, 6), (2.0, 1.0, 0.5))  # z up, y to the back, x to the left
    values = np.zeros(grid.shape)
    values[3, 0, 0] = 1.0  # top, front, right
    turned = Turn.of(grid).array(values)
    assert turned[0, 0, 0] == 1.0
    assert Turn.of(grid).spacing(grid) == (2.0, 1.0, 0.5)


def test_sagittal_grid_is_turned_to_the_same_view() -> None:
    # index x runs to the back, index y runs down, index z runs to the right
    direction = ((0.0, 0.0, -1.0), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0))
    grid = Grid((6, 4, 5), (0.5, 2.0, 1.0), direction=direction)
    values = np.zeros(grid.shape)
    values[5, 0, 0] = 1.0  # rightmost slice, top, front
    turn = Turn.of(grid)
    assert turn.array(values).shape == (4, 5, 6)
    assert turn.array(values)[0, 0, 0] == 1.0
    assert turn.spacing(grid) == (2.0, 1.0, 0.5)
    assert pixel_aspect("sagittal", turn.spacing(grid)) == 2.0


def test_centre_of_a_ring_lies_on_the_ring() -> None:
    mask = np.zeros((5, 9, 9), bool)
    mask[2, 1:8, 1:8] = True
    mask[2, 3:6, 3:6] = False
    assert mask[centre_of(mask)]
    assert cut(mask, "axial", centre_of(mask)).sum() == mask.sum()


def test_phase_picture_shows_every_phase_in_every_plane_and_the_pre_phase_too(
    examples: dict[str, object],
) -> None:
    canvas = drawn(PHASES, examples["phases"])
    images = [ax for ax in canvas.axes if ax.images]
    assert len(images) == 3 * 5
    assert [ax.get_title() for ax in images[:5]] == ["pre", "post1", "post2", "post3", "post4"]
    windows = {ax.images[0].get_clim() for ax in images}
    assert len(windows) == 1  # one common window
    assert all(ax.collections for ax in images)  # the outline, on the pre-contrast phase as well


def test_two_post_contrast_phases_are_enough(gallery: ModuleType, rng: np.random.Generator) -> None:
    series, roi = gallery.phantom(rng, n_post=2, sagittal=True)
    from tilscope.figures import phase_pictures

    canvas = drawn(PHASES, phase_pictures("sub-1", series, roi))
    assert len([ax for ax in canvas.axes if ax.images]) == 9


def test_roc_says_auc_interval_and_both_classes(examples: dict[str, object]) -> None:
    record = examples["roc"]
    curve = record.curves[0]  # type: ignore[attr-defined]
    told = "\n".join(texts(drawn(ROC, record)))
    assert f"AUC {curve.auc:.3f}" in told
    assert "95% CI 0.790-0.970" in told
    assert f"{curve.n_positive} high, {curve.n_negative} low" in told


def test_roc_without_an_interval_says_so(examples: dict[str, object]) -> None:
    curve = dataclasses.replace(examples["roc"].curves[0], ci_low=None, ci_high=None)  # type: ignore[attr-defined]
    record = dataclasses.replace(examples["roc"], curves=(curve,))  # type: ignore[type-var]
    assert "no interval" in "\n".join(texts(drawn(ROC, record)))


def test_scores_draw_a_point_per_patient_and_the_cutoff(examples: dict[str, object]) -> None:
    record = examples["scores"]
    canvas = drawn(SCORES, record)
    points = sum(len(c.get_offsets()) for ax in canvas.axes for c in ax.collections)
    assert points == len(record.frame)  # type: ignore[attr-defined]
    assert "cut-off\n0.487" in texts(canvas)


def test_flow_of_a_single_patient_without_branches() -> None:
    record = PatientFlow((FlowStep("Patients in the study", 1), FlowStep("Complete", 1)))
    assert "n = 1" in texts(drawn(FLOW, record))
    assert FLOW.legend(record) == "1 patient came in, 0 left the analysis for the stated reasons, 1 stayed."


def test_flow_sums_up_the_reasons_that_do_not_fit() -> None:
    reasons = tuple((f"IMG-{i:02d}: reason {i}", 1) for i in range(1, 15))
    shown = texts(drawn(FLOW, PatientFlow((FlowStep("In", 20), FlowStep("Out", 6, reasons)))))
    assert "Left out: n = 14" in shown
    assert "5  for other reasons" in shown


def test_a_dollar_in_a_name_is_a_dollar() -> None:
    record = PatientFlow((FlowStep("Patients", 3), FlowStep("Rest", 2, (("price $5 and $ 6^7_8", 1),))))
    assert render(FLOW, record, "svg").startswith(b"<?xml")


def test_curve_without_times_is_drawn_evenly(examples: dict[str, object]) -> None:
    record = dataclasses.replace(examples["enhancement"], times_s=None)  # type: ignore[type-var]
    canvas = drawn(ENHANCEMENT, record)
    assert canvas.axes[0].get_xlabel() == "Phase (times unknown)"
    assert len(canvas.axes[0].get_xticks()) == 5


def test_signatures_write_the_adjusted_p(examples: dict[str, object]) -> None:
    titles = [ax.get_title() for ax in drawn(SIGNATURES, examples["signatures"]).axes]
    assert any(title.startswith("T-cell-inflamed\nadjusted p = ") for title in titles)
