"""A tiny hospital: NIfTI phases, masks and a clinical table, quick enough to break it in many ways."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np

SHAPE = (20, 20, 16)  # x, y, z
AFFINE = np.diag([1.0, 1.0, 1.5, 1.0])
QUICK = """\
profile = "recommended"
[registration]
method = "none"
margin_mm = 5.0
[bias]
method = "none"
[normalisation]
scope = "image"
[radiomics]
image_types = ["original"]
[split]
training_fraction = 0.5
[selection]
n_folds = 3
[honesty]
n_splits = 0
"""


def lesion() -> np.ndarray:
    """Return a ball of radius 4 voxels in the middle."""
    x, y, z = np.meshgrid(*(np.arange(n) - n / 2 for n in SHAPE), indexing="ij")
    return x**2 + y**2 + z**2 <= 16


def save(array: np.ndarray, file: Path, affine: np.ndarray = AFFINE) -> None:
    """Write a NIfTI file with its position."""
    file.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(array, affine)
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    nib.save(image, file)


def write_patient(folder: Path, patient: str, seed: int, *, is_high: bool, n_post: int = 3) -> None:
    """Write a patient whose lesion is smooth (high TILs) or coarse (low)."""
    rng = np.random.default_rng(seed)
    mask = lesion()
    tissue = 200 + rng.normal(0, 10, SHAPE)
    texture = rng.normal(0, 5 if is_high else 40, SHAPE)
    for phase in range(n_post + 1):
        enhancement = (0, 150, 170, 160, 150)[phase]
        image = tissue + rng.normal(0, 4, SHAPE) + mask * (enhancement + (phase > 0) * texture)
        save(image.astype(np.float32), folder / patient / f"phase-{phase}.nii.gz")
    save(mask.astype(np.uint8), folder / patient / f"{patient}_lesion_post1.nii.gz")


def write_hospital(folder: Path, n_patients: int = 12) -> list[str]:
    """Write a cohort and its clinical table; half of the patients have high TILs."""
    patients = [f"{k + 1:03d}" for k in range(n_patients)]  # ids that a spreadsheet would turn into 1, 2, 3
    rows = ["patient_id,stils,age"]
    for k, patient in enumerate(patients):
        write_patient(folder, patient, k, is_high=k % 2 == 0)
        rows.append(f"{patient},{40 if k % 2 == 0 else 5},{50 + k}")
    (folder / "clinical.csv").write_text("\n".join(rows) + "\n")
    return patients
