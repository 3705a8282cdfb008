"""The plan: faults, shares and independence, decided before any file is written."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.demo import FAULTS, plan_hospital
from tilscope.vocabulary import SettingsError


def test_one_seed_gives_one_plan_and_another_seed_another() -> None:
    assert plan_hospital(7) == plan_hospital(7)
    assert plan_hospital(7) != plan_hospital(8)


def test_every_fault_is_planted_once_and_on_its_own_patient() -> None:
    patients = plan_hospital(3).patients
    assert sorted(p.fault for p in patients if p.fault) == sorted(FAULTS)


def test_ids_are_unique_and_look_like_a_hospitals() -> None:
    ids = [p.patient_id for p in plan_hospital(3).patients]
    assert len(set(ids)) == 60
    assert all(key.startswith("H-") and key[2:].isdigit() for key in ids)


@pytest.mark.parametrize("seed", range(5))
def test_share_of_high_tils_is_about_the_papers_57_percent(seed: int) -> None:
    stils = np.array([p.stils for p in plan_hospital(seed).patients])
    assert stils.min() >= 0
    assert stils.max() <= 100
    assert 0.45 <= np.mean(stils >= 20) <= 0.70  # 79 of 139 is .57; the reader's noise moves a few of 60


def test_share_of_sequenced_patients_is_the_papers() -> None:
    assert sum(p.has_expression for p in plan_hospital(1).patients) == 50  # 60 x 116 / 139 = 50.07


def test_dialects_and_mask_formats_are_dealt_independently_of_each_other() -> None:
    pairs = {(p.dialect, p.mask_format) for p in plan_hospital(1).patients}
    assert len({d for d, _ in pairs}) == 3
    assert len({m for _, m in pairs}) == 4
    assert len(pairs) >= 9


def test_the_patient_with_the_wrong_grid_has_a_mask_that_carries_a_grid() -> None:
    for seed in range(5):
        assert [p.mask_format for p in plan_hospital(seed).patients if p.fault == "wrong-grid"] == ["nii.gz"]


def test_a_patients_generator_depends_on_seed_and_number_only() -> None:
    small, large = plan_hospital(5, 8), plan_hospital(5, 30)
    assert small.patients[3].rng().random() == large.patients[3].rng().random()
    assert small.patients[3].rng().random() != small.patients[4].rng().random()


def test_too_small_a_hospital_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"SET-10.*7 patients.*at least 8"):
        plan_hospital(1, 7)
