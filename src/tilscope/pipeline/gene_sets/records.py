"""What is known of a collection of gene sets: the record ``NAME.json`` beside ``NAME.gmt``."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from tilscope.study import commit, commit_json, load_json, sha256_of_file
from tilscope.vocabulary import ExpressionError, TilscopeError

SetsUse = Literal["cells", "pathways"]
USES: tuple[SetsUse, ...] = ("cells", "pathways")


@dataclass(frozen=True, slots=True)
class OriginalFile:
    """A file that a collection was made from.

    Attributes
    ----------
    name : str
        Without its folder.
    sha256 : str
        Of the file as it came.
    n_bytes : int
    url, last_modified, etag : str
        Where it was fetched, and what the server said of it; empty for a file handed over.
    """

    name: str
    sha256: str
    n_bytes: int
    url: str = ""
    last_modified: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True)
class CollectionRecord:
    """Where a collection comes from and what may be done with it.

    Attributes
    ----------
    name : str
        The file's stem.
    uses : tuple of {"cells", "pathways"}
        Scores per sample, enrichment, or both; empty for a table of gene names.
    licence, source : str
        As told by who added it, or by who publishes it.
    sha256 : str
        Of the file in the study.
    n_sets, n_genes : int
    added : str
        Date (UTC), ``2026-11-23``.
    version, version_from : str
        Release or date, and who told it; empty where nobody did.
    files : tuple of OriginalFile
        What it was made from.
    """

    name: str
    uses: tuple[SetsUse, ...]
    licence: str
    source: str
    sha256: str
    n_sets: int
    n_genes: int
    added: str
    version: str = ""
    version_from: str = ""
    files: tuple[OriginalFile, ...] = ()


def today() -> str:
    """Return the date (UTC) for a record."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def record_file(collection: Path) -> Path:
    """Return where the record of a collection lies."""
    return collection.with_suffix(".json")


def read_record(collection: Path) -> CollectionRecord | None:
    """Read the record beside a collection; None where there is none.

    Raises
    ------
    StudyError
        RUN-76: the record cannot be read.
    ExpressionError
        TAB-72: it is not as tilscope writes it, or the collection is not the file that it was written for.
    """
    file = record_file(collection)
    if not file.is_file():
        return None
    record = _parsed(load_json(file), file)
    found = sha256_of_file(collection)
    if found != record.sha256:
        raise ExpressionError(
            "TAB-72",
            "the gene sets are not those that the record beside them was written for",
            file=collection.name,
            found=f"SHA-256 {found[:12]}...",
            expected=f"{record.sha256[:12]}... as in {file.name}",
            remedy="Add or fetch the collection again with tilscope genesets, which writes a new record.",
        )
    return record


def _parsed(content: dict[str, Any], file: Path) -> CollectionRecord:
    try:
        uses, files = content["uses"], content.get("files", [])
        if not isinstance(uses, list) or not set(uses) <= set(USES):
            raise ValueError(f"uses {uses!r}")
        originals = tuple(OriginalFile(**original) for original in files)
        record = CollectionRecord(**content | {"uses": tuple(uses), "files": originals})
        texts = (record.name, record.licence, record.source, record.sha256, record.added, record.version)
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a text is none")
    except (KeyError, TypeError, ValueError) as fault:
        raise ExpressionError(
            "TAB-72",
            "the record of a collection of gene sets is not as tilscope writes it",
            file=file.name,
            found=str(fault)[:100],
            expected="uses, licence, source, sha256 and counts",
            remedy="Delete it, and add the collection again with tilscope genesets add.",
        ) from fault
    return record


def keep(collection: Path, data: bytes, record: CollectionRecord) -> bool:
    """Write a collection and its record; return whether anything changed.

    Where the same bytes lie there with the same facts, the old record stays with its date, so that no step of the
    study runs again for nothing.
    """
    old = old_record(collection)
    if old is not None and _facts(old) == _facts(record):
        return False
    record_file(collection).unlink(
        missing_ok=True
    )  # a crash in between leaves sets without a record, never a wrong one
    commit(collection, data)
    commit_json(record_file(collection), asdict(record))
    return True


def old_record(collection: Path) -> CollectionRecord | None:
    """Return the record of a collection that is to be written over; None if there is none that holds."""
    try:
        return read_record(collection) if collection.is_file() else None
    except TilscopeError:
        return None


def _facts(record: CollectionRecord) -> dict[str, Any]:
    return {name: value for name, value in asdict(record).items() if name not in ("added", "files")}
