"""Second readings: the lesion as another reader, or the same one a month later, would have drawn it."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from tilscope.demo.fields import Array, Spacing
from tilscope.demo.plan import WRONG_GRID, PatientPlan

#: Every third patient is read by reader B, every sixth twice by reader A.
_READER_EVERY, _READER_PLACE = 3, 1
_SESSION_EVERY, _SESSION_PLACE = 6, 2
#: How far the outline lies from the first one: common shift of the whole outline, and its waves (sd, mm).
_READER_SHIFT_MM, _READER_WAVE_MM = 0.35, 1.0
_SESSION_SHIFT_MM, _SESSION_WAVE_MM = 0.25, 0.8
_WAVE_LENGTH_MM = 5.0
_PERCENT_SD = 0.6  # of a second pathologist's reading, on the logit scale


def second_masks(
    plan: PatientPlan, mask: NDArray[np.bool_], spacing_mm: Spacing
) -> dict[str, NDArray[np.bool_]]:
    """Return a patient's further masks by what their file names say: ``reader-B`` or ``session-2``.

    Most patients have none.
    """
    if plan.fault == WRONG_GRID:
        return {}
    masks = {}
    if plan.number % _READER_EVERY == _READER_PLACE:
        masks["reader-B"] = redrawn(
            mask, spacing_mm, plan.rng(1), shift_mm=_READER_SHIFT_MM, wave_mm=_READER_WAVE_MM
        )
    if plan.number % _SESSION_EVERY == _SESSION_PLACE:
        masks["session-2"] = redrawn(
            mask, spacing_mm, plan.rng(2), shift_mm=_SESSION_SHIFT_MM, wave_mm=_SESSION_WAVE_MM
        )
    return masks


def redrawn(
    mask: NDArray[np.bool_], spacing_mm: Spacing, rng: Generator, *, shift_mm: float, wave_mm: float
) -> NDArray[np.bool_]:
    """Draw an outline again: its distance from the first one is a shift plus smooth waves.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        One piece.
    spacing_mm : (z, y, x)
        Voxel size.
    shift_mm, wave_mm : float
        Standard deviations of the common distance and of the waves along the outline.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
        One piece without holes.
    """
    inside = ndimage.distance_transform_edt(mask, spacing_mm)
    outside = ndimage.distance_transform_edt(~mask, spacing_mm)
    waves: Array = ndimage.gaussian_filter(
        rng.standard_normal(mask.shape), [_WAVE_LENGTH_MM / step for step in spacing_mm]
    )
    waves *= wave_mm / waves.std()
    # the outline runs half a voxel before the first voxel's centre, whose distance is a whole one
    depth = np.where(mask, inside, -outside) - np.where(mask, 0.5, -0.5) * min(spacing_mm)
    drawn = depth + shift_mm * rng.standard_normal() + waves > 0.0
    labels, n_parts = ndimage.label(drawn)
    if n_parts == 0:
        return mask.copy()
    largest = 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    filled: NDArray[np.bool_] = ndimage.binary_fill_holes(labels == largest)
    return filled


def second_percent(percent: float, rng: Generator) -> float:
    """Return a second pathologist's reading of an sTIL percentage, in the usual steps."""
    share = min(max(percent, 0.5), 99.5) / 100.0
    again = 100.0 / (1.0 + np.exp(-(np.log(share / (1.0 - share)) + _PERCENT_SD * rng.standard_normal())))
    return float(round(again) if again < 10.0 else min(5 * round(again / 5), 95))
