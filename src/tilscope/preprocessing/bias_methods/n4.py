"""N4ITK, by ANTs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.ants_room import from_ants, repeatable_ants, to_ants
from tilscope.preprocessing.bias_methods.method import BiasMethod
from tilscope.preprocessing.settings import BiasSettings
from tilscope.vocabulary import Volume


def fit(volume: Volume, body: NDArray[np.bool_], settings: BiasSettings) -> NDArray[np.float64]:
    """Return the log field of ``ants.n4_bias_field_correction``, shape (z, y, x)."""
    choices = settings.n4
    # a logarithm is taken: air may hold zeros
    floor = np.float32(1e-3 * float(volume.array[body].mean(dtype=np.float64)))
    with repeatable_ants(1) as ants:
        field = ants.n4_bias_field_correction(
            to_ants(ants, volume.with_array(np.maximum(volume.array, floor))),
            mask=to_ants(ants, volume.with_array(body.astype(np.float32))),
            shrink_factor=_choose_shrink(body, choices.shrink, choices.min_body_voxels),
            convergence={"iters": [choices.iterations] * choices.fitting_levels, "tol": choices.tolerance},
            return_bias_field=True,
        )
        return np.log(np.maximum(from_ants(field), 1e-6))


def _choose_shrink(body: NDArray[np.bool_], largest: int, min_body_voxels: int) -> int:
    n_body = int(np.count_nonzero(body))
    fitting = (s for s in range(largest, 0, -1) if n_body / s**3 >= min_body_voxels)
    return next(fitting, 1)


METHOD = BiasMethod(
    name="n4",
    description="N4ITK (ANTs) inside a body mask",
    limits="more fitting levels follow the anatomy: on unshaded phantoms 3 levels invent 8 % of shading",
    reference="Tustison et al., IEEE Trans Med Imaging 2010;29:1310-1320",
    fit=fit,
)
