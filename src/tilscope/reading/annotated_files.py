"""AnnData and MuData as HDF5: files written by the documented layouts, through h5py alone.

Every group and data set says its ``encoding-type`` and ``encoding-version``. Texts are UTF-8; a text that is missing
has the code -1 of a category, a missing whole number or truth value has a mask, a missing real number is NaN. Equal
contents give equal bytes.

References
----------
AnnData, "On-disk format" (h5ad); MuData, "Specification" (h5mu, format version 0.1.0).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import MissingExtraError

if TYPE_CHECKING:
    import pandas as pd

MUDATA_HEADER = b"MuData (format-version=0.1.0;creator=tilscope)"
HEADER_BYTES = 512
PARTS = ("layers", "obsm", "obsp", "varm", "varp")
RESERVED = "_index"


@dataclass(frozen=True, slots=True, eq=False)
class AnnotatedMatrix:
    """One modality: a matrix with what is known of its rows and columns.

    Attributes
    ----------
    values : DataFrame of float, observations x variables
        Patients or samples x features or genes.
    obs, var : DataFrame or None
        What is known of the observations and the variables, by name; those without a row have missing values.
    layers : mapping of str to DataFrame
        Other values of the same observations and variables.
    obsm : mapping of str to DataFrame
        Tables of further values, one row per observation.
    uns : mapping of str to text, number, truth value, or such a mapping
        What is known of the whole.
    """

    values: pd.DataFrame
    obs: pd.DataFrame | None = None
    var: pd.DataFrame | None = None
    layers: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    obsm: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    uns: Mapping[str, Any] = field(default_factory=dict)


def encode_anndata(matrix: AnnotatedMatrix) -> bytes:
    """Return the bytes of an ``.h5ad`` file.

    Raises
    ------
    MissingExtraError
        SET-27 without h5py.
    """
    memory = io.BytesIO()
    with needed_h5py().File(memory, "w") as store:
        _write_matrix(store, matrix)
    return memory.getvalue()


def encode_mudata(
    modalities: Mapping[str, AnnotatedMatrix], obs: pd.DataFrame, uns: Mapping[str, Any] | None = None
) -> bytes:
    """Return the bytes of an ``.h5mu`` file whose modalities share observations.

    Parameters
    ----------
    modalities : mapping of str to AnnotatedMatrix
        Each with some of the observations; no two may have a variable of one name.
    obs : DataFrame
        What is known of all observations; its index names every one that a modality has.
    uns : mapping, optional

    Raises
    ------
    MissingExtraError
        SET-27 without h5py.
    """
    import pandas as pd

    memory = io.BytesIO()
    variables = pd.Index([str(name) for m in modalities.values() for name in m.values.columns])
    with needed_h5py().File(memory, "w", userblock_size=HEADER_BYTES) as store:
        _encoding(store, "MuData", "0.1.0")
        store.attrs["axis"] = np.int64(0)
        mod = store.create_group("mod")
        mod.attrs.create("mod-order", _text_array(modalities), dtype=_text_type())
        for name, matrix in modalities.items():
            _write_matrix(mod.create_group(name), matrix)
        _write_frame(store, "obs", obs)
        _write_frame(store, "var", pd.DataFrame(index=variables))
        for name in ("obsm", "obsp", "varm", "varp", "obsmap", "varmap"):
            _encoding(store.create_group(name), "dict", "0.1.0")
        _write_mapping(store, "uns", uns or {})
        for name, matrix in modalities.items():
            for axis, everything, own in (
                ("obs", obs.index, matrix.values.index),
                ("var", variables, matrix.values.columns),
            ):
                places = own.get_indexer(everything) + 1  # 0: not of this modality
                _write_array(store[f"{axis}map"], name, places.astype(np.uint32))
                _write_array(store[f"{axis}m"], name, (places > 0)[:, None])
    return MUDATA_HEADER + memory.getvalue()[len(MUDATA_HEADER) :]


def needed_h5py() -> Any:
    """Return the package h5py, or name the extra that brings it (SET-27)."""
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError(
            "SET-27",
            ".h5ad and .h5mu files need h5py, which is not installed",
            remedy='Run: python -m pip install "tilscope[h5ad]"',
        ) from error
    return h5py


def _write_matrix(store: Any, matrix: AnnotatedMatrix) -> None:
    values = matrix.values
    _encoding(store, "anndata", "0.1.0")
    _write_array(store, "X", values.to_numpy(dtype=float), compression="gzip")
    _write_frame(store, "obs", _rows(matrix.obs, values.index))
    _write_frame(store, "var", _rows(matrix.var, values.columns))
    for name in PARTS:
        _encoding(store.create_group(name), "dict", "0.1.0")
    for name, layer in matrix.layers.items():
        same = layer.loc[values.index, values.columns].to_numpy(dtype=float)
        _write_array(store["layers"], name, same, compression="gzip")
    for name, table in matrix.obsm.items():
        _write_frame(store["obsm"], name, _rows(table, values.index))
    _write_mapping(store, "uns", matrix.uns)


def _rows(frame: pd.DataFrame | None, names: pd.Index) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(index=names) if frame is None else frame.reindex(names)


def _write_frame(store: Any, name: str, frame: pd.DataFrame) -> None:
    group = store.create_group(name)
    _encoding(group, "dataframe", "0.2.0")
    group.attrs["_index"] = RESERVED
    keys = _keys(frame.columns)
    group.attrs.create("column-order", _text_array(keys), dtype=_text_type())
    _write_texts(group, RESERVED, [str(label) for label in frame.index])
    for key, (_, cells) in zip(keys, frame.items(), strict=True):
        _write_column(group, key, cells)


def _keys(names: Iterable[Any]) -> list[str]:
    """Return a name in the file for each column: a stroke would be a folder of HDF5."""
    keys: list[str] = []
    for name in names:
        key = str(name).replace("/", "_").strip(".") or "unnamed"
        while key in keys or key == RESERVED:
            key += "_"
        keys.append(key)
    return keys


def _write_column(group: Any, key: str, cells: pd.Series) -> None:
    import pandas as pd

    is_missing = cells.isna().to_numpy()
    if pd.api.types.is_bool_dtype(cells.dtype):
        _write_nullable(group, key, cells.fillna(False).to_numpy(dtype=bool), is_missing, "boolean")
    elif pd.api.types.is_integer_dtype(cells.dtype):
        _write_nullable(group, key, cells.fillna(0).to_numpy(dtype=np.int64), is_missing, "integer")
    elif pd.api.types.is_numeric_dtype(cells.dtype):
        _write_array(group, key, cells.to_numpy(dtype=float, na_value=np.nan))
    else:
        _write_words(group, key, cells, is_missing)


def _write_nullable(
    group: Any, key: str, values: NDArray[Any], is_missing: NDArray[np.bool_], kind: str
) -> None:
    if not is_missing.any():
        _write_array(group, key, values)
        return
    inner = group.create_group(key)
    _encoding(inner, f"nullable-{kind}", "0.1.0")
    _write_array(inner, "values", values)
    _write_array(inner, "mask", is_missing)


def _write_words(group: Any, key: str, cells: pd.Series, is_missing: NDArray[np.bool_]) -> None:
    """Write texts as categories where one comes twice or is missing, else one by one."""
    present = [str(cell) for cell in cells[~is_missing]]
    categories = sorted(set(present))
    if len(categories) == len(cells):
        _write_texts(group, key, present)
        return
    inner = group.create_group(key)
    _encoding(inner, "categorical", "0.2.0")
    inner.attrs["ordered"] = np.bool_(False)
    _write_texts(inner, "categories", categories)
    place = {word: k for k, word in enumerate(categories)}
    codes = np.full(len(cells), -1, dtype=np.int8 if len(categories) < 127 else np.int32)
    codes[~is_missing] = [place[word] for word in present]
    _write_array(inner, "codes", codes)


def _write_mapping(group: Any, name: str, content: Mapping[str, Any]) -> None:
    inner = group.create_group(name)
    _encoding(inner, "dict", "0.1.0")
    for key, (_, value) in zip(_keys(content), content.items(), strict=True):
        if isinstance(value, Mapping):
            _write_mapping(inner, key, value)
        elif isinstance(value, str):
            _encoding(inner.create_dataset(key, data=value, dtype=_text_type()), "string", "0.2.0")
        else:
            _encoding(inner.create_dataset(key, data=value), "numeric-scalar", "0.2.0")


def _write_texts(group: Any, name: str, texts: Iterable[str]) -> None:
    node = group.create_dataset(name, data=_text_array(texts), dtype=_text_type())
    _encoding(node, "string-array", "0.2.0")


def _write_array(group: Any, name: str, data: NDArray[Any], compression: str | None = None) -> None:
    packed = compression if data.size else None  # HDF5 has no chunks of nothing
    _encoding(group.create_dataset(name, data=data, compression=packed), "array", "0.2.0")


def _text_array(texts: Iterable[str]) -> NDArray[np.object_]:
    return np.array([str(text) for text in texts], dtype=object)


def _text_type() -> Any:
    return needed_h5py().string_dtype("utf-8")


def _encoding(node: Any, kind: str, version: str) -> None:
    node.attrs["encoding-type"], node.attrs["encoding-version"] = kind, version
