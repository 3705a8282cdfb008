"""Same input, same bits: in fresh processes, with any number of threads, whatever the environment says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from breast_pair import make_pair
from tilscope.preprocessing import *
pair = make_pair(3, shape=(30, 44, 44), spacing_mm=(2.2, 2.0, 2.0), diameter_mm=16.0)
found = register(pair.series, pair.roi_on_post2, RegistrationSettings(method=sys.argv[2], margin_mm=12.0))
field = estimate_bias(pair.series.phase("post1"), BiasSettings(method=sys.argv[3]))
scaling = measure_scaling(pair.series.phases, found.series.phases, found.roi)
digest = hashlib.sha256(found.roi.mask.tobytes() + field.log_field.tobytes())
for index, phase in enumerate(found.series.phases):
    digest.update(scaling.apply(index, field.correct(phase)[0]).array.tobytes())
digest.update(repr((found.phases, scaling, field.log_sd)).encode())
digest.update(repr(enhancement_curve(found.series.phases, found.roi)).encode())
print(digest.hexdigest())
"""


def digest(engine: str, bias: str, **environment: str) -> str:
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(Path(__file__).parent), engine, bias]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    assert len(done.stdout.strip()) == 64, "an engine wrote to stdout"
    return done.stdout


ONE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
    "PYTHONHASHSEED": "1",
}
MANY = {
    "OMP_NUM_THREADS": "4",
    "OPENBLAS_NUM_THREADS": "4",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "4",
    "PYTHONHASHSEED": "2",
    "ANTS_RANDOM_SEED": "99",
}


def test_recommended_gives_the_same_bits():
    assert digest("greedy", "n3", **ONE) == digest("greedy", "n3", **MANY)


@pytest.mark.slow
def test_ants_gives_the_same_bits():
    assert digest("syn", "n4", **ONE) == digest("syn", "n4", **MANY)
