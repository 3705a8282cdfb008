"""The recommended registration keeps the lesion's place and volume on phantoms that did not choose its settings."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.demo.phantom import PhantomPlan, make_phantom
from tilscope.preprocessing import RegistrationSettings
from tilscope.preprocessing.displacement import DisplacementField
from tilscope.preprocessing.engines import engine

MAX_MEAN_ERROR_MM = 0.5
MAX_MEAN_VOLUME_ERROR = 0.05


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["pre", "post2"])
def test_lesions_keep_place_and_volume(phase):
    settings = RegistrationSettings()
    found = []
    for seed, kind in ((300, "smooth"), (301, "rough"), (304, "sliding")):
        phantom = make_phantom(PhantomPlan(seed, motion=kind), settings.margin_mm + settings.moving_margin_mm)
        start, stop = phantom.roi.box(settings.margin_mm)
        fixed = phantom.series.phase("post1").cropped(start, stop)
        vectors = engine(settings.method).displace(fixed, phantom.series.phase(phase), settings)
        inside = phantom.roi.mask[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
        points = phantom.positions_mm(start, fixed.grid.shape)[inside]
        error = vectors[inside][:, ::-1] - phantom.motion.displacement(points)
        jacobian = DisplacementField(vectors, fixed.grid, start).jacobian()[inside].mean()
        volume_error = jacobian / phantom.motion.jacobian(points).mean() - 1.0
        found.append((np.linalg.norm(error, axis=-1).mean(), abs(volume_error)))
    mean_error, mean_volume_error = np.mean(found, axis=0)
    assert mean_error < MAX_MEAN_ERROR_MM
    assert mean_volume_error < MAX_MEAN_VOLUME_ERROR
