"""Read the UCSF patient with tilscope and write plain arrays for the oracle, which reads no DICOM.

``python export_ucsf.py FOLDER_OF_REAL_DATA ucsf.npz``
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from tilscope.reading import read_dicom_series, read_roi

PHASES = ("pre", "post1", "post2")


def read_ucsf(folder, scratch):
    """Return the three phases (float32), the lesion mask and the spacing (z, y, x) in mm."""
    source = folder / "dce-ucsf-br-06"
    with tarfile.open(source / "ucsf_breast_dce_BR-06.tgz") as archive:
        archive.extractall(scratch, filter="data")
    series = read_dicom_series(scratch)
    mask = read_roi(source / "UCSF-BR-06_ftvROI_largest.nrrd", series.phases[0])
    return [phase.array for phase in series.phases], mask, series.phases[0].spacing_mm


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        phases, mask, spacing_mm = read_ucsf(Path(sys.argv[1]), Path(scratch))
    np.savez(sys.argv[2], mask=mask, spacing_mm=spacing_mm, **dict(zip(PHASES, phases, strict=True)))
