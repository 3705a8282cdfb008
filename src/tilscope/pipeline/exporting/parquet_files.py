"""Parquet: typed columns, each with its description and unit in the schema."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

from tilscope.pipeline.exporting.export_table import ExportTable
from tilscope.pipeline.exporting.gathering import Gathered


def parquet_files(gathered: Gathered) -> list[tuple[str, Callable[[], bytes]]]:
    """Return ``parquet/<table>.parquet`` of every table, each with what makes its bytes."""
    return [(f"parquet/{table.name}.parquet", partial(encode_parquet, table)) for table in gathered.tables]


def encode_parquet(table: ExportTable) -> bytes:
    """Return a table as Parquet; a missing value is null, a real number that is none is NaN."""
    import pyarrow as pa
    from pyarrow import parquet

    plain = pa.Table.from_pandas(table.frame, preserve_index=False)
    fields = []
    for told in plain.schema:
        meaning = table.meaning(told.name)
        kind = (
            pa.string() if pa.types.is_large_string(told.type) or pa.types.is_null(told.type) else told.type
        )
        fields.append(
            pa.field(told.name, kind, metadata={"description": meaning.description, "unit": meaning.unit})
        )
    about = {**(plain.schema.metadata or {}), b"title": table.title.encode()}
    stream = io.BytesIO()
    parquet.write_table(plain.cast(pa.schema(fields, metadata=about)), stream, compression="zstd")
    return stream.getvalue()
