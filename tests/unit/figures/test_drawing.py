"""What is drawn where: labels apart, stars right, planes turned, boxes inside."""

from __future__ import annotations

import dataclasses
import io
from types import ModuleType

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.image import AxesImage
from matplotlib.text import Text
from PIL import Image

from tilscope.figures import (
    ENHANCEMENT,
    FLOW,
    PHASES,
    ROC,
    SCORES,
    SIGNATURES,
    VOLCANO,
    Figure,
    FlowStep,
    PatientFlow,
    View,
    checkerboards,
    enhancement_picture,
    figure_named,
    render,
    render_small,
)
from tilscope.figures.biology.volcano import changed
from tilscope.figures.boxes import spread_points, stars
from tilscope.figures.labels import label_points
from tilscope.figures.patients.phases import shown_of
from tilscope.figures.patients.sheet import HEAD_MM, PIXEL_MM, SHEET_DPI
from tilscope.figures.patients.views import Turn, centre_of, cut, outline_mm, pixel_mm
from tilscope.vocabulary import Grid, Roi, Volume

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
    assert pixel_mm("sagittal", turn.spacing(grid)) == (2.0, 1.0)


def test_centre_of_a_ring_lies_on_the_ring() -> None:
    mask = np.zeros((5, 9, 9), bool)
    mask[2, 1:8, 1:8] = True
    mask[2, 3:6, 3:6] = False
    assert mask[centre_of(mask)]
    assert cut(mask, "axial", centre_of(mask)).sum() == mask.sum()


def images_of(canvas: Canvas) -> list[AxesImage]:
    return [image for ax in canvas.axes for image in ax.images]


def test_phase_picture_shows_every_phase_in_every_plane_and_the_pre_phase_too(
    examples: dict[str, object],
) -> None:
    canvas = drawn(PHASES, examples["phases"])
    images = images_of(canvas)
    assert len(images) == 3 * 5
    assert [t for t in texts(canvas) if t.startswith(("pre", "post"))] == [
        "pre",
        "post1",
        "post2",
        "post3",
        "post4",
    ]
    assert len({image.get_clim() for image in images}) == 1  # one common window
    assert len(canvas.axes[0].collections) == 3 * 5  # the outline, on the pre-contrast phase as well


def test_two_post_contrast_phases_are_enough(gallery: ModuleType, rng: np.random.Generator) -> None:
    series, roi = gallery.phantom(rng, n_post=2, sagittal=True)
    from tilscope.figures import phase_pictures

    assert len(images_of(drawn(PHASES, phase_pictures("sub-1", series, roi)))) == 9


@pytest.mark.parametrize(
    ("n", "always", "shown"),
    [
        (8, 1, (0, 1, 2, 3, 4, 5, 6, 7)),
        (29, 1, (0, 1, 8, 12, 16, 20, 24, 28)),  # every fourth, but 1 in the place of 4
        (29, 12, (0, 4, 8, 12, 16, 20, 24, 28)),
    ],
)
def test_of_many_phases_the_first_the_reference_and_the_last_are_shown(
    n: int, always: int, shown: tuple[int, ...]
) -> None:
    assert shown_of(n, always=always) == shown


@pytest.mark.parametrize("name", ["phases", "flicker", "checkerboard", "subtraction", "jacobian", "bias"])
def test_nothing_on_a_sheet_is_cut_or_lies_on_something_else(name: str, examples: dict[str, object]) -> None:
    figure = figure_named(name)
    canvas = drawn(figure, examples[name])
    renderer = FigureCanvasAgg(canvas).get_renderer()
    (ax,) = canvas.axes
    boxes = [(t.get_text(), Text.get_window_extent(t, renderer)) for t in ax.texts]
    width, height = canvas.get_size_inches() * canvas.dpi
    for text, box in boxes:
        assert box.x0 >= -0.5, text
        assert box.x1 <= width + 0.5, text
        assert box.y0 >= -0.5, text
        assert box.y1 <= height + 0.5, text
    for i, (text, box) in enumerate(boxes):
        for other, place in boxes[i + 1 :]:
            overlap = (
                min(box.x1, place.x1) - max(box.x0, place.x0),
                min(box.y1, place.y1) - max(box.y0, place.y0),
            )
            assert min(overlap) <= 1.0, (text, other)
    pictures = [image.get_extent() for image in images_of(canvas)]
    for i, (left, right, bottom, top) in enumerate(pictures):
        for other_left, other_right, other_bottom, other_top in pictures[i + 1 :]:
            assert right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top


def test_letters_say_where_the_patients_right_and_front_are(examples: dict[str, object]) -> None:
    record = examples["phases"]
    (ax,) = drawn(PHASES, record).axes
    letters = {
        t.get_text(): t.get_position() for t in ax.texts[:4]
    }  # of the axial plane, which is drawn first
    assert set(letters) == {"A", "P", "R", "L"}
    assert letters["A"][1] < letters["P"][1]  # paper runs downwards
    assert letters["R"][0] < letters["L"][0]


def test_the_bar_has_the_length_that_it_tells(examples: dict[str, object]) -> None:
    record = examples["phases"]
    (ax,) = drawn(PHASES, record).axes
    told = next(float(t.get_text().removesuffix(" mm")) for t in ax.texts if t.get_text().endswith(" mm"))
    left, right = ax.lines[0].get_xdata()
    image = ax.images[0]  # axial: 76 voxels of 0.8 mm from right to left
    picture_left, picture_right, _, _ = image.get_extent()
    assert (right - left) / (picture_right - picture_left) == pytest.approx(told / (76 * 0.8))


def test_an_outline_follows_the_voxels_edges() -> None:
    inside = np.zeros((4, 5), bool)
    inside[1, 2:4] = True  # two pixels of 2 x 3 mm: a rectangle from (6, 2) to (12, 4)
    edges = outline_mm(inside, (2.0, 3.0))
    assert len(edges) == 6
    assert edges[..., 0].min() == 6
    assert edges[..., 0].max() == 12
    assert edges[..., 1].min() == 2
    assert edges[..., 1].max() == 4
    assert np.abs(np.diff(edges, axis=1)).sum() == 3 * 4 + 2 * 2  # all around


def test_frames_differ_in_the_images_only(examples: dict[str, object]) -> None:
    record = examples["flicker"]
    still = dataclasses.replace(
        record,
        frames=(record.frames[0],) * 3,
        windows=(record.windows[0],) * 3,  # type: ignore[attr-defined,type-var]
    )
    with Image.open(io.BytesIO(render_small(figure_named("flicker"), still, dpi=SHEET_DPI))) as picture:
        pixels = np.asarray(picture.convert("L")).astype(int)
    assert len(pixels) % 3 == 0
    frames = pixels.reshape(3, len(pixels) // 3, -1)
    head = round(HEAD_MM / PIXEL_MM) + 2  # the titles stand there
    for other in frames[1:]:
        assert (
            np.abs(frames[0, head:] - other[head:]).max() <= 8
        )  # twice the palette's error, measured as 4 on greys


def test_a_checkerboard_takes_squares_of_ten_millimetres_by_turns() -> None:
    grid = Grid((3, 40, 40), (1.0, 1.0, 1.0))
    rising = Volume(np.tile(np.linspace(0, 1, 40, dtype=np.float32), (3, 40, 1)), grid)
    falling = rising.with_array(1 - rising.array)
    mask = np.zeros(grid.shape, bool)
    mask[1, 20, 20] = True
    boards = checkerboards("sub-1", View.of(Roi(mask, grid)), rising, falling, rising, phase="pre")
    axial = boards.before[0]
    assert [bool(axial[5, k] < axial[5, k + 1]) for k in (2, 12, 22, 32)] == [True, False, True, False]
    assert [bool(axial[15, k] < axial[15, k + 1]) for k in (2, 12, 22, 32)] == [False, True, False, True]
    assert (np.diff(boards.after[0], axis=1) > 0).all()  # nothing is seen of squares where both phases agree


def test_a_subtraction_is_the_difference_in_one_window(examples: dict[str, object]) -> None:
    record = examples["subtraction"]
    assert {image.get_clim() for image in images_of(drawn(figure_named("subtraction"), record))[:6]} == {
        (-record.spread, record.spread)  # type: ignore[attr-defined]
    }


def test_folded_tissue_is_black_and_the_lesions_mean_is_told(examples: dict[str, object]) -> None:
    record = examples["jacobian"]
    assert np.isnan(record.planes[3][0]).any()  # type: ignore[attr-defined]  # 1 + 1.3 sin cos goes below 0
    assert not np.isnan(record.planes[0][0]).any()  # type: ignore[attr-defined]
    canvas = drawn(figure_named("jacobian"), record)
    assert f"lesion {record.lesion_means[0]:.3f}" in texts(canvas)  # type: ignore[attr-defined]
    low, high = images_of(canvas)[0].get_clim()
    assert (low + high) / 2 == 1.0  # white is no change


def test_the_corrected_image_is_the_raw_one_over_the_factor(examples: dict[str, object]) -> None:
    record = examples["bias"]
    for raw, log, corrected in zip(record.raw, record.log_field, record.corrected, strict=True):  # type: ignore[attr-defined]
        np.testing.assert_allclose(corrected * np.exp(log), raw, rtol=1e-5)
    factors = [float(np.exp(np.abs(log).max())) for log in record.log_field]  # type: ignore[attr-defined]
    assert max(factors) <= record.limit  # type: ignore[attr-defined]


def test_a_slab_lies_where_its_plane_lies(gallery: ModuleType, rng: np.random.Generator) -> None:
    _, roi = gallery.phantom(rng, sagittal=True)
    view = View.of(roi)
    index = np.indices(roi.grid.shape).reshape(3, -1)
    points = (roi.grid.index_to_lps() @ np.vstack([index, np.ones(index.shape[1])]))[:3]
    for axis in range(3):
        place = points[axis].reshape(roi.grid.shape)
        for plane, values in zip(("axial", "coronal", "sagittal"), view.planes(place), strict=True):
            slab = view.slab(roi.grid, plane)
            inside = np.indices(slab.shape).reshape(3, -1)
            found = (slab.index_to_lps() @ np.vstack([inside, np.ones(inside.shape[1])]))[axis]
            np.testing.assert_allclose(view.flat(found.reshape(slab.shape), plane), values, atol=1e-4)


def test_curves_of_one_statistic_keep_their_shape_and_per_phase_ones_are_told(gallery: ModuleType) -> None:
    times, names = (-90, 0, 90, 180, 270), ("pre", "post1", "post2", "post3", "post4")
    same, apart = (
        enhancement_picture("sub-1", names, times, gallery.normalisation(s))
        for s in ("reference-phase", "per-phase")
    )
    assert same.percent == (0, 96, 121, 117, 104)
    np.testing.assert_allclose(same.after, [0, 192, 242, 234, 208])  # 100 / sd 50 per unit of signal
    np.testing.assert_allclose(same.undistorted, same.after)
    np.testing.assert_allclose(apart.undistorted, same.after)
    # (s - m) / sd x 100 with the phases' own: 50, 152, 156.4, 137.5, 108.8
    np.testing.assert_allclose(apart.after, [0, 102, 106.3636, 87.5, 58.7719], rtol=1e-5)
    assert "takes part of the enhancement away" in ENHANCEMENT.legend(apart)
    assert "keeps its shape" in ENHANCEMENT.legend(same)
    assert len(drawn(ENHANCEMENT, apart).axes[1].lines) == len(drawn(ENHANCEMENT, same).axes[1].lines) + 1


def small_picture(pixels: np.ndarray) -> tuple[np.ndarray, Image.Image]:
    """Return the colours that a small PNG of a figure with just these pixels shows, and the file as a picture."""
    rows, columns = pixels.shape[:2]

    def draw(record: np.ndarray, ax: Axes) -> None:
        ax.set_axis_off()
        ax.get_figure(root=True).figimage(record, origin="upper")  # type: ignore[union-attr]

    plain = Figure("plain", "Plain", draw, lambda _: "", lambda _: (columns, rows))
    picture = Image.open(io.BytesIO(render_small(plain, pixels, dpi=MM)))  # type: ignore[arg-type]
    return np.asarray(picture.convert("RGB")).astype(int), picture


def test_a_palette_keeps_every_colour_of_a_picture_that_has_few() -> None:
    pixels = np.zeros((8, 64, 3), np.uint8)
    pixels[:, :, 0] = np.arange(64) * 4  # reds
    pixels[0] = 128
    shown, picture = small_picture(pixels)
    assert picture.mode == "P"
    assert shown.shape == pixels.shape
    assert np.abs(shown - pixels).max() <= 1
    assert picture.info["dpi"] == pytest.approx((MM, MM), rel=1e-3)
    assert set(picture.info) <= {"dpi"}  # no date, no program


def test_rare_colours_of_a_rich_picture_are_not_lost(rng: np.random.Generator) -> None:
    pixels = np.zeros((200, 200, 3), np.uint8)
    pixels[..., 2] = rng.integers(100, 255, (200, 200))
    pixels[..., 1] = rng.integers(0, 255, (200, 200))
    pixels[0, :3] = (250, 10, 10)  # a small mark in another colour
    shown, _ = small_picture(pixels)
    assert np.abs(shown[0, 0] - (250, 10, 10)).max() <= 2


def test_roc_says_auc_interval_and_both_classes(examples: dict[str, object]) -> None:
    record = examples["roc"]
    curve = record.curves[0]  # type: ignore[attr-defined]
    told = "\n".join(texts(drawn(ROC, record)))
    assert f"AUC {curve.auc:.3f}" in told
    assert "95% CI 0.790–0.970" in told
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
    canvas = drawn(SIGNATURES, examples["signatures"])
    texts = [text.get_text() for text in canvas.findobj(Text)]
    assert "T-cell-inflamed" in " ".join(texts)
    assert any("adjusted p = " in text for text in texts)
