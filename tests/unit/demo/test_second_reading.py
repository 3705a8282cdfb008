"""The hospital's second readings: some patients, near the first outline, and not the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from tilscope.demo.plan import WRONG_GRID, plan_hospital
from tilscope.demo.second_reading import redrawn, second_masks, second_percent
from tilscope.demo.tables import clinical_table
from tilscope.statistics import icc

SPACING = (2.0, 1.4, 1.4)


def ball(radius_mm: float) -> np.ndarray:
    z, y, x = (np.arange(n) - n / 2 for n in (24, 40, 40))
    return (
        (z[:, None, None] * SPACING[0]) ** 2 + (y[:, None] * SPACING[1]) ** 2 + (x * SPACING[2]) ** 2
    ) <= radius_mm**2


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def test_every_third_patient_has_a_second_reader_and_every_sixth_a_second_session() -> None:
    plan = plan_hospital(5, 24)
    found = [sorted(second_masks(p, ball(9.0), SPACING)) for p in plan.patients]
    wrong = next(p.number for p in plan.patients if p.fault == WRONG_GRID)
    assert sum(f == ["reader-B"] for f in found) == 8 - (wrong % 3 == 1)
    assert sum(f == ["session-2"] for f in found) == 4 - (wrong % 6 == 2)
    assert found[wrong] == []


def test_a_second_outline_is_near_the_first_and_one_piece() -> None:
    rng = np.random.default_rng(4)
    first = ball(9.0)
    again = [redrawn(first, SPACING, rng, shift_mm=0.35, wave_mm=1.0) for _ in range(12)]
    similar = [dice(first, mask) for mask in again]
    assert min(similar) > 0.7
    assert max(similar) < 0.99
    assert 0.86 < np.mean(similar) < 0.97  # readers of breast lesions: .85 to .95
    assert all(ndimage.label(mask)[1] == 1 for mask in again)
    np.testing.assert_array_equal(redrawn(first, SPACING, rng, shift_mm=0.0, wave_mm=1e-6), first)


def test_a_tiny_outline_does_not_vanish() -> None:
    first = np.zeros((8, 8, 8), bool)
    first[4, 4, 4] = True
    rng = np.random.default_rng(0)
    assert all(redrawn(first, SPACING, rng, shift_mm=3.0, wave_mm=1.0).any() for _ in range(20))


def test_the_second_pathologist_agrees_mostly() -> None:
    table = clinical_table(plan_hospital(3, 120)).query("stils_reader_1 != ''")
    both = table[["stils_reader_1", "stils_reader_2"]].astype(float).to_numpy()
    assert ((both >= 0) & (both <= 95)).all()
    assert 0.75 < float(icc(both).form().value) < 0.97
    with np.errstate(all="raise"):
        assert second_percent(0.0, np.random.default_rng(1)) <= 2.0


@pytest.mark.parametrize("reading", ["reader-B", "session-2"])
def test_the_files_say_who_read(hospital: Any, reading: str) -> None:
    names = sorted(f.name for f in (hospital.folder / "masks").glob(f"*_{reading}.nrrd"))
    expected = {
        p.patient_id
        for p in hospital.plan.patients
        if reading in second_masks(p, ball(9.0), SPACING)
    }  # fmt: skip
    assert {name.split("_")[0] for name in names} == expected
    assert expected
