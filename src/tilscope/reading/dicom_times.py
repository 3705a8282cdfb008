"""When the phases were acquired, and hence their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from tilscope.reading.dicom_headers import SliceHeader
from tilscope.reading.dicom_phases import SERIES
from tilscope.reading.dicom_values import DAY_S
from tilscope.vocabulary import SeriesError, TimeZero

Phases = tuple[tuple[SliceHeader, ...], ...]

# An examination lasts less than an hour; a longer gap means midnight without a date, or two examinations.
MAX_GAP_S = 6 * 3600.0
MAX_LATE_CONTRAST_S = 60.0  # an injection may start a little after the first post-contrast phase does


@dataclass(frozen=True, slots=True)
class TimeSource:
    """One attribute that may tell a phase's time.

    Attributes
    ----------
    name : str
        DICOM keyword.
    seconds : callable
        SliceHeader -> seconds or None.
    is_acquisition : bool
        True when the attribute is the time of measurement, so that a contradiction is a fault of the data;
        times of image creation are only believed where they increase.
    is_clock : bool
        True when it can be compared with the start of the contrast injection.
    """

    name: str
    seconds: Callable[[SliceHeader], float | None]
    is_acquisition: bool
    is_clock: bool = False


SOURCES = (
    TimeSource("AcquisitionTime", lambda s: s.acquisition_s, True, is_clock=True),
    TimeSource("TriggerTime", lambda s: s.trigger_s, True),
    TimeSource("ContentTime", lambda s: s.content_s if s.content_is_same_day else None, False),
    TimeSource("SeriesTime", lambda s: s.series_s, False),
)


@dataclass(frozen=True, slots=True)
class Timing:
    """Phases in order of time.

    Attributes
    ----------
    phases : tuple of tuple of SliceHeader
    seconds : tuple of float, or None
        Start of each phase, from an arbitrary zero; None where the files do not tell.
    is_clock : bool
        Whether the seconds are a time of day (of acquisition).
    notes : tuple of str
        Rule id first.
    """

    phases: Phases
    seconds: tuple[float, ...] | None
    is_clock: bool = False
    notes: tuple[str, ...] = ()

    def chosen(self, numbers: tuple[int, ...]) -> Timing:
        """Return some of the phases, by their numbers from 0."""
        seconds = None if self.seconds is None else tuple(self.seconds[i] for i in numbers)
        return replace(self, phases=tuple(self.phases[i] for i in numbers), seconds=seconds)

    def from_zero(self, n_pre: int) -> tuple[tuple[float, ...] | None, TimeZero, tuple[str, ...]]:
        """Return seconds from the start of the contrast injection, else from the first post-contrast phase.

        Parameters
        ----------
        n_pre : int
            Number of pre-contrast phases.

        Returns
        -------
        seconds of each phase, what they count from, notes
        """
        if self.seconds is None:
            return None, "post1", ()
        first_post, last_pre = self.seconds[n_pre], self.seconds[max(n_pre - 1, 0)]
        told = {h.contrast_s for phase in self.phases for h in phase if h.contrast_s is not None}
        if not told or not self.is_clock or n_pre == 0:
            return self._since(first_post), "post1", ()
        # the injection's time of day, on the day that brings it nearest to the first post-contrast phase
        before = min((first_post - start + DAY_S / 2) % DAY_S - DAY_S / 2 for start in told)
        if len(told) == 1 and -MAX_LATE_CONTRAST_S <= before <= first_post - last_pre:
            return self._since(first_post - before), "contrast", ()
        return self._since(first_post), "post1", (_not_believed(len(told), before),)

    def _since(self, zero: float) -> tuple[float, ...]:
        return tuple(round(seconds - zero, 6) for seconds in self.seconds or ())


def _not_believed(n_told: int, before: float) -> str:
    found = (
        f"{n_told} different ones are given"
        if n_told > 1
        else f"{before:g} s before the first post-contrast phase"
    )
    return (
        f"IMG-08 the start of the contrast injection is not believed ({found}); times count from that phase"
    )


def order_in_time(phases: Phases, key: str) -> Timing:
    """Put the phases in order of time.

    Parameters
    ----------
    phases : tuple of tuple of SliceHeader
        In the order of the key that told them apart.
    key : str
        That key. Series have no order of their own, so one series per phase is ordered by time, or by
        SeriesNumber where no time is given; all other keys are orders, which times must not contradict.

    Returns
    -------
    Timing

    Raises
    ------
    SeriesError
        IMG-08 when acquisition times are equal or contradict the key's order.
    """
    if len(phases) == 1:
        return Timing(phases, None)
    for source in SOURCES:
        seconds = _phase_seconds(phases, source)
        if seconds is None or len(set(seconds)) == 1:
            continue
        if key == SERIES:
            order = sorted(range(len(phases)), key=seconds.__getitem__)
            phases, seconds = tuple(phases[i] for i in order), sorted(seconds)
        gaps = [later - earlier for earlier, later in pairwise(seconds)]
        if min(gaps) > 0 and max(gaps) <= MAX_GAP_S:
            return Timing(phases, tuple(seconds), source.is_clock, _note(source))
        if source.is_acquisition:
            raise _not_increasing(phases, source, seconds, key)
    if key == SERIES:
        note = "IMG-08 phases are ordered by SeriesNumber: no time is given"
        return Timing(_ordered_by_series_number(phases), None, notes=(note,))
    note = f"IMG-08 the files give no usable times; the order is that of {key}"
    return Timing(phases, None, notes=(note,))


def _phase_seconds(phases: Phases, source: TimeSource) -> list[float] | None:
    """Return the earliest time of each phase; None where any slice has none."""
    times = [[source.seconds(s) for s in phase] for phase in phases]
    if any(value is None for phase in times for value in phase):
        return None
    return [min(value for value in phase if value is not None) for phase in times]


def _note(source: TimeSource) -> tuple[str, ...]:
    if source.is_acquisition:
        return ()
    return (f"IMG-08 times come from {source.name} (creation of the images): no acquisition time is given",)


def _not_increasing(phases: Phases, source: TimeSource, seconds: list[float], key: str) -> SeriesError:
    shown = ", ".join(f"{value - seconds[0]:g}" for value in seconds)
    return SeriesError(
        "IMG-08",
        "the times of the phases are equal, do not increase, or are hours apart",
        file=phases[0][0].file.parent,
        found=f"{source.name} {shown} s after the first phase (phases by {key})",
        expected=f"times that increase by at most {MAX_GAP_S / 3600:g} h from phase to phase",
        remedy="Export the original images; corrected times belong into the DICOM files, they are never guessed.",
    )


def _ordered_by_series_number(phases: Phases) -> Phases:
    numbers = [phase[0].series_number for phase in phases]
    known = [number for number in numbers if number is not None]
    if len(set(known)) < len(phases):
        raise SeriesError(
            "IMG-08",
            "nothing tells the order of the phases",
            file=phases[0][0].file.parent,
            found="no times, and SeriesNumber absent or repeated",
            expected="AcquisitionTime, or one SeriesNumber per phase",
            remedy="Export the original images with their times.",
        )
    return tuple(sorted(phases, key=lambda phase: phase[0].series_number or 0.0))
