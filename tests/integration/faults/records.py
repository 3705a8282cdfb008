"""What a fault is: a record, how it ends, and the table of ``docs/faults.md`` made of the records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .patients import Patient

ENDS = {"Q": "patient", "R": "refused", "W": "note", "ok": "right values"}


def nothing(_: Patient) -> None:
    """Leave the patient as it is."""


@dataclass(frozen=True)
class Case:
    """One way in which a fault of the list shows.

    Attributes
    ----------
    number : int
        Of the fault, 1 to 48.
    how : str
        What is wrong in this case, in a few words.
    ends : "Q", "R", "W" or "ok"
        That patient is quarantined; the command is refused; a note, and work goes on; the values are right.
    rule : str
        Rule id of the refusal or of the note; "" where the end is right values without a note.
    spoil : callable (patient)
        Edits the patient before the files are written.
    damage : callable (patient)
        Edits the files.
    made : mapping
        How the patient is made (``images=".nii"``, ``axes=...``).
    settings : mapping of table to keys
        What ``study.toml`` says besides.
    until : str
        Step up to which ``tilscope run`` goes; "" where the import shows the fault.
    words : sequence of str
        What the message or note must tell.
    error : float or None
        Largest error of the imported voxels; None where what comes in is not the truth.
    check : callable (study, key, patient)
        What else must hold.
    table : str
        The clinical table, where it is not the usual one.
    options : sequence of str
        Further words of the import command; ``{source}`` is the delivered folder.
    """

    number: int
    how: str
    ends: Literal["Q", "R", "W", "ok"]
    rule: str = ""
    spoil: Callable[[Patient], object] = nothing
    damage: Callable[[Patient], object] = nothing
    made: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    until: str = ""
    words: Sequence[str] = ()
    error: float | None = 0.0
    check: Callable[..., object] = lambda *_: None
    table: str = ""
    options: Sequence[str] = ()

    def __str__(self) -> str:
        return f"{self.number:02d}-{self.ends}-{self.how.replace(' ', '_')}"


def rows(faults: Mapping[int, str], cases: Sequence[Case]) -> list[str]:
    """The rows of the table: one per fault, with every case that is shown to end as it says."""
    return [f"| {n} | {what} | {_ends([c for c in cases if c.number == n])} |" for n, what in faults.items()]


def _ends(cases: Sequence[Case]) -> str:
    groups: dict[tuple[str, str], list[str]] = {}
    for case in cases:
        groups.setdefault((case.ends, case.rule), []).append(case.how)
    return "; ".join(_end(*kind, hows) for kind, hows in groups.items())


def _end(ends: str, rule: str, hows: Sequence[str]) -> str:
    return f"**{ENDS[ends]}**{f' `{rule}`' if rule else ''}: {', '.join(hows)}"
