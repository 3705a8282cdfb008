"""What quality control measures in one patient, and which measures ask for a look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tilscope.reading import roi_notes
from tilscope.vocabulary import Roi


@dataclass(frozen=True)
class Flag:
    """One reason to look at a patient.

    Attributes
    ----------
    name : str
        Column of the QC table.
    rule : str
        The rule id of the notes that raise it (see docs/errors.md).
    question : str
        What the eye should answer.
    """

    name: str
    rule: str
    question: str


FLAGS: tuple[Flag, ...] = (
    Flag("does_not_enhance", "ROI-45", "Does the lesion enhance, and is the mask this patient's?"),
    Flag("touches_border", "ROI-43", "Is the whole lesion inside the image?"),
    Flag("several_components", "ROI-47", "Do all separate parts belong to the lesion?"),
    Flag("one_slice", "ROI-35", "Is the whole lesion drawn, or one slice of it?"),
    Flag("moved", "REG-01", "Did the lesion move so far, or did the registration go astray?"),
    Flag("volume_changed", "REG-02", "Does the lesion keep its volume from phase to phase?"),
    Flag("dissimilar", "REG-03", "Do the phases lie on each other after registration?"),
    Flag("folded", "REG-04", "Is the displacement possible in tissue?"),
)
RULES = {flag.rule: flag for flag in FLAGS}


def rule_of(note: str) -> str:
    """Return the rule id that a note begins with."""
    return note.split(" ", 1)[0].rstrip(":")


def sorted_notes(notes: list[str], roi: Roi) -> tuple[list[str], list[str]]:
    """Return (flags, other notes) of all notes of a patient's steps and of the registered lesion.

    Of several notes on the mask itself with one rule the first stays: import and registration both look at it.
    """
    flags, others = [], []
    seen: set[str] = set()
    for note in dict.fromkeys([*notes, *roi_notes(roi.mask)]):
        rule = rule_of(note)
        if rule not in RULES:
            others.append(note)
        elif not (rule.startswith("ROI-") and rule in seen):
            flags.append(note)
        seen.add(rule)
    order = [flag.rule for flag in FLAGS]
    return sorted(flags, key=lambda note: order.index(rule_of(note))), others


def lesion_measures(roi: Roi) -> dict[str, Any]:
    """Return size and build of the registered lesion; parts are 26-connected, slices those of the image."""
    from scipy import ndimage

    start, stop = roi.box()
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    return {
        "roi_voxels": roi.n_voxels,
        "roi_volume_ml": roi.volume_ml,
        "roi_components": int(ndimage.label(roi.mask[box], np.ones((3, 3, 3)))[1]),
        "roi_slices": int(roi.mask.any(axis=(1, 2)).sum()),
    }


def registration_measures(
    phases: list[dict[str, Any]], reference: str, smallest: dict[str, float]
) -> dict[str, Any]:
    """Return the worst of all moving phases.

    Parameters
    ----------
    phases : list of dict
        ``registration.json``'s, with displacement_mm, jacobian and similarity_after.
    reference : str
        The phase that the others were brought to.
    smallest : dict
        Per moving phase, the smallest Jacobian of any voxel of the crop.
    """
    moving = [p for p in phases if p["phase"] != reference]
    if not moving:
        return {}
    return {
        "largest_displacement_mm": max(p["displacement_mm"] for p in moving),
        "extreme_jacobian": max((p["jacobian"] for p in moving), key=lambda j: abs(j - 1.0)),
        "smallest_local_jacobian": min(smallest.values()),
        "lowest_similarity": min(p["similarity_after"] for p in moving),
    }


def bias_measures(factor: np.ndarray[Any, Any], log_sd: float) -> dict[str, Any]:
    """Return the range of the factor over the crop, and its spread over the body."""
    return {
        "bias_lowest_factor": float(factor.min()),
        "bias_highest_factor": float(factor.max()),
        "bias_log_sd": log_sd,
    }
