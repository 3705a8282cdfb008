"""Symmetric normalisation by ANTs: the engine of Su et al. 2022."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.ants_room import from_ants, repeatable_ants, to_ants
from tilscope.preprocessing.engines.engine import Engine
from tilscope.preprocessing.settings import RegistrationSettings
from tilscope.vocabulary import Volume


def displace(fixed: Volume, moving: Volume, settings: RegistrationSettings) -> NDArray[np.float64]:
    """Return the displacement of affine and SyN together at every voxel of ``fixed``, LPS mm, (*fixed.shape, 3).

    ANTs hands its transforms over as files; they live in a folder that is removed before this returns.
    """
    choices = settings.syn
    with tempfile.TemporaryDirectory(prefix="tilscope-") as folder, repeatable_ants(settings.seed) as ants:
        fixed_image, moving_image = to_ants(ants, fixed), to_ants(ants, moving)
        found = ants.registration(
            fixed_image,
            moving_image,
            "SyN",
            outprefix=str(Path(folder) / "syn_"),
            grad_step=choices.gradient_step,
            flow_sigma=choices.flow_smoothing_voxel,
            total_sigma=choices.total_smoothing_voxel,
            syn_metric=choices.metric,
            syn_sampling=choices.metric_bins_or_radius,
            reg_iterations=choices.iterations,
        )
        composed = ants.apply_transforms(
            fixed_image, moving_image, found["fwdtransforms"], compose=str(Path(folder) / "all_")
        )
        return from_ants(ants.image_read(composed))


ENGINE = Engine(
    name="syn",
    description="affine, then symmetric normalisation (ANTs SyN)",
    limits="with mutual information on coarse levels only, a small lesion follows its surroundings less well",
    reference="Avants et al., Med Image Anal 2008;12:26-41",
    displace=displace,
)
