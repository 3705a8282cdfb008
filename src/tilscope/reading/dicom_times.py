"""When the phases were acquired, and hence their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from tilscope.reading.dicom_headers import SliceHeader
from tilscope.vocabulary import SeriesError

Phases = tuple[tuple[SliceHeader, ...], ...]
BY_SERIES = "SeriesInstanceUID"

# An examination lasts less than an hour; a longer gap means midnight without a date, or two examinations.
MAX_GAP_S = 6 * 3600.0


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
    """

    name: str
    seconds: Callable[[SliceHeader], float | None]
    is_acquisition: bool


SOURCES = (
    TimeSource("AcquisitionTime", lambda s: s.acquisition_s, True),
    TimeSource("TriggerTime", lambda s: s.trigger_s, True),
    TimeSource("ContentTime", lambda s: s.content_s if s.content_is_same_day else None, False),
    TimeSource("SeriesTime", lambda s: s.series_s, False),
)


def order_in_time(phases: Phases, key: str) -> tuple[Phases, tuple[float, ...] | None, tuple[str, ...]]:
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
    phases, seconds of each phase (arbitrary zero; None where the files do not tell), notes

    Raises
    ------
    SeriesError
        IMG-08 when acquisition times are equal or contradict the key's order.
    """
    if len(phases) == 1:
        return phases, None, ()
    for source in SOURCES:
        seconds = _phase_seconds(phases, source)
        if seconds is None or len(set(seconds)) == 1:
            continue
        if key == BY_SERIES:
            order = sorted(range(len(phases)), key=seconds.__getitem__)
            phases, seconds = tuple(phases[i] for i in order), sorted(seconds)
        gaps = [later - earlier for earlier, later in pairwise(seconds)]
        if min(gaps) > 0 and max(gaps) <= MAX_GAP_S:
            return phases, tuple(seconds), _note(source)
        if source.is_acquisition:
            raise _not_increasing(phases, source, seconds, key)
    if key == BY_SERIES:
        return (
            _ordered_by_series_number(phases),
            None,
            ("IMG-08 phases are ordered by SeriesNumber: no time is given",),
        )
    return phases, None, (f"IMG-08 the files give no usable times; the order is that of {key}",)


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
