"""One small hospital, written once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pydicom
import pytest

from tilscope.demo import HospitalPlan, PatientPlan, PatientTruth, Truth, plan_hospital, write_hospital

SEED, N_PATIENTS = 11, 9


class Hospital(NamedTuple):
    folder: Path
    plan: HospitalPlan
    truth: Truth
    progress: list[tuple[int, int]]

    def images_of(self, plan: PatientPlan, folder: Path | None = None) -> list[pydicom.Dataset]:
        """Read every dynamic image of one patient (no localisers)."""
        return list(_images((folder or self.folder) / "dicom" / plan.patient_id))

    def volume_of(self, plan: PatientPlan, phase: int) -> np.ndarray:
        """Stack one phase of a patient whose phases are acquisitions."""
        images = [i for i in self.images_of(plan) if i.AcquisitionNumber == phase + 1]
        images.sort(key=lambda i: float(i.SliceLocation))
        return np.stack([i.pixel_array for i in images])

    def truth_of(self, fault: str) -> PatientTruth:
        """Return the truth of the patient with this fault."""
        (found,) = [p for p in self.truth.patients if p.fault == fault]
        return found

    def plan_of(self, patient_id: str) -> PatientPlan:
        """Return the plan of one patient."""
        (found,) = [p for p in self.plan.patients if p.patient_id == patient_id]
        return found


@lru_cache(maxsize=32)
def _images(folder: Path) -> tuple[pydicom.Dataset, ...]:
    files = sorted(f for f in folder.rglob("*") if f.is_file() and f.name != "Thumbs.db")
    images = [pydicom.dcmread(f) for f in files]
    return tuple(image for image in images if "LOCALIZER" not in image.ImageType)


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    folder = tmp_path_factory.mktemp("hospital")
    progress: list[tuple[int, int]] = []
    truth = write_hospital(
        folder, seed=SEED, n_patients=N_PATIENTS, on_progress=lambda done, n: progress.append((done, n))
    )
    return Hospital(folder, plan_hospital(SEED, N_PATIENTS), truth, progress)
