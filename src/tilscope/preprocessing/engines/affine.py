"""Affine registration by picsl-greedy: the cheap engine, and the start of the deformable one."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.engines.engine import Engine
from tilscope.preprocessing.engines.simpleitk_images import to_simpleitk
from tilscope.preprocessing.quiet import silent_process
from tilscope.preprocessing.settings import RegistrationSettings
from tilscope.vocabulary import Grid, Volume

# greedy's matrices act on RAS millimetres; ours on LPS
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


class GreedySession:
    """One pair of images inside greedy, with the flags that make its runs silent and repeatable."""

    def __init__(self, fixed: Volume, moving: Volume, settings: RegistrationSettings) -> None:
        from picsl_greedy import Greedy3D

        self._greedy = Greedy3D()
        self._images: dict[str, Any] = {"fixed": to_simpleitk(fixed), "moving": to_simpleitk(moving)}
        radius = "x".join([str(settings.greedy.ncc_radius_voxel)] * 3)
        self._common = f"-i fixed moving -m NCC {radius} -seed {settings.seed} -threads 1 -V 0"

    def run(self, command: str, output: str) -> Any:
        """Run one greedy command on the pair and return what it leaves under the name ``output``."""
        unheard = io.StringIO()
        images, self._images = self._images, {}
        # the optimiser inside greedy complains to stdout past -V 0 when it starts at the optimum
        with silent_process():
            self._greedy.execute(
                f"{self._common} {command} -o {output}", out=unheard, err=unheard, **images, **{output: None}
            )
        return self._greedy[output]


def affine_to_lps(session: GreedySession, settings: RegistrationSettings) -> NDArray[np.float64]:
    """Return the 4 x 4 matrix from LPS mm of the fixed image to LPS mm of the moving image."""
    steps = per_level(settings.greedy.affine_iterations)
    # greedy's default jitter of the sample points drags equal images apart by up to 1 mm
    ras = np.asarray(session.run(f"-a -ia-identity -jitter 0 -n {steps}", "affine"), dtype=np.float64)
    return RAS_TO_LPS @ ras @ RAS_TO_LPS


def per_level(values: tuple[float, float, float]) -> str:
    """Return one number per resolution level in greedy's notation, coarse to fine."""
    return "x".join(f"{value:g}" for value in values)


def positions_lps(grid: Grid) -> NDArray[np.float64]:
    """Return the LPS position of each voxel centre in mm, shape (z, y, x, 3)."""
    matrix = grid.index_to_lps()
    index = np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), axis=-1)
    return index @ matrix[:3, :3].T + matrix[:3, 3]


def displace(fixed: Volume, moving: Volume, settings: RegistrationSettings) -> NDArray[np.float64]:
    """Return the affine displacement at every voxel of ``fixed``, LPS mm, shape (*fixed.shape, 3)."""
    matrix = affine_to_lps(GreedySession(fixed, moving, settings), settings)
    points = positions_lps(fixed.grid)
    return points @ matrix[:3, :3].T + matrix[:3, 3] - points


ENGINE = Engine(
    name="affine",
    description="affine registration with local cross-correlation (picsl-greedy)",
    limits="cannot follow the breast's soft deformation",
    reference="Yushkevich et al., Alzheimers Dement 2016;12:P126-P127",
    displace=displace,
)
