"""What a run found, as plain values, and the table that holds it against the planted truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Recovered:
    """What a run recovered; every key is the hospital's patient id. Empty means: not available.

    Attributes
    ----------
    scores : DataFrame
        Indexed by patient id; columns ``role`` (``training``, ``validation``), ``rad_tils_score`` (0..1),
        and ``til_level`` where known.
    validation_auc, auc_ci_low, auc_ci_high : float
        Area under the ROC curve on the validation set with its 95 % interval; NaN if it could not be made.
    differential_expression : DataFrame
        Indexed by gene; column ``p_value``, high against low Rad-TILs.
    immune_cells : DataFrame
        Indexed by gene set; column ``p_adjusted``, high against low Rad-TILs.
    enrichment : DataFrame
        Indexed by gene set; columns ``nes`` and ``p_adjusted`` of the gene set enrichment analysis, high against low.
    genes_against_chance : float
        Share of labellings of the groups, the true one included, with at least as many differing genes; NaN if it
        was not made.
    quarantined : tuple of (patient id, rule id)
        Patients (or their masks) that were left out, and the rule that said so.
    set_aside : tuple of str
        Patients whose images were processed but who take no part in training or validation.
    qc_flags : mapping of patient id to tuple of str
        What quality control says about a patient: the rule's id first, and the phase that it is about, as in
        ``REG-01 post3: the lesion lies 22.7 mm from its place in post1``.
    times_s : mapping of patient id to tuple of float
        Seconds of each phase from the first post-contrast phase.
    lesion_volume_mm3 : mapping of patient id to float
        Lesion volume after the way through registration, in mm^3.
    displacement_mm : mapping of patient id to mapping of phase to float
        Mean displacement of the lesion that registration found, in mm.
    """

    scores: pd.DataFrame
    validation_auc: float
    auc_ci_low: float
    auc_ci_high: float
    differential_expression: pd.DataFrame
    immune_cells: pd.DataFrame
    enrichment: pd.DataFrame = field(default_factory=pd.DataFrame)
    genes_against_chance: float = float("nan")
    quarantined: tuple[tuple[str, str], ...] = ()
    set_aside: tuple[str, ...] = ()
    qc_flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    times_s: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    lesion_volume_mm3: Mapping[str, float] = field(default_factory=dict)
    displacement_mm: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def rules(self, patient_id: str) -> tuple[str, ...]:
        """Return the rules by which this patient was quarantined."""
        return tuple(rule for found, rule in self.quarantined if found == patient_id)


@dataclass(frozen=True, slots=True)
class TruthRow:
    """One line: what was planted, what was recovered, what passing means, and whether it passed."""

    topic: str
    planted: str
    recovered: str
    expected: str
    passed: bool

    @property
    def verdict(self) -> str:
        """``pass`` or ``FAIL``."""
        return "pass" if self.passed else "FAIL"


@dataclass(frozen=True, slots=True)
class TruthTable:
    """Planted truth against what was recovered."""

    rows: tuple[TruthRow, ...]

    @property
    def passed(self) -> bool:
        """True when every row passed."""
        return all(row.passed for row in self.rows)

    def frame(self) -> pd.DataFrame:
        """Return the rows as text: ``topic``, ``planted``, ``recovered``, ``expected``, ``verdict``."""
        columns = ("topic", "planted", "recovered", "expected", "verdict")
        return pd.DataFrame([[getattr(row, c) for c in columns] for row in self.rows], columns=list(columns))
