"""The real UCSF patient: one dirty DICOM series with three phases, a vendor's maps, a tissue SEG, a lesion mask."""

from __future__ import annotations

import json
import shutil
import tarfile

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def ucsf(real_data, tmp_path):
    source = tmp_path / "ucsf"
    with tarfile.open(next((real_data / "dce-ucsf-br-06").glob("*.tgz"))) as archive:
        archive.extractall(source, filter="data")
    shutil.copy(real_data / "dce-ucsf-br-06" / "UCSF-BR-06_ftvROI_largest.nrrd", source)
    return source


@pytest.mark.slow
def test_import_and_extract_give_finite_features(tilscope, tmp_path, ucsf):
    study = tmp_path / "study"
    tilscope("init", study)
    unclear = tilscope("import", study, ucsf, "--workers", 0)  # the SEG is breast tissue, not the lesion
    assert unclear.code == 3
    assert "ROI-37" in unclear.text
    assert "--masks" in unclear.text
    imported = tilscope("import", study, ucsf, "--masks", "*.nrrd", "--workers", 0)
    assert imported.code == 0, imported.text
    (folder,) = (study / "images").iterdir()
    record = json.loads((folder / "dce.json").read_text())
    assert record["phase_names"] == ["pre", "post1", "post2"]
    assert record["shape"] == [60, 256, 256]
    np.testing.assert_allclose(record["spacing_mm"], [2.0, 0.703125, 0.703125], atol=1e-3)
    ran = tilscope("run", study, "--until", "extract", "--workers", 0)
    assert ran.code == 0, ran.text
    features = pd.Series(
        json.loads((study / "derivatives/features" / f"{folder.name}.json").read_text())["features"]
    )
    # 14 shape + 93 features x 9 images x (2 phases + 4 moments)
    assert len(features) == 14 + 93 * 9 * 6
    assert np.isfinite(features.astype(float)).all()
    qc = json.loads((study / "derivatives/registered" / folder.name / "registration.json").read_text())
    assert qc["volume_ml"] == pytest.approx(39325 * 2.0 * 0.703125**2 / 1000, rel=1e-3)
    for file in study.rglob("*"):
        if file.is_file() and "sourcedata" not in file.parts:
            assert b"UCSF-BR-06" not in file.read_bytes(), file
