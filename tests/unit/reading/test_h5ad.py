"""AnnData files: read as anndata wrote them, written by its documented layout."""

import gzip
import sys
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from tilscope.pipeline.sources import find_tables
from tilscope.reading import encode_h5ad, expression_of, open_expression, read_expression, table_kind
from tilscope.vocabulary import ExpressionError, MissingExtraError

REFERENCE = Path(__file__).parents[2] / "reference" / "biology"


@pytest.fixture
def written(tmp_path):
    """A file that anndata 0.12 wrote: float32, a sparse layer by rows and one by columns."""
    file = tmp_path / "cohort.h5ad"
    file.write_bytes(gzip.decompress((REFERENCE / "anndata_small.h5ad.gz").read_bytes()))
    return file


@pytest.fixture
def truth():
    return pd.read_csv(REFERENCE / "anndata_small_x.csv", index_col=0, keep_default_na=False).astype(float)


def test_file_of_anndata(written, truth):
    found = read_expression(written)
    assert list(found.values.columns) == ["001", "NA", "1E5", "p-4"]
    assert list(found.values.index) == ["CD8A", "GZMA", "PRF1", "ESR1", "NA", "ACTB", "CXCL8", "CD274"]
    np.testing.assert_array_equal(found.values.to_numpy(), truth.to_numpy())
    assert (found.scale, found.renamed) == ("log2", {"IL8": "CXCL8"})


def test_found_in_a_folder(written, tmp_path):
    assert table_kind(written) == "expression"
    assert find_tables(tmp_path) == (None, written)


def test_sparse_layers(written, truth):
    by_column = open_expression(written, "csc").values
    np.testing.assert_allclose(by_column, truth.to_numpy(), rtol=0, atol=1e-6)
    counts = open_expression(written, "counts")
    np.testing.assert_array_equal(counts.values, np.floor(2**by_column))
    assert counts.layout == "8 genes x 4 samples, AnnData layers/counts"


def test_a_layer_that_is_not_there_and_a_cut_file(written):
    with pytest.raises(ExpressionError, match=r"TAB-51.*layers/counts, layers/csc"):
        open_expression(written, "tpm")
    written.write_bytes(written.read_bytes()[:9000])
    with pytest.raises(ExpressionError, match="not a whole"):
        open_expression(written)


def test_without_h5py_the_extra_is_named(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"tilscope\[h5ad\]"):
        open_expression(written)


def test_written_file_has_the_documented_layout_and_comes_back(tmp_path, truth):
    samples = pd.DataFrame({"score": [0.5, 2.0], "group": ["high", None]}, index=["1E5", "001"])
    genes = pd.DataFrame({"t": [1.5]}, index=["PRF1"])
    file = tmp_path / "out.h5ad"
    file.write_bytes(encode_h5ad(truth, samples=samples, genes=genes, layers={"whole": truth.round()}))
    with h5py.File(file) as store:
        assert dict(store.attrs) == {"encoding-type": "anndata", "encoding-version": "0.1.0"}
        assert store["X"].shape == (4, 8)
        assert list(store["obs"].attrs["column-order"]) == ["score", "group"]
        np.testing.assert_array_equal(store["obs/score"][()], [2.0, np.nan, 0.5, np.nan])
        assert store["obs/group"].attrs["encoding-type"] == "categorical"
        assert [cell.decode() for cell in store["obs/group/categories"][()]] == ["high"]
        np.testing.assert_array_equal(store["obs/group/codes"][()], [-1, -1, 0, -1])
        assert store["var/t"][2] == 1.5
        assert store["var/_index"].attrs["encoding-type"] == "string-array"
    back = open_expression(file)
    assert back.samples == tuple(truth.columns)
    np.testing.assert_array_equal(back.values, truth.to_numpy())
    np.testing.assert_array_equal(open_expression(file, "whole").values, truth.round().to_numpy())


def test_written_without_tables(tmp_path, truth):
    file = tmp_path / "bare.h5ad"
    file.write_bytes(encode_h5ad(truth))
    with h5py.File(file) as store:
        assert list(store["var"].attrs["column-order"]) == []
    assert open_expression(file).genes == tuple(truth.index)


def test_an_object_in_memory(truth):
    adata = SimpleNamespace(
        X=sparse.csr_matrix(truth.to_numpy().T),
        layers={},
        obs_names=truth.columns,
        var_names=pd.Index([f"{k}_at_x" for k in range(8)]),
        var=pd.DataFrame({"feature_name": list(truth.index)}),
    )
    with pytest.raises(ExpressionError, match="TAB-58"):  # names of no kind
        expression_of(adata)
    adata.var_names = pd.Index([f"ENSG{k:011}.2" for k in range(8)])
    found = expression_of(adata)
    assert list(found.values.index)[:2] == ["CD8A", "GZMA"]
    assert "own column" in found.warnings[0]
    np.testing.assert_array_equal(found.values.to_numpy(), truth.to_numpy())
