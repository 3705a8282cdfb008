"""Telling the phases of a dynamic series apart.

A cascade of keys. A key is accepted only when it gives, in every phase, exactly one slice at each of the
same positions; the first accepted key is used and named, and keys that say something else become notes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.dicom_geometry import position_levels
from tilscope.reading.dicom_headers import SliceHeader
from tilscope.vocabulary import PhaseKeyTrial, SeriesError

Labels = NDArray[np.float64]
SERIES = "SeriesInstanceUID"
REPEAT_ORDER = "order of repeats (InstanceNumber)"


@dataclass(frozen=True, slots=True)
class PhaseSplit:
    """Slices by phase, each sorted along the normal; phases in the order of the key.

    ``disagreeing`` are the other keys that say something else, with the reason why they were not used.
    """

    phases: tuple[tuple[SliceHeader, ...], ...]
    phase_key: str
    disagreeing: tuple[PhaseKeyTrial, ...] = ()


@dataclass(frozen=True, slots=True)
class _Partition:
    """What one key makes of the slices."""

    key: str
    groups: tuple[NDArray[np.intp], ...]  # indices of slices, groups in the key's order
    n_missing: int  # slices lacking, summed over the groups
    n_repeated: int  # slices too many at a position, summed over the groups

    @property
    def n_faults(self) -> int:
        return self.n_missing + self.n_repeated


def _series_rank(slices: Sequence[SliceHeader], _: NDArray[np.intp]) -> list[float | None]:
    uids = sorted({s.series_uid for s in slices})
    first = {u: min((_order_of(s) for s in slices if s.series_uid == u), default=(0.0, 0.0)) for u in uids}
    rank = {uid: float(i) for i, uid in enumerate(sorted(uids, key=lambda uid: (first[uid], uid)))}
    return [rank[s.series_uid] for s in slices]


def _order_of(header: SliceHeader) -> tuple[float, float]:
    """Return what orders series: SeriesNumber; times are compared afterwards."""
    number = header.series_number
    return (0.0 if number is None else 1.0, number or 0.0)


def _repeat_rank(slices: Sequence[SliceHeader], level: NDArray[np.intp]) -> list[float | None]:
    """Return the rank of each slice among those at its position, by InstanceNumber, where that is coherent.

    Coherent: the numbers run phase after phase (blocks) or position after position (interleaved). Shuffled
    numbers say nothing and give None.
    """
    numbers = np.array([np.nan if s.instance_number is None else s.instance_number for s in slices])
    if np.isnan(numbers).any() or len(np.unique(numbers)) < len(numbers):
        return [None] * len(slices)
    order = np.lexsort((numbers, level))
    starts = np.searchsorted(level[order], level[order])
    rank = np.empty(len(slices), dtype=int)
    rank[order] = np.arange(len(slices)) - starts
    by_number = np.argsort(numbers)
    are_blocks = bool((np.diff(rank[by_number]) >= 0).all())
    changes = int(np.count_nonzero(np.diff(level[by_number])))
    are_interleaved = changes == len(np.unique(level)) - 1
    return [float(r) for r in rank] if are_blocks or are_interleaved else [None] * len(slices)


KeyFunction = Callable[[Sequence[SliceHeader], NDArray[np.intp]], list[float | None]]
KEYS: tuple[tuple[str, KeyFunction], ...] = (
    (SERIES, _series_rank),
    ("TemporalPositionIdentifier", lambda slices, _: [s.temporal_position for s in slices]),
    ("AcquisitionNumber", lambda slices, _: [s.acquisition_number for s in slices]),
    ("AcquisitionTime", lambda slices, _: [s.acquisition_s for s in slices]),
    ("TriggerTime", lambda slices, _: [s.trigger_s for s in slices]),
    ("ContentTime", lambda slices, _: [s.content_s for s in slices]),
    (REPEAT_ORDER, _repeat_rank),
)


def split_phases(slices: Sequence[SliceHeader]) -> PhaseSplit:
    """Split the slices of one dynamic series into phases.

    Raises
    ------
    SeriesError
        IMG-01, IMG-02 slices missing; IMG-06 slices repeated; IMG-07 no key tells the phases apart.
    """
    level, millimetres = position_levels(slices)
    n_levels = len(millimetres)
    if len(slices) == n_levels:
        return PhaseSplit((_sorted(slices, level),), "one phase")
    partitions = [p for name, key in KEYS if (p := _partition(name, key(slices, level), level, n_levels))]
    accepted = [p for p in partitions if p.n_faults == 0]
    if not accepted:
        raise _explain(slices, level, partitions, n_levels)
    chosen = accepted[0]
    phases = tuple(_sorted([slices[i] for i in group], level[group]) for group in chosen.groups)
    return PhaseSplit(phases, chosen.key, _disagreements(chosen, partitions, len(slices)))


def _sorted(slices: Sequence[SliceHeader], level: NDArray[np.intp]) -> tuple[SliceHeader, ...]:
    return tuple(slices[i] for i in np.argsort(level, kind="stable"))


def _partition(
    name: str, values: list[float | None], level: NDArray[np.intp], n_levels: int
) -> _Partition | None:
    """Group slices by a key's values; None where the key is absent from a slice or does not split."""
    if any(value is None for value in values):
        return None
    labels = np.array(values, dtype=float)
    kinds = np.unique(labels)
    if len(kinds) < 2:
        return None
    groups = tuple(np.flatnonzero(labels == kind) for kind in kinds)
    found = [len(np.unique(level[group])) for group in groups]
    missing = sum(n_levels - n for n in found)
    repeated = sum(len(group) - n for group, n in zip(groups, found, strict=True))
    return _Partition(name, groups, missing, repeated)


def _disagreements(
    chosen: _Partition, partitions: Sequence[_Partition], n_slices: int
) -> tuple[PhaseKeyTrial, ...]:
    """Return the keys that part the slices otherwise, or put the same phases in another order."""
    own = _membership(chosen, n_slices)
    trials = []
    for other in partitions:
        theirs = _membership(other, n_slices)
        is_same = len(set(zip(own, theirs, strict=True))) == len(chosen.groups) == len(other.groups)
        # series have no order of their own: times give it later
        is_same_order = theirs == own or SERIES in (chosen.key, other.key)
        if other is chosen or (is_same and is_same_order):
            continue
        sizes = tuple(len(group) for group in other.groups)
        reason = _reason(other, chosen, is_same=is_same)
        trials.append(PhaseKeyTrial(other.key, sizes, other.n_missing, other.n_repeated, reason))
    return tuple(trials)


def _reason(other: _Partition, chosen: _Partition, *, is_same: bool) -> str:
    if other.n_faults:
        told = ((other.n_repeated, "too many at their position"), (other.n_missing, "missing"))
        return " and ".join(f"{n} slices {what}" for n, what in told if n)
    what = "the same phases in another order" if is_same else "other phases"
    return f"{what}; {chosen.key} comes first in the cascade"


def _membership(partition: _Partition, n_slices: int) -> list[int]:
    member = [0] * n_slices
    for number, group in enumerate(partition.groups):
        for i in group:
            member[i] = number
    return member


def _explain(
    slices: Sequence[SliceHeader], level: NDArray[np.intp], partitions: Sequence[_Partition], n_levels: int
) -> SeriesError:
    """Return the error that says best what is wrong: the fault that the least faulty key leaves."""
    likely = [p for p in partitions if p.n_faults <= 0.25 * len(p.groups) * n_levels]
    if not likely:
        return _not_told_apart(slices, partitions, n_levels)
    best = min(likely, key=lambda p: p.n_faults)
    if best.n_repeated:
        return _repeated(slices, level, best)
    return _missing(slices, level, best, n_levels)


def _missing(
    slices: Sequence[SliceHeader], level: NDArray[np.intp], best: _Partition, n_levels: int
) -> SeriesError:
    lacking = [np.setdiff1d(np.arange(n_levels), level[group]) for group in best.groups]
    worst = int(np.argmax([len(gaps) for gaps in lacking]))
    present = level[best.groups[worst]]
    is_at_end = bool(((lacking[worst] < present.min()) | (lacking[worst] > present.max())).all())
    rule, where = ("IMG-02", "at the end of the stack") if is_at_end else ("IMG-01", "inside the stack")
    return SeriesError(
        rule,
        f"phase {worst + 1} of {len(best.groups)} lacks {len(lacking[worst])} of {n_levels} slices {where}",
        file=slices[0].file.parent,
        found=", ".join(str(len(group)) for group in best.groups) + f" slices per phase (by {best.key})",
        expected=f"{n_levels} in every phase",
        remedy="Export the examination again with all its slices.",
    )


def _repeated(slices: Sequence[SliceHeader], level: NDArray[np.intp], best: _Partition) -> SeriesError:
    worst = max(best.groups, key=lambda group: len(group) - len(np.unique(level[group])))
    _, index, counts = np.unique(level[worst], return_index=True, return_counts=True)
    twice = slices[worst[index[int(np.argmax(counts))]]]
    return SeriesError(
        "IMG-06",
        "two different slices claim one position of one phase",
        file=twice.file,
        found=f"{int(counts.max())} slices at one position (phases by {best.key})",
        expected="one slice per position and phase",
        remedy="Remove the copy that does not belong to the examination, or export it again.",
    )


def _not_told_apart(
    slices: Sequence[SliceHeader], partitions: Sequence[_Partition], n_levels: int
) -> SeriesError:
    tried = (
        "; ".join(f"{p.key}: {len(p.groups)} groups" for p in partitions) or "no key differs between slices"
    )
    return SeriesError(
        "IMG-07",
        "the phases cannot be told apart",
        file=slices[0].file.parent,
        found=f"{len(slices)} slices at {n_levels} positions ({tried})",
        expected="a key with one slice per position in every phase",
        remedy="Export one series per phase, or keep TemporalPositionIdentifier or AcquisitionTime.",
    )
