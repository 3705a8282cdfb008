"""Records of the figures from voxel to gene: a feature's maps in the patients at both of its ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tilscope.figures import FeatureMaps, MappedLesion
from tilscope.report.content import Content
from tilscope.report.feature_words import unit_of
from tilscope.report.results import Results
from tilscope.vocabulary import feature_parts

LIMITS = (1.0, 99.0)
WINDOW = (1.0, 99.8)
"""Percentiles of the pixels that are shown: ends of the colour scale, and black and white."""


def feature_maps(content: Content, number: int) -> FeatureMaps | None:
    """Return the picture of the feature of the ``number``-th largest weight, counted from 1."""
    results = content.results.get("voxels")
    if results is None or len(results.record["features"]) < number:
        return None
    feature = results.record["features"][number - 1]
    if not feature["patients"]:
        return None
    lesions = tuple(
        _lesion(content, results, row, number, label)
        for row, label in zip(feature["patients"], _labels(feature["patients"]), strict=True)
    )
    pixels = [one.map[np.isfinite(one.map)] for one in lesions if one.map is not None]
    pooled = np.concatenate(pixels) if pixels else np.empty(0)
    limits = _limits(pooled)
    parts = feature_parts(feature["name"])
    side = 2 * int(results.record["kernel_radius"]) + 1
    known = [results.record["patients"].get(one.patient, {}) for one in lesions if one.percent]
    names: Sequence[str] = max((row["phases"] for row in known), key=len, default=())
    return FeatureMaps(
        feature=feature["name"],
        lesions=lesions,
        n_known=int(feature["n_known"]),
        limits=limits,
        is_clipped=limits is not None and bool((pooled < limits[0]).any() or (pooled > limits[1]).any()),
        unit=unit_of(parts) if parts is not None else "",
        kernel=_kernel(content, side),
        names=tuple(names),
        has_times=bool(known) and all(row["times_s"] is not None for row in known),
        moment=parts.moment if parts is not None else "",
    )


def _kernel(content: Content, side: int) -> str:
    """Return the size of the kernel; with ``slice_axis`` it is a square within the slice."""
    is_flat = (content.settings.get("radiomics") or {}).get("slice_axis") not in (None, "")
    return " × ".join([str(side)] * (2 if is_flat else 3)) + (" pixels" if is_flat else " voxels")


def _labels(rows: Sequence[dict[str, Any]]) -> list[str]:
    counts = {"highest": 0, "lowest": 0}
    labels = []
    for row in rows:
        counts[row["end"]] += 1
        labels.append(f"{row['end'][0].upper()}{counts[row['end']]}")
    return labels


def _limits(pooled: np.ndarray) -> tuple[float, float] | None:
    """Return the ends of the colour scale of all lesions; a flat map gets a scale around its value."""
    if not pooled.size:
        return None
    low, high = (float(v) for v in np.percentile(pooled, LIMITS))
    if high > low:
        return low, high
    reach = abs(low) * 0.1 or 0.5
    return low - reach, high + reach


def _lesion(content: Content, results: Results, row: dict[str, Any], number: int, label: str) -> MappedLesion:
    patient = row["participant_id"]
    facts = results.record["patients"].get(patient, {})
    grey = results.arrays.get(f"{patient}_grey")
    window = (0.0, 1.0)
    if grey is not None:
        black, white = (float(v) for v in np.percentile(grey, WINDOW))
        window = (black, max(white, black + 1e-6))
    return MappedLesion(
        label=label,
        patient=patient,
        end=row["end"],
        value=float(row["value"]),
        tils=tils_in_words(content, patient),
        grey=grey,
        inside=results.arrays.get(f"{patient}_inside"),
        map=results.arrays.get(f"{patient}_map-{number}"),
        pixel_mm=tuple(facts.get("pixel_mm", (1.0, 1.0))),
        window=window,
        reason=(row["reason"] or "").partition(": ")[2] or row["reason"] or "",
        times_s=None if facts.get("times_s") is None else tuple(facts["times_s"]),
        percent=tuple(facts.get("percent_enhancement", ())),
    )


def tils_in_words(content: Content, patient: str) -> str:
    """Return a patient's class and percentage of TILs; empty where neither is known."""
    if content.scores is None or patient not in content.scores.index:
        return ""
    row = content.scores.loc[patient]
    level = row.get("til_level")
    percent = row.get("til_percent")
    if pd.isna(level):
        return ""
    return f"TILs {level}" + ("" if pd.isna(percent) else f" ({percent:g}\u00a0%)")
