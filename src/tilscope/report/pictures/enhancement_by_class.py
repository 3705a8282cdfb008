"""The record of all lesions' enhancement curves, by TIL class."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tilscope.figures import EnhancementByClass, EnhancementClass, PhaseSummary
from tilscope.report.content import Content

LEVELS = ("low", "high")
FEWEST = 3  # patients of whom a median says something
Lesion = dict[str, tuple[float, float]]  # phase -> (place, per cent)


def enhancement_by_class(content: Content) -> EnhancementByClass | None:
    """Return the curves of every patient that has one and a TIL class; None where nobody has both."""
    if content.scores is None or not content.qc:
        return None
    levels = content.scores["til_level"].dropna()
    known = {
        key: qc
        for key, qc in content.qc.items()
        if key in levels.index and levels[key] in LEVELS and _percent(qc)
    }
    if not known:
        return None
    is_timed = all(_times(qc) for qc in known.values())
    names = _phase_names(known)
    lesions = {key: _lesion(qc, names, is_timed=is_timed) for key, qc in known.items()}
    places = _places(lesions, names)
    classes = []
    for level in LEVELS:
        own = [lesion for key, lesion in lesions.items() if levels[key] == level]
        if own:
            curves = tuple(tuple(lesion.values()) for lesion in own)
            classes.append(EnhancementClass(level, curves, _summaries(own, places)))
    return EnhancementByClass(
        tuple(classes),
        None if is_timed else names,
        _spread(lesions, names) if is_timed else 0.0,
        len(content.qc) - len(known),
    )


def _percent(qc: Mapping[str, Any]) -> list[float]:
    """Return the curve of a lesion; empty where a number is missing or there is no name to it."""
    percent, names = qc.get("enhancement_percent") or [], qc.get("phases") or []
    is_whole = len(percent) == len(names) > 1 and all(p is not None and math.isfinite(p) for p in percent)
    return [float(p) for p in percent] if is_whole else []


def _times(qc: Mapping[str, Any]) -> list[float]:
    times = qc.get("times_s") or []
    is_whole = len(times) == len(qc["phases"]) and all(t is not None and math.isfinite(t) for t in times)
    return [float(t) for t in times] if is_whole else []


def _phase_names(known: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of all phases, as the patient with most phases has them, then any others."""
    lists = sorted((list(qc["phases"]) for qc in known.values()), key=len, reverse=True)
    return tuple(dict.fromkeys(str(name) for names in lists for name in names))


def _lesion(qc: Mapping[str, Any], names: tuple[str, ...], *, is_timed: bool) -> Lesion:
    own = [str(name) for name in qc["phases"]]
    at = _times(qc) if is_timed else [float(names.index(name)) for name in own]
    return {name: (place, value) for name, place, value in zip(own, at, _percent(qc), strict=True)}


def _of_phase(lesions: list[Lesion], name: str, which: int) -> list[float]:
    return [lesion[name][which] for lesion in lesions if name in lesion]


def _places(lesions: Mapping[str, Lesion], names: tuple[str, ...]) -> dict[str, float]:
    """Return where each phase's summary stands: at the median of all patients' places."""
    found = {name: float(np.median(_of_phase(list(lesions.values()), name, 0))) for name in names}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def _spread(lesions: Mapping[str, Lesion], names: tuple[str, ...]) -> float:
    return max(float(np.ptp(_of_phase(list(lesions.values()), name, 0))) for name in names)


def _summaries(lesions: list[Lesion], places: Mapping[str, float]) -> tuple[PhaseSummary, ...]:
    summaries = []
    for name, place in places.items():
        values = _of_phase(lesions, name, 1)
        if len(values) >= FEWEST:
            lower, median, upper = (float(q) for q in np.quantile(values, [0.25, 0.5, 0.75]))
            summaries.append(PhaseSummary(place, lower, median, upper, len(values)))
    return tuple(summaries)
