"""One examination: the breast with its lesion in every phase, as the coil sees it and the patient moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from tilscope.demo.anatomy import Breast, make_breast
from tilscope.demo.fields import Array, Shape, Spacing, low_order
from tilscope.demo.lesion import (
    Lesion,
    contrast_curves,
    draw_appearance,
    inside,
    lesion_baseline,
    place_lesion,
)
from tilscope.demo.plan import MISREGISTERED, PHASES, PatientPlan
from tilscope.vocabulary import Grid
from tilscope.vocabulary.volumes import Vector

Scalar = TypeVar("Scalar", bound=np.generic)

#: Voxels along (slice, row, column): small enough for sixty patients in seconds.
SHAPE: Shape = (32, 88, 88)
_SPACINGS_MM: tuple[Spacing, ...] = ((2.1, 1.4, 1.4), (2.0, 1.35, 1.35))
_BACKGROUND_CURVE = (0.0, 0.45, 0.70, 0.88, 1.0)
_NOISE_SD = 13.0
_BIAS_AMPLITUDE = 0.16
_MOTION_MM = (0.9, 2.4)
_DEFORMATION_MM = 0.35
#: The planted non-physical jump of the misregistered patient, mm along (slice, lateral, depth).
JUMP_MM = (12.0, 22.0, 0.0)
_FULL_SCALE = 4095


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """What the scanner stored, and the truth behind it.

    Attributes
    ----------
    phases : tuple of ndarray of uint16, shape (slice, row, column)
        The images in order of time: ``pre``, ``post1`` ... ``post4``.
    grid : Grid
        Where all phases lie (LPS).
    mask : ndarray of bool
        The lesion as drawn on ``mask_phase``.
    mask_phase : str
        The phase in which the lesion is brightest.
    lesion_volume_mm3 : float
        True volume in ``post1``, in mm^3.
    motion_mm : dict of str to float
        Mean displacement of the lesion in each phase against ``post1``, in mm.
    jumped_phase : str
        The phase with the planted non-physical jump, or an empty string.
    """

    phases: tuple[NDArray[np.uint16], ...]
    grid: Grid
    mask: NDArray[np.bool_]
    mask_phase: str
    lesion_volume_mm3: float
    motion_mm: dict[str, float]
    jumped_phase: str


def examine(plan: PatientPlan) -> Examination:
    """Make one patient's examination; the patient's own generator decides everything else."""
    rng = plan.rng()
    spacing = _SPACINGS_MM[int(rng.integers(len(_SPACINGS_MM)))]
    look = draw_appearance(rng, plan.latent_til)
    breast = make_breast(rng, SHAPE, spacing)
    lesion = place_lesion(rng, breast, look, SHAPE, spacing)
    still = _still_phases(breast, lesion)
    peak = _peak_phase(still, lesion)
    fields = _motion(rng)
    coil = np.exp(_BIAS_AMPLITUDE * low_order(rng, SHAPE, 3)).astype(np.float32)
    gain = float(np.exp(0.12 * rng.standard_normal()))
    jumped = _jumped_phase(rng, peak) if plan.fault == MISREGISTERED else ""
    reader_offset_mm = float(0.15 * rng.standard_normal())
    true_mask = inside(lesion.margin_mm)
    motion = {name: _mean_length(field, true_mask) for name, field in zip(PHASES, fields, strict=True)}
    drawn_margin = _warp(lesion.margin_mm, fields[PHASES.index(peak)], spacing)
    phases = []
    for name, image, field in zip(PHASES, still, fields, strict=True):
        moved = _warp(image, field, spacing)
        if name == jumped:
            moved = _jump(moved, spacing)
        phases.append(_oriented(_acquire(rng, moved * coil * gain), plan))
    return Examination(
        phases=tuple(phases),
        grid=_grid(rng, plan, spacing),
        mask=_oriented(_largest(drawn_margin > reader_offset_mm), plan),
        mask_phase=peak,
        lesion_volume_mm3=float(np.count_nonzero(true_mask) * np.prod(spacing)),
        motion_mm=motion,
        jumped_phase=jumped,
    )


def _still_phases(breast: Breast, lesion: Lesion) -> list[Array]:
    """Return each phase without motion, coil or noise."""
    curves = (np.zeros_like(lesion.share), *contrast_curves(lesion))
    phases = []
    for share, curve in zip(_BACKGROUND_CURVE, curves, strict=True):
        tissue = breast.baseline * (1 + np.float32(share) * breast.uptake)
        tumour = np.float32(lesion_baseline()) * (1 + curve)
        phases.append(np.asarray(tissue + (tumour - tissue) * lesion.share, dtype=np.float32))
    return phases


def _peak_phase(still: list[Array], lesion: Lesion) -> str:
    means = [float(image[inside(lesion.margin_mm)].mean()) for image in still]
    return PHASES[int(np.argmax(means))]


def _motion(rng: Generator) -> list[Array]:
    """Return a smooth displacement per phase, mm, shape (3, slice, lateral, depth); ``post1`` stands still."""
    fields = []
    for name in PHASES:
        heading = rng.standard_normal(3)
        shift = heading / np.linalg.norm(heading) * rng.uniform(*_MOTION_MM)
        local = np.stack([_DEFORMATION_MM * low_order(rng, SHAPE, 3) for _ in range(3)])
        field = local + shift[:, None, None, None]
        fields.append(np.asarray(field * (name != "post1"), dtype=np.float32))
    return fields


def _warp(image: Array, field: Array, spacing_mm: Spacing) -> Array:
    """Return ``image(x + field(x))``, linear, edges repeated."""
    if not field.any():
        return image
    at = [
        index + part / np.float32(step)
        for index, part, step in zip(
            np.ogrid[tuple(slice(n) for n in image.shape)], field, spacing_mm, strict=True
        )
    ]
    warped = ndimage.map_coordinates(image, np.stack(at), order=1, mode="nearest", output=np.float32)
    return np.asarray(warped)


def _mean_length(field: Array, mask: NDArray[np.bool_]) -> float:
    return round(float(np.linalg.norm(field[:, mask], axis=0).mean()), 4)


def _jumped_phase(rng: Generator, peak: str) -> str:
    """Choose a post-contrast phase that is neither the reference nor the one drawn on."""
    return str(rng.choice([name for name in PHASES[2:] if name != peak]))


def _jump(image: Array, spacing_mm: Spacing) -> Array:
    """Move the whole content by ``JUMP_MM``; what leaves the field of view is lost."""
    shift = [round(j / d) for j, d in zip(JUMP_MM, spacing_mm, strict=True)]
    moved = np.zeros_like(image)
    source = tuple(slice(0, n - s) for n, s in zip(image.shape, shift, strict=True))
    target = tuple(slice(s, n) for n, s in zip(image.shape, shift, strict=True))
    moved[target] = image[source]
    return moved


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels, n = ndimage.label(mask)
    return mask if n <= 1 else np.asarray(labels == np.bincount(labels.ravel())[1:].argmax() + 1)


def _acquire(rng: Generator, signal: Array) -> NDArray[np.uint16]:
    """Return the magnitude image: Rician noise, rounded to 12 bits."""
    real, imaginary = rng.standard_normal((2, *signal.shape), dtype=np.float32) * np.float32(_NOISE_SD)
    magnitude = np.hypot(signal + real, imaginary)
    return np.clip(np.rint(magnitude), 0, _FULL_SCALE).astype(np.uint16)


def _oriented(array: NDArray[Scalar], plan: PatientPlan) -> NDArray[Scalar]:
    """Turn (slice, lateral, depth) into the image's (slice, row, column)."""
    return np.ascontiguousarray(array if plan.plane == "sagittal" else array.swapaxes(1, 2))


def _grid(rng: Generator, plan: PatientPlan, spacing_mm: Spacing) -> Grid:
    """Place the volume on the left breast: axial rows run to the back; sagittal columns do. A few are oblique."""
    tilt = np.deg2rad(rng.uniform(2, 9)) if rng.random() < 0.3 else 0.0
    turn = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    axes = (
        np.eye(3)
        if plan.plane == "axial"
        else np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    )
    direction = np.round(turn @ axes, 9)
    corner = np.asarray(SHAPE[::-1]) - 1
    centre = np.array([85.0, -60.0, -20.0]) + rng.uniform(-15, 15, 3)
    origin = centre - direction @ (corner * np.asarray(spacing_mm)[::-1]) / 2
    rows: list[Vector] = [(float(a), float(b), float(c)) for a, b, c in direction]
    x, y, z = (round(float(v), 4) for v in origin)
    return Grid(SHAPE, spacing_mm, (x, y, z), (rows[0], rows[1], rows[2]))
