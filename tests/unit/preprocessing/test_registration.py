"""Registration on phantoms whose true deformation is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tilscope.preprocessing import ENGINES, RegistrationSettings, register
from tilscope.preprocessing.displacement import DisplacementField
from tilscope.preprocessing.engines import engine
from tilscope.preprocessing.similarity import lesion_similarity
from tilscope.vocabulary import DceSeries, GeometryError, Grid, Roi, RoiError, SeriesError, Volume

# what issue 2 accepts on smooth phantoms
MAX_ERROR_MM = 0.7
MAX_JACOBIAN_ERROR = 0.05
SETTINGS = RegistrationSettings(margin_mm=20.0)


def lesion_error(pair, vectors, grid, start):
    inside = pair.roi.mask[tuple(slice(a, a + n) for a, n in zip(start, grid.shape, strict=True))]
    points = pair.positions(grid)[inside]
    local = (vectors @ np.asarray(grid.direction))[inside][:, ::-1]
    truth = pair.deformation.displacement(points)
    jacobian = DisplacementField(vectors, grid, start).jacobian()[inside].mean()
    true_jacobian = pair.deformation.jacobian(points).mean()
    return np.linalg.norm(local - truth, axis=1).mean(), jacobian / true_jacobian - 1


@pytest.fixture(scope="module")
def registered(small_pair):
    pair = small_pair()
    return pair, register(pair.series, pair.roi_on_post2, SETTINGS)


@pytest.mark.parametrize("direction", ["axial", "sagittal", "oblique"])
@pytest.mark.parametrize("phase", ["pre", "post2"])
def test_greedy_finds_the_true_deformation(small_pair, direction, phase):
    pair = small_pair(direction)
    start, stop = pair.roi.box(20.0)
    fixed = pair.series.phase("post1").cropped(start, stop)
    vectors = engine("greedy").displace(fixed, pair.series.phase(phase), SETTINGS)
    error, jacobian = lesion_error(pair, vectors, fixed.grid, start)
    assert error < MAX_ERROR_MM
    assert abs(jacobian) < MAX_JACOBIAN_ERROR


def test_affine_lies_between_nothing_and_greedy(small_pair):
    pair = small_pair()
    start, stop = pair.roi.box(20.0)
    fixed = pair.series.phase("post1").cropped(start, stop)
    errors = [
        lesion_error(
            pair, engine(name).displace(fixed, pair.series.phase("post2"), SETTINGS), fixed.grid, start
        )[0]
        for name in ("greedy", "affine", "none")
    ]
    assert errors[0] < errors[1] < 0.5 * errors[2]


def test_the_record_of_a_registration(registered):
    pair, found = registered
    assert [p.phase for p in found.phases] == ["pre", "post1", "post2"]
    start, stop = pair.roi_on_post2.box(20.0)
    assert found.start == start
    crop = pair.series.phase("post1").cropped(start, stop)
    assert np.array_equal(found.series.phase("post1").array, crop.array)
    assert all(phase.grid == crop.grid for phase in found.series.phases)
    points = pair.positions(crop.grid)[found.roi.mask]
    truth = np.linalg.norm(pair.deformation.displacement(points), axis=1).mean()
    for phase in (found.phases[0], found.phases[2]):
        assert phase.displacement_mm == pytest.approx(truth, abs=MAX_ERROR_MM)
        assert phase.similarity_after > phase.similarity_before + 0.2
        assert phase.similarity_after > 0.7
    assert (found.phases[1].displacement_mm, found.phases[1].jacobian) == (0.0, 1.0)
    assert any(note.startswith("REG-02 post2") for note in found.notes)


def test_the_roi_travels_with_its_phase(registered):
    pair, found = registered
    start, stop = pair.roi_on_post2.box(20.0)
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    truth, pasted = pair.roi.mask[box], pair.roi_on_post2.mask[box]

    def dice(a, b):
        return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))

    assert found.roi.phase == "post1"
    assert dice(found.roi.mask, truth) > 0.93
    assert dice(pasted, truth) < 0.8


def test_an_roi_on_post1_stays_as_drawn(small_pair):
    pair = small_pair()
    found = register(pair.series, pair.roi, RegistrationSettings(method="none"))
    assert found.roi.n_voxels == pair.roi.n_voxels
    stop = tuple(a + n for a, n in zip(found.start, found.roi.grid.shape, strict=True))
    for aligned, phase in zip(found.series.phases, pair.series.phases, strict=True):
        assert np.array_equal(aligned.array, phase.cropped(found.start, stop).array)
    assert all(phase.jacobian == 1.0 and phase.displacement_mm == 0.0 for phase in found.phases)


@pytest.mark.parametrize("name", [e.name for e in ENGINES if e.name != "syn"])
def test_equal_images_stay_in_place(small_pair, name):
    pair = small_pair()
    start, stop = pair.roi.box(15.0)
    fixed = pair.series.phase("post1").cropped(start, stop)
    vectors = engine(name).displace(fixed, fixed, SETTINGS)
    assert vectors.shape == (*fixed.grid.shape, 3)
    inside = pair.roi.mask[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    # greedy's steps have a fixed length, so it hovers around the optimum by a third of a voxel (1.8 mm)
    assert np.linalg.norm(vectors[inside], axis=-1).mean() < 0.35 * 1.8


def test_the_warp_is_not_rounded(small_pair):
    pair = small_pair()
    start, stop = pair.roi.box(15.0)
    fixed = pair.series.phase("post1").cropped(start, stop)
    vectors = engine("greedy").displace(fixed, pair.series.phase("post2"), SETTINGS)
    # smoothed by 3 mm and more, the field bends by some hundredths of a millimetre from voxel to voxel; rounded to
    # tenths of a voxel (greedy's default) it would be flat at half of the places and jump by 0.2 mm at others
    bends_mm = np.abs(np.diff(vectors, 2, axis=2))
    assert bends_mm.max() < 0.1
    assert np.count_nonzero(bends_mm < 1e-9) < 0.01 * bends_mm.size


def test_engines_are_silent(small_pair, capfd):
    pair = small_pair()
    register(pair.series, pair.roi, RegistrationSettings(margin_mm=10.0))
    heard = capfd.readouterr()
    assert heard.out == ""
    assert heard.err == ""


def test_another_patients_phase_is_reported(small_pair):
    pair, other = small_pair(), small_pair(noise=0.03, shift_mm=0.0)
    foreign = np.ascontiguousarray(other.series.phase("post2").array[::-1, :, ::-1])
    series = replace(pair.series, phases=(*pair.series.phases[:2], Volume(foreign, pair.roi.grid)))
    found = register(series, pair.roi, SETTINGS)
    assert any(note.startswith("REG-03 post2") for note in found.notes)
    assert not any(note.startswith("REG-03 pre") for note in found.notes)


def test_a_lesion_far_away_is_reported(small_pair):
    pair = small_pair()
    found = register(pair.series, pair.roi, SETTINGS.model_copy(update={"max_displacement_mm": 2.0}))
    assert any(note.startswith("REG-01 pre") for note in found.notes)


def test_similarity_ignores_the_sign_of_the_contrast(small_pair):
    pair = small_pair()
    post1 = pair.series.phase("post1")
    inverted = post1.with_array(-2.0 * post1.array + 7.0)
    assert lesion_similarity(post1, inverted, pair.roi) == pytest.approx(1.0, abs=1e-9)
    flat = post1.with_array(np.full(post1.grid.shape, 3.0))
    assert lesion_similarity(post1, flat, pair.roi) == 0.0


class TestRefusals:
    grid = Grid((8, 12, 12), (2.0, 1.0, 1.0))

    def series(self, *grids, n_pre=1):
        phases = tuple(Volume(np.ones(g.shape, dtype=np.float32), g) for g in grids)
        return DceSeries(phases, None, "test", n_pre)

    def roi(self, grid=None, phase="post1", empty=False):
        grid = grid or self.grid
        mask = np.zeros(grid.shape, dtype=bool)
        mask[3:6, 4:8, 4:8] = not empty
        return Roi(mask, grid, phase=phase)

    def rule(self, error, series, roi, **kwargs):
        with pytest.raises(error) as caught:
            register(series, roi, RegistrationSettings(**{"method": "none", **kwargs}))
        assert caught.value.remedy
        return caught.value.rule

    def test_phases_on_two_grids(self):
        other = replace(self.grid, spacing_mm=(2.0, 1.1, 1.0))
        assert self.rule(GeometryError, self.series(other, self.grid), self.roi()) == "IMG-15"

    def test_roi_on_another_grid(self):
        moved = replace(self.grid, origin_mm=(1.0, 0.0, 0.0))
        assert self.rule(GeometryError, self.series(self.grid, self.grid), self.roi(moved)) == "ROI-42"

    def test_roi_on_a_phase_that_is_not_there(self):
        series = self.series(self.grid, self.grid)
        assert self.rule(RoiError, series, self.roi(phase="post4")) == "ROI-46"

    def test_empty_roi(self):
        assert self.rule(RoiError, self.series(self.grid, self.grid), self.roi(empty=True)) == "ROI-33"

    def test_no_post_contrast_phase(self):
        series = self.series(self.grid, n_pre=1)
        assert self.rule(SeriesError, series, self.roi(phase="pre")) == "IMG-03"

    def test_a_phase_without_tissue(self):
        series = self.series(self.grid, self.grid)
        assert self.rule(SeriesError, series, self.roi(), method="greedy") == "REG-06"


def planted(field, monkeypatch):
    """Let the engine ``none`` return a displacement of our choice."""
    monkeypatch.setattr(
        "tilscope.preprocessing.registration.engine",
        lambda name: replace(engine("none"), displace=lambda fixed, moving, settings: field(fixed)),
    )


def test_an_roi_that_shrinks_on_the_way_is_refused(small_pair, monkeypatch):
    pair = small_pair()

    def halves(fixed):
        matrix = fixed.grid.index_to_lps()
        index = np.stack(np.meshgrid(*[np.arange(n) for n in fixed.grid.shape], indexing="ij"), -1)
        points = index @ matrix[:3, :3].T + matrix[:3, 3]
        return 0.6 * (points - points.reshape(-1, 3).mean(axis=0))

    planted(halves, monkeypatch)
    with pytest.raises(RoiError) as caught:
        register(pair.series, pair.roi_on_post2, SETTINGS)
    assert caught.value.rule == "REG-05"


def test_an_roi_that_vanishes_on_the_way_is_refused(small_pair, monkeypatch):
    pair = small_pair()
    planted(lambda fixed: np.full((*fixed.grid.shape, 3), 500.0), monkeypatch)
    with pytest.raises(RoiError) as caught:
        register(pair.series, pair.roi_on_post2, SETTINGS)
    assert caught.value.rule == "ROI-33"


def test_a_lesion_at_the_border_is_reported(small_pair):
    pair = small_pair()
    start, stop = pair.roi.box()
    series = replace(pair.series, phases=tuple(p.cropped(start, stop) for p in pair.series.phases))
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    roi = Roi(pair.roi.mask[box], series.phases[0].grid)
    found = register(series, roi, RegistrationSettings(method="none"))
    assert any(note.startswith("ROI-43") for note in found.notes)
