"""Motions with a known truth: smooth, less smooth, and a breast that slides over the chest wall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Points = NDArray[np.float64]
MotionKind = Literal["smooth", "rough", "sliding"]

#: Breadth of the border between the breast that slides and the chest wall that stays, mm.
_SLIDING_BORDER_MM = 0.8
#: Distance from the wall over which motion across it fades out, mm.
_FADING_MM = 20.0
_FIXED_POINT_STEPS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """The analytic map q -> q + v(q) from a point of the moved breast to the tissue that lies there.

    Attributes
    ----------
    shifts_mm, centres_mm : ndarray of float64, shape (n, 3)
        Gaussian bumps of displacement, (z, y, x) mm.
    sigmas_mm : ndarray of float64, shape (n,)
        Their widths (sd).
    dilation : float
        Local growth of the lesion's surroundings along each axis; negative: it shrinks.
    dilation_centre_mm : ndarray of float64, shape (3,)
    dilation_sigma_mm : float
    depth_mm : callable, optional
        Signed distance in front of the chest wall along y; with it the wall stays and the breast slides.
    """

    shifts_mm: Points
    centres_mm: Points
    sigmas_mm: Points
    dilation: float
    dilation_centre_mm: Points
    dilation_sigma_mm: float
    depth_mm: Callable[[Points], NDArray[np.float64]] | None = None

    def v(self, q: Points) -> Points:
        """Return v at points of shape (..., 3)."""
        total = np.zeros_like(q)
        for shift, centre, sigma in zip(self.shifts_mm, self.centres_mm, self.sigmas_mm, strict=True):
            total -= shift * np.exp(-((q - centre) ** 2).sum(-1, keepdims=True) / (2 * sigma**2))
        e = q - self.dilation_centre_mm
        total -= self.dilation * e * np.exp(-(e**2).sum(-1, keepdims=True) / (2 * self.dilation_sigma_mm**2))
        if self.depth_mm is None:
            return total
        depth = self.depth_mm(q)[..., None]
        slides = 0.5 * (1.0 + np.tanh(depth / _SLIDING_BORDER_MM))
        fades = np.clip(depth / _FADING_MM, 0.0, 1.0) ** 2
        return total * np.concatenate([slides, slides * fades, slides], axis=-1)

    def displacement(self, p: Points) -> Points:
        """Return where the tissue at p went: u with q = p + u and q + v(q) = p, by fixed-point iteration."""
        u = np.zeros_like(p)
        for _ in range(_FIXED_POINT_STEPS):
            u = -self.v(p + u)
        return u

    def jacobian(self, p: Points, step_mm: float = 0.05) -> NDArray[np.float64]:
        """Return the determinant of the derivative of p -> p + u(p): above 1 where the tissue grew."""
        columns = []
        for axis in range(3):
            h = np.zeros(3)
            h[axis] = step_mm
            columns.append((self.displacement(p + h) - self.displacement(p - h)) / (2 * step_mm))
        return np.asarray(np.linalg.det(np.stack(columns, axis=-1) + np.eye(3)))


def draw_motion(
    rng: Generator,
    kind: MotionKind,
    lesion_mm: Points,
    mean_shift_mm: float,
    depth_mm: Callable[[Points], NDArray[np.float64]],
) -> Motion:
    """Draw a motion that displaces the lesion by ``mean_shift_mm`` on average.

    Parameters
    ----------
    rng : Generator
    kind : str
        ``smooth``: one broad bump and a growth or shrinkage by up to 5 % along each axis; ``rough``: six bumps of
        14 mm besides; ``sliding``: smooth, but the chest wall stays where it is.
    lesion_mm : ndarray of float64, shape (n, 3)
        Points of the lesion.
    mean_shift_mm : float
        Mean length of the lesion's displacement.
    depth_mm : callable
        Distance in front of the chest wall.
    """
    centre = lesion_mm.mean(axis=0)
    n_small = 6 if kind == "rough" else 0
    heading = rng.normal(size=3)
    shifts = np.vstack([heading * 3.5 / np.linalg.norm(heading), 0.9 * rng.normal(size=(n_small, 3))])
    centres = np.vstack([centre + rng.uniform(-6, 6, 3), centre + rng.uniform(-28, 28, (n_small, 3))])
    sigmas = np.array([40.0, *[14.0] * n_small])
    motion = Motion(
        shifts,
        centres,
        sigmas,
        float(rng.uniform(-0.05, 0.05)),
        centre,
        30.0,
        depth_mm if kind == "sliding" else None,
    )
    for _ in range(4):
        length = np.linalg.norm(motion.displacement(lesion_mm), axis=-1).mean()
        motion = replace(motion, shifts_mm=motion.shifts_mm * mean_shift_mm / length)
    return motion
