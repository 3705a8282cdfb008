"""mudata_small.h5mu.gz, written by mudata 0.3.10 (anndata 0.12.19, pandas 2.3.3): python recipe_mudata.py FILE."""

import gzip
import sys
import tempfile
from pathlib import Path

import anndata
import mudata
import numpy as np
import pandas as pd

mudata.set_options(pull_on_update=False)
obs = pd.DataFrame(
    {
        "word": pd.Categorical(["a", None, "b", "a"]),
        "code": ["007", "1E5", "NA", "=x"],
        "whole": pd.array([1, None, 3, 4], dtype="Int64"),
        "claim": pd.array([True, None, False, True], dtype="boolean"),
        "real": [1.5, np.nan, 2.0, -0.1],
        "count": [1, 2, 3, 4],
        "is_so": [True, False, True, True],
    },
    index=["p1", "p2", "p3", "p4"],
)
uns = {"text": "µ", "number": 1.5, "inner": {"name": "x"}}
radiomics = anndata.AnnData(
    np.arange(6.0).reshape(3, 2), pd.DataFrame(index=["p1", "p2", "p3"]), pd.DataFrame(index=["f1", "f2"])
)
rna = anndata.AnnData(
    np.array([[1.0], [2.0]]),
    pd.DataFrame(index=["p3", "p4"]),
    pd.DataFrame({"t": [2.5]}, index=["SEPT2"]),
    uns=uns,
    layers={"counts": np.array([[10.0], [20.0]])},
    obsm={"scores": pd.DataFrame({"T cells": [0.5, np.nan]}, index=["p3", "p4"])},
)
both = mudata.MuData({"radiomics": radiomics, "rna": rna})
both.obs = obs
both.uns.update(uns)
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "small.h5mu"
    both.write(file)
    Path(sys.argv[1]).write_bytes(gzip.compress(file.read_bytes(), mtime=0))
