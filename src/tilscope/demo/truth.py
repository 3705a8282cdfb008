"""The planted truth, kept outside the folder that the hospital hands over."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

from tilscope.demo.genes import IMMUNE_SETS, NULL_SETS, planted_genes
from tilscope.demo.plan import HospitalPlan
from tilscope.vocabulary import InputError


@dataclass(frozen=True, slots=True)
class PatientTruth:
    """What was planted in one patient.

    Attributes
    ----------
    patient_id : str
        The hospital's id.
    latent_til : float
        Planted lymphocyte score.
    stils : float or None
        sTIL percent in the clinical table; None for the patient without.
    fault : str
        ``misregistered``, ``wrong-grid``, ``no-stils``, ``truncated`` or empty.
    lesion_volume_mm3 : float
        True lesion volume in ``post1``, in mm^3.
    mask_phase, mask_file : str
        Phase that the mask was drawn on; file relative to the folder handed over.
    times_s : tuple of float
        Seconds of each phase from the first post-contrast phase.
    motion_mm : dict of str to float
        Mean displacement of the lesion in each phase against ``post1``, in mm (without the planted jump).
    jumped_phase : str
        Phase with the planted non-physical jump, or empty.
    has_expression : bool
        True when the patient is in the expression table.
    """

    patient_id: str
    latent_til: float
    stils: float | None
    fault: str
    lesion_volume_mm3: float
    mask_phase: str
    mask_file: str
    times_s: tuple[float, ...]
    motion_mm: dict[str, float]
    jumped_phase: str
    has_expression: bool


@dataclass(frozen=True, slots=True)
class Truth:
    """The whole planted cohort: patients in order, genes and gene sets that follow the score, and null sets."""

    seed: int
    patients: tuple[PatientTruth, ...]
    planted_genes: tuple[str, ...]
    planted_sets: tuple[str, ...]
    null_sets: tuple[str, ...]

    def with_fault(self, fault: str) -> tuple[str, ...]:
        """Return the ids of the patients with this planted fault."""
        return tuple(p.patient_id for p in self.patients if p.fault == fault)

    def to_json(self) -> str:
        """Return the truth as indented JSON, always in the same order."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Truth:
        """Read what ``to_json`` wrote.

        Raises
        ------
        InputError
            RUN-76 if the text is not a truth file.
        """
        try:
            data = json.loads(text)
            patients = tuple(_patient(row) for row in data["patients"])
            rest = {k: data[k] for k in ("seed", "planted_genes", "planted_sets", "null_sets")}
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                "RUN-76",
                "this is not the planted truth of a demo cohort",
                found=error,
                expected="what Truth.to_json wrote",
                remedy="Run the demo again.",
            ) from error
        return cls(
            int(rest["seed"]),
            patients,
            *(tuple(rest[k]) for k in ("planted_genes", "planted_sets", "null_sets")),
        )


def _patient(row: dict[str, object]) -> PatientTruth:
    values = {field.name: row[field.name] for field in fields(PatientTruth)}
    return PatientTruth(**(values | {"times_s": tuple(row["times_s"])}))  # type: ignore[arg-type]


def gather_truth(plan: HospitalPlan, patients: Iterable[PatientTruth]) -> Truth:
    """Put the patients' truths, in any order, and the planted genes together."""
    by_id = {patient.patient_id: patient for patient in patients}
    return Truth(
        seed=plan.seed,
        patients=tuple(by_id[patient.patient_id] for patient in plan.patients),
        planted_genes=planted_genes(),
        planted_sets=tuple(IMMUNE_SETS),
        null_sets=tuple(NULL_SETS),
    )
