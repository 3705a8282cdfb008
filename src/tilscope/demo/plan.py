"""Who is in the synthetic hospital: every patient's planted truth, decided before any file is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray

from tilscope.vocabulary import SettingsError

#: Text in every name, address and description that identifies a person: no output may contain it.
CANARY = "ZQCANARY"

MIN_PATIENTS = 8
MISREGISTERED = "misregistered"
WRONG_GRID = "wrong-grid"
NO_STILS = "no-stils"
TRUNCATED = "truncated"
#: Planted faults, one patient each.
FAULTS = (MISREGISTERED, WRONG_GRID, NO_STILS, TRUNCATED)

#: Seconds after the first post-contrast phase; the contrast agent comes 90 s before it (Su 2022).
TIMES_S = (-90.0, 0.0, 90.0, 180.0, 270.0)
PHASES = ("pre", "post1", "post2", "post3", "post4")

#: Share of patients with sTIL >= 20 % in Su 2022 (79 of 139).
SHARE_HIGH = 0.57
STILS_THRESHOLD = 20.0
#: Share of patients with RNA-seq in Su 2022 (116 of 139).
SHARE_EXPRESSION = 116 / 139

_COHORT_KEY, _PATIENT_KEY = 0, 1
_HOT_MEAN, _COLD_MEAN, _WITHIN_SD = 0.9, -0.95, 0.45
_READER_SD = 0.30
_MASK_FORMATS = ("seg", "seg", "seg", "seg.nrrd", "nrrd", "nii.gz")
_DIALECTS = ("acquisition", "temporal", "acquisition", "per-phase", "acquisition", "temporal")


@dataclass(frozen=True, slots=True)
class PatientPlan:
    """One patient before the examination: plain values, so that it travels to any worker.

    Attributes
    ----------
    seed, number : int
        The cohort's seed and the patient's place in it; together they fix every random draw.
    patient_id : str
        The hospital's id, such as ``H-1047``.
    latent_til : float
        Planted lymphocyte score, about -2..2; image, pathology and expression follow it.
    stils : float
        True lymphocyte share in percent as the pathologist would have read it, 0..100.
    dialect : str
        How the scanner tells phases apart: ``acquisition`` (AcquisitionNumber and times in one series),
        ``temporal`` (TemporalPositionIdentifier and TriggerTime in one series), ``per-phase`` (one series each).
    plane : str
        ``axial`` or ``sagittal`` slices.
    mask_format : str
        ``seg`` (DICOM), ``seg.nrrd``, ``nrrd`` or ``nii.gz``.
    has_expression : bool
        True when the tumour was sequenced.
    fault : str
        One of ``FAULTS``, or an empty string.
    """

    seed: int
    number: int
    patient_id: str
    latent_til: float
    stils: float
    dialect: str
    plane: str
    mask_format: str
    has_expression: bool
    fault: str = ""

    def rng(self, topic: int = 0) -> Generator:
        """Return the patient's own generator: the same whoever calls it, in whatever order.

        Topic 0 makes the examination; others keep what was added later apart from it.
        """
        key = (_PATIENT_KEY, self.number, *((topic,) if topic else ()))
        return np.random.default_rng(SeedSequence(self.seed, spawn_key=key))


@dataclass(frozen=True, slots=True)
class HospitalPlan:
    """The whole cohort: its seed and its patients in order."""

    seed: int
    patients: tuple[PatientPlan, ...]

    def rng(self, topic: int) -> Generator:
        """Return a generator for cohort-wide tables; ``topic`` (>= 1) keeps the tables apart."""
        return np.random.default_rng(SeedSequence(self.seed, spawn_key=(_COHORT_KEY, topic)))


def plan_hospital(seed: int, n_patients: int = 60) -> HospitalPlan:
    """Decide every patient's planted truth and every planted fault.

    Parameters
    ----------
    seed : int
        Any integer >= 0; the same seed gives the same hospital, byte for byte.
    n_patients : int, default 60
        Number of patients, >= 8 (so that all faults find a patient and both classes remain).

    Returns
    -------
    HospitalPlan

    Raises
    ------
    SettingsError
        SET-10 if ``n_patients`` is too small.
    """
    if n_patients < MIN_PATIENTS:
        raise SettingsError(
            "SET-10",
            "the synthetic hospital is too small",
            found=f"{n_patients} patients",
            expected=f"at least {MIN_PATIENTS}",
            remedy="Ask for more patients.",
        )
    rng = np.random.default_rng(SeedSequence(seed, spawn_key=(_COHORT_KEY, 0)))
    latent = _latent_scores(rng, n_patients)
    stils = _pathologist(rng, latent)
    ids = 1001 + np.sort(rng.choice(9 * n_patients, n_patients, replace=False))
    faults = dict(zip(rng.permutation(n_patients)[: len(FAULTS)].tolist(), FAULTS, strict=True))
    sequenced = set(rng.permutation(n_patients)[: round(SHARE_EXPRESSION * n_patients)].tolist())
    dialects, formats = (_dealt(rng, n_patients, kinds) for kinds in (_DIALECTS, _MASK_FORMATS))
    patients = tuple(
        _patient(
            PatientPlan(
                seed=seed,
                number=number,
                patient_id=f"H-{ids[number]}",
                latent_til=round(float(latent[number]), 4),
                stils=float(stils[number]),
                dialect=dialects[number],
                plane="sagittal" if rng.random() < 0.35 else "axial",
                mask_format=formats[number],
                has_expression=number in sequenced,
                fault=faults.get(number, ""),
            )
        )
        for number in range(n_patients)
    )
    return HospitalPlan(seed, patients)


def _patient(plan: PatientPlan) -> PatientPlan:
    """Give the patient with a wrong grid a mask whose file carries its own grid."""
    if plan.fault != WRONG_GRID:
        return plan
    values = {name: getattr(plan, name) for name in plan.__slots__}
    return PatientPlan(**(values | {"mask_format": "nii.gz"}))


def _dealt(rng: Generator, n: int, kinds: tuple[str, ...]) -> list[str]:
    """Deal the kinds to ``n`` patients in equal shares, in random order."""
    return [kinds[int(place) % len(kinds)] for place in rng.permutation(n)]


def _latent_scores(rng: Generator, n: int) -> NDArray[np.float64]:
    """Draw scores of inflamed and immune-cold tumours, in the paper's proportion, in random order."""
    is_hot = rng.permutation(np.arange(n) < round(SHARE_HIGH * n))
    return np.where(is_hot, _HOT_MEAN, _COLD_MEAN) + _WITHIN_SD * rng.standard_normal(n)


def _pathologist(rng: Generator, latent: NDArray[np.float64]) -> NDArray[np.float64]:
    """Read sTIL percent: logistic in the score (20 % at score 0), reader noise, read in the usual steps."""
    logit = np.log(0.2 / 0.8) + 1.5 * (latent + _READER_SD * rng.standard_normal(latent.size))
    percent = 100.0 / (1.0 + np.exp(-logit))
    stepped = np.where(percent < 10.0, np.round(percent), 5.0 * np.round(percent / 5.0))
    return np.clip(stepped, 0.0, 95.0)
