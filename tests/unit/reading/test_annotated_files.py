"""AnnData and MuData files: node by node as mudata writes them, and equal bytes for equal contents."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from tilscope.reading.annotated_files import AnnotatedMatrix, encode_anndata, encode_mudata
from tilscope.vocabulary import MissingExtraError

REFERENCE = Path(__file__).parents[2] / "reference" / "biology" / "mudata_small.h5mu.gz"
WRITER = ("encoder", "encoder-version")  # who wrote it; no part of the format

# As published: "On-disk format" of anndata, "Specification" of MuData.
VERSIONS = {
    "MuData": "0.1.0",
    "anndata": "0.1.0",
    "dataframe": "0.2.0",
    "array": "0.2.0",
    "string-array": "0.2.0",
    "categorical": "0.2.0",
    "nullable-integer": "0.1.0",
    "nullable-boolean": "0.1.0",
    "string": "0.2.0",
    "numeric-scalar": "0.2.0",
    "dict": "0.1.0",
}
UNS = {"text": "µ", "number": 1.5, "inner": {"name": "x"}}


def small():
    """What recipe_mudata.py writes with mudata."""
    obs = pd.DataFrame(
        {
            "word": pd.Series(["a", None, "b", "a"], dtype="str"),
            "code": pd.Series(["007", "1E5", "NA", "=x"], dtype="str"),
            "whole": pd.array([1, None, 3, 4], dtype="Int64"),
            "claim": pd.array([True, None, False, True], dtype="boolean"),
            "real": [1.5, np.nan, 2.0, -0.1],
            "count": [1, 2, 3, 4],
            "is_so": [True, False, True, True],
        }
    )
    obs.index = ["p1", "p2", "p3", "p4"]
    features = pd.DataFrame(np.arange(6.0).reshape(3, 2), ["p1", "p2", "p3"], ["f1", "f2"])
    genes = pd.DataFrame([[1.0], [2.0]], ["p3", "p4"], ["SEPT2"])
    rna = AnnotatedMatrix(
        genes,
        var=pd.DataFrame({"t": [2.5]}, ["SEPT2"]),
        layers={"counts": genes * 10},
        obsm={"scores": pd.DataFrame({"T cells": [0.5, np.nan]}, ["p3", "p4"])},
        uns=UNS,
    )
    return {"radiomics": AnnotatedMatrix(features), "rna": rna}, obs


def opened(data):
    return h5py.File(io.BytesIO(data))


def nodes(store):
    """Every node of a file: attributes, and for arrays kind, shape and values."""
    found = {"/": attributes(store)}

    def look(name, node):
        array = (node.dtype.kind, node.shape, np.asarray(node[()]).tolist()) if hasattr(node, "dtype") else ()
        found[name] = (attributes(node), *array)

    store.visititems(look)
    return found


def attributes(node):
    return {name: np.asarray(value).tolist() for name, value in node.attrs.items() if name not in WRITER}


def test_same_nodes_as_mudata_writes():
    modalities, obs = small()
    ours = nodes(opened(encode_mudata(modalities, obs, UNS)))
    theirs = nodes(opened(gzip.decompress(REFERENCE.read_bytes())))
    assert sorted(ours) == sorted(theirs)
    for name, expected in theirs.items():
        # NaN is not NaN, and values under a mask are nobody's
        if name in ("obs/whole/values", "obs/claim/values"):
            assert ours[name][:3] == expected[:3]
        else:
            assert str(ours[name]) == str(expected), name


def test_every_node_says_its_kind_and_version():
    modalities, obs = small()
    store = opened(encode_mudata(modalities, obs, UNS))
    told = []
    store.visititems(lambda name, node: told.append((name, dict(node.attrs))))
    for name, attrs in told:
        if name != "mod":  # a plain group
            assert VERSIONS[attrs["encoding-type"]] == attrs["encoding-version"], name
    assert len(told) > 50
    assert store.userblock_size == 512


def test_begins_as_mudata_asks():
    modalities, obs = small()
    data = encode_mudata(modalities, obs)
    assert data.startswith(b"MuData (format-version=0.1.0;")
    assert data[512:520] == b"\x89HDF\r\n\x1a\n"


def test_equal_contents_give_equal_bytes():
    first, second = (encode_mudata(*small(), UNS) for _ in range(2))
    assert first == second
    matrix = small()[0]["rna"]
    assert encode_anndata(matrix) == encode_anndata(matrix)


def test_names_that_hdf5_would_misread_and_nothing_at_all():
    obs = pd.DataFrame({"ER/PR": ["+", "-"], "ER_PR": [1, 2], "_index": [3, 4], ".": [5, 6]}, ["a", "b"])
    store = opened(encode_anndata(AnnotatedMatrix(pd.DataFrame(index=["a", "b"]), obs)))
    order = list(store["obs"].attrs["column-order"])
    assert order == ["ER_PR", "ER_PR_", "_index_", "unnamed"]
    assert set(store["obs"]) == {*order, "_index"}
    assert store["X"].shape == (2, 0)


def test_many_categories_and_none():
    words = pd.Series([*(f"w{k}" for k in range(200)), "w0", None], dtype="str")
    nothing = pd.Series([None] * len(words), dtype="str")
    index = [f"p{k}" for k in range(len(words))]
    obs = pd.DataFrame({"word": words.to_numpy(), "nothing": nothing.to_numpy()}, index)
    store = opened(encode_anndata(AnnotatedMatrix(pd.DataFrame(index=index), obs)))
    codes = store["obs/word/codes"][()]
    names = [cell.decode() for cell in store["obs/word/categories"][()]]
    assert [None if code < 0 else names[code] for code in codes] == [*words[:-1], None]
    assert set(store["obs/nothing/codes"][()]) == {-1}


def test_without_h5py_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"tilscope\[h5ad\]"):
        encode_mudata(*small())
