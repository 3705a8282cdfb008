"""The only door to ANTs: lazy import, one thread, fixed seed, images in and out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.quiet import silent_process
from tilscope.vocabulary import Volume


@contextmanager
def repeatable_ants(seed: int) -> Iterator[Any]:
    """Give the ``ants`` package with one thread and a fixed seed; the environment is restored afterwards.

    ``ants.registration(random_seed=...)`` is ignored by ANTs; the variable ``ANTS_RANDOM_SEED`` is not. ITK
    reads its number of threads when it first needs one, so the variable must be set before the import.
    """
    wanted = {"ANTS_RANDOM_SEED": str(seed), "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        import ants

        with silent_process():
            yield ants
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def to_ants(ants: Any, volume: Volume) -> Any:
    """Return the volume as an ANTs image (x, y, z) with its true origin, spacing and direction."""
    return ants.from_numpy(
        np.ascontiguousarray(volume.array.transpose(2, 1, 0)),
        origin=[float(o) for o in volume.origin_mm],
        spacing=[float(s) for s in volume.spacing_mm[::-1]],
        direction=np.asarray(volume.direction, dtype=np.float64),
    )


def from_ants(image: Any) -> NDArray[np.float64]:
    """Return the image's values, shape (z, y, x) or (z, y, x, component)."""
    values = np.asarray(image.numpy(), dtype=np.float64)
    return np.ascontiguousarray(np.swapaxes(values, 0, 2))
