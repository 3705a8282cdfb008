"""Deformable registration by picsl-greedy after its own affine start: the recommended engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.engines.affine import GreedySession, affine_to_lps, per_level, positions_lps
from tilscope.preprocessing.engines.engine import Engine
from tilscope.preprocessing.engines.simpleitk_images import from_simpleitk
from tilscope.preprocessing.settings import RegistrationSettings
from tilscope.vocabulary import Volume


def displace(fixed: Volume, moving: Volume, settings: RegistrationSettings) -> NDArray[np.float64]:
    """Return the displacement of affine after warp at every voxel of ``fixed``, LPS mm, (*fixed.shape, 3)."""
    session = GreedySession(fixed, moving, settings)
    matrix = affine_to_lps(session, settings)
    choices = settings.greedy
    # -wp 0: greedy otherwise rounds the warp to tenths of a voxel, which shows as steps in the Jacobian
    warp = session.run(
        f"-it affine -s {choices.gradient_smoothing_mm:g}mm {choices.warp_smoothing_mm:g}mm "
        f"-n {per_level(choices.deformable_iterations)} -e {per_level(choices.steps_voxel)} -wp 0",
        "warp",
    )
    points = positions_lps(fixed.grid)
    # greedy resamples with x -> A(x + warp(x)); both parts in LPS mm here
    return (points + from_simpleitk(warp)) @ matrix[:3, :3].T + matrix[:3, 3] - points


ENGINE = Engine(
    name="greedy",
    description="affine, then greedy deformable registration with local cross-correlation (picsl-greedy)",
    limits="needs the lesions of both phases to overlap",
    reference="Yushkevich et al., Alzheimers Dement 2016;12:P126-P127",
    displace=displace,
)
