"""AnnData: ``.h5ad`` files by their documented layout (HDF5), and objects in memory.

Observations are samples and variables are genes; matrices here are genes x samples. Files are read and written
through h5py, so that they do not depend on which pandas an anndata accepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.annotated_files import AnnotatedMatrix, encode_anndata, needed_h5py
from tilscope.reading.expression_tables import (
    SYMBOL_COLUMNS,
    ExpressionTable,
    refuse_transposed,
    without_no_genes,
)
from tilscope.reading.text_tables import refuse_repeated
from tilscope.vocabulary import ExpressionError

if TYPE_CHECKING:
    import pandas as pd

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
SPARSE = {"csr_matrix", "csc_matrix"}


def is_h5ad(path: Path) -> bool:
    """Tell whether a file is HDF5, whatever its name."""
    with path.open("rb") as stream:
        return stream.read(len(HDF5_MAGIC)) == HDF5_MAGIC


def read_h5ad_table(path: Path, layer: str | None = None) -> ExpressionTable:
    """Read ``X`` or a layer of an ``.h5ad`` file.

    Raises
    ------
    ExpressionError
        TAB-51 for a file that is no whole AnnData, or without that layer; TAB-50, TAB-53, TAB-56, TAB-57 as for text.
    MissingExtraError
        Without h5py.
    """
    h5py = needed_h5py()
    try:
        with h5py.File(path, "r") as store:
            place = "X" if layer is None else f"layers/{layer}"
            if place not in store:
                raise _no_layer(path, place, [f"layers/{name}" for name in store.get("layers", ())])
            values = _matrix(store[place]).T
            samples, genes = _names(store["obs"]), _names(store["var"])
            var = {name: _texts(store["var"][name]) for name in store["var"]}
    except (OSError, KeyError, ValueError, RuntimeError) as fault:
        raise ExpressionError(
            "TAB-51",
            "this is not a whole .h5ad file",
            file=path,
            found=str(fault).splitlines()[0][:100],
            expected="AnnData with X, obs and var",
            remedy="Write it again with anndata's write_h5ad.",
        ) from fault
    return _table(values, genes, samples, var, f"AnnData {place}", path.name)


def expression_table_of(adata: Any, layer: str | None = None) -> ExpressionTable:
    """Take ``X`` or a layer of an AnnData object (obs: samples, var: genes); `trusted_expression` settles the rest."""
    place = "X" if layer is None else f"layers/{layer}"
    if layer is not None and layer not in adata.layers:
        raise _no_layer("AnnData", place, [f"layers/{name}" for name in adata.layers])
    values = adata.X if layer is None else adata.layers[layer]
    dense = values.toarray() if hasattr(values, "toarray") else values
    var = {str(name): [str(cell) for cell in adata.var[name]] for name in adata.var.columns}
    return _table(
        np.asarray(dense, dtype=float).T,
        [str(name) for name in adata.var_names],
        [str(name) for name in adata.obs_names],
        var,
        f"AnnData {place}",
        "AnnData",
    )


def encode_h5ad(
    expression: pd.DataFrame,
    *,
    samples: pd.DataFrame | None = None,
    genes: pd.DataFrame | None = None,
    layers: Mapping[str, pd.DataFrame] | None = None,
) -> bytes:
    """Return the bytes of an ``.h5ad`` file that anndata reads.

    Parameters
    ----------
    expression : DataFrame of float, genes x samples
        Becomes ``X`` (samples x genes).
    samples : DataFrame, optional
        Becomes ``obs``: what is known of the samples, such as scores and groups; samples without a row are empty.
    genes : DataFrame, optional
        Becomes ``var``: such as the table of differential expression.
    layers : mapping of str to DataFrame, genes x samples, optional
        Such as ``{"counts": counts}``, of the same genes and samples.
    """
    return encode_anndata(
        AnnotatedMatrix(
            expression.T,
            samples,
            genes,
            {name: frame.T for name, frame in (layers or {}).items()},
        )
    )


def _no_layer(file: object, place: str, there: list[str]) -> ExpressionError:
    return ExpressionError(
        "TAB-51",
        f"the AnnData has no {place}",
        file=file,
        found=", ".join(there) or "no layers",
        expected=place,
        remedy="Set [expression] layer to one that is there, or leave it unset for X.",
    )


def _table(
    values: NDArray[np.float64],
    genes: list[str],
    samples: list[str],
    var: Mapping[str, list[str]],
    layout: str,
    file: str,
) -> ExpressionTable:
    if values.shape != (len(genes), len(samples)) or not values.size:
        raise ExpressionError(
            "TAB-51",
            "the AnnData has another shape than its names say, or is empty",
            file=file,
            found=f"{values.shape[1]} x {values.shape[0]}",
            expected=f"{len(samples)} samples x {len(genes)} genes",
        )
    refuse_repeated(tuple(samples), Path(file), ExpressionError, "sample", "TAB-50")
    refuse_transposed(genes, samples, file)
    low = {name.lower(): column for name, column in var.items()}
    symbols = next((low[name] for name in SYMBOL_COLUMNS if name in low), [])
    told = f"{len(genes):,} genes x {len(samples):,} samples, {layout}"
    return without_no_genes(
        replace(
            ExpressionTable(tuple(genes), tuple(samples), np.ascontiguousarray(values)),
            symbols=tuple("" if s in ("nan", "None", "<NA>") else s for s in symbols),
            layout=told,
            file=file,
        )
    )


def _matrix(node: Any) -> NDArray[np.float64]:
    """Return a dense or sparse matrix of the file, samples x genes."""
    kind = node.attrs.get("encoding-type", "array")
    if kind not in SPARSE:
        return np.asarray(node[()], dtype=float)
    from scipy import sparse

    make = sparse.csr_matrix if kind == "csr_matrix" else sparse.csc_matrix
    parts = (np.asarray(node["data"][()], dtype=float), node["indices"][()], node["indptr"][()])
    dense: NDArray[np.float64] = make(parts, shape=tuple(node.attrs["shape"])).toarray()
    return dense


def _names(frame: Any) -> list[str]:
    return _texts(frame[frame.attrs.get("_index", "_index")])


def _texts(node: Any) -> list[str]:
    """Return a column as text: strings, numbers, categories, nullable strings."""
    kind = node.attrs.get("encoding-type", "")
    if kind == "categorical":
        categories = _texts(node["categories"])
        return ["" if code < 0 else categories[code] for code in node["codes"][()]]
    if kind.startswith("nullable"):
        cells = zip(_texts(node["values"]), node["mask"][()], strict=True)
        return ["" if is_missing else text for text, is_missing in cells]
    return [cell.decode() if isinstance(cell, bytes) else str(cell) for cell in node[()]]
