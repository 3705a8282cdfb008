"""N3 and N4 of ANTs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.ants_room import from_ants, repeatable_ants, to_ants
from tilscope.preprocessing.bias_methods.method import BiasMethod
from tilscope.preprocessing.settings import BiasSettings
from tilscope.vocabulary import Volume


def fit_n3(
    volume: Volume, body: NDArray[np.bool_], shrink: int, settings: BiasSettings
) -> NDArray[np.float64]:
    """Return the log field of N3 (``n3_bias_field_correction2``), shape (z, y, x)."""
    with repeatable_ants(1) as ants:
        return _log_field(
            ants.n3_bias_field_correction2(
                **_common(ants, volume, body, shrink),
                convergence={"iters": settings.iterations, "tol": settings.tolerance},
                number_of_fitting_levels=settings.fitting_levels,
            )
        )


def fit_n4(
    volume: Volume, body: NDArray[np.bool_], shrink: int, settings: BiasSettings
) -> NDArray[np.float64]:
    """Return the log field of N4 (``n4_bias_field_correction``), shape (z, y, x)."""
    with repeatable_ants(1) as ants:
        return _log_field(
            ants.n4_bias_field_correction(
                **_common(ants, volume, body, shrink),
                convergence={
                    "iters": [settings.iterations] * settings.fitting_levels,
                    "tol": settings.tolerance,
                },
            )
        )


def _common(ants: Any, volume: Volume, body: NDArray[np.bool_], shrink: int) -> dict[str, Any]:
    # both methods take logarithms: air may hold zeros
    positive = np.maximum(volume.array, np.float32(1e-3 * float(volume.array[body].mean())))
    return {
        "image": to_ants(ants, volume.with_array(positive)),
        "mask": to_ants(ants, volume.with_array(body.astype(np.float32))),
        "shrink_factor": shrink,
        "return_bias_field": True,
    }


def _log_field(field: Any) -> NDArray[np.float64]:
    return np.log(np.maximum(from_ants(field), 1e-6))


N3 = BiasMethod(
    name="n3",
    description="nonparametric nonuniform intensity normalisation (N3, ANTs) inside a body mask",
    reference="Sled, Zijdenbos and Evans, IEEE Trans Med Imaging 1998;17:87-97",
    fit=fit_n3,
)
N4 = BiasMethod(
    name="n4",
    description="N4ITK (ANTs) inside a body mask",
    reference="Tustison et al., IEEE Trans Med Imaging 2010;29:1310-1320",
    fit=fit_n4,
)
