"""A GMT file of the user's into the study, with its licence and its hash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tilscope.pipeline.biology.inputs import uses_by_size
from tilscope.pipeline.gene_sets.records import (
    CollectionRecord,
    OriginalFile,
    SetsUse,
    keep,
    old_record,
    today,
)
from tilscope.pipeline.gene_sets.sources import HGNC_TABLE
from tilscope.reading import gene_set_text, parse_gene_sets
from tilscope.reading.doors import existing_file
from tilscope.study import Study, sha256
from tilscope.vocabulary import ExpressionError, SettingsError, StudyError

LONGEST_NAME = 60
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class AddRequest:
    """What to add.

    Attributes
    ----------
    file : Path
        GMT, plain or ``.gz``.
    licence, source : str
        Under which terms the sets may be used, and where they come from (empty: the file's name).
    uses : tuple of {"cells", "pathways"} or None
        None leaves it to the number of sets.
    name : str or None
        What the collection is called in the study; None makes it of the file's name.
    force : bool
        Whether another collection of that name is written over.
    """

    file: Path
    licence: str
    source: str = ""
    uses: tuple[SetsUse, ...] | None = None
    name: str | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """What was added, and whether anything changed in the study."""

    file: Path
    record: CollectionRecord
    has_changed: bool
    notes: tuple[str, ...]


def add(study: Study, request: AddRequest) -> Added:
    """Check a GMT file and copy it into ``STUDY/genesets`` with a record beside it.

    Raises
    ------
    ExpressionError
        TAB-00 missing, TAB-51 not GMT, TAB-52 encoding, TAB-53 genes turned into dates, TAB-54 a set twice.
    SettingsError
        SET-03 an impossible name, or no licence.
    StudyError
        RUN-75 another collection has the name.
    """
    licence = request.licence.strip()
    if not licence:
        raise SettingsError(
            "SET-03",
            "the licence of the gene sets is empty",
            expected="its name, or a sentence such as 'own work'",
            remedy="Say with --licence under which terms these sets may be used.",
        )
    data = existing_file(request.file, "TAB-00", ExpressionError).read_bytes()
    text = gene_set_text(data, request.file)
    sets = parse_gene_sets(text, request.file)
    name = checked_name(request.name or name_of(request.file))
    target, kept = study.gene_set_folder / f"{name}.gmt", text.encode()
    record = CollectionRecord(
        name=name,
        uses=request.uses or uses_by_size(len(sets.sets)),
        licence=licence,
        source=request.source.strip() or request.file.name,
        sha256=sha256(kept),
        n_sets=len(sets.sets),
        n_genes=len(sets.genes),
        added=today(),
        files=(OriginalFile(request.file.name, sha256(data), len(data)),),
    )
    _refuse_other(target, record, force=request.force)
    notes = (
        ()
        if text.endswith(("\n", "\r"))
        else ("the last line has no line break: compare it with its source",)
    )
    return Added(target, record, keep(target, kept, record), notes)


def name_of(file: Path) -> str:
    """Return a name for a collection of the name of its file: ``hallmark.v7.0.gmt.gz`` is ``hallmark_v7_0``."""
    stem = re.sub(r"(\.gmt)?(\.gz)?$", "", file.name, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_-")[:LONGEST_NAME]


def checked_name(name: str) -> str:
    """Return the name if it can be that of a file everywhere, and of no other kind of file here (SET-03)."""
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME or name == Path(HGNC_TABLE).stem:
        raise SettingsError(
            "SET-03",
            "a collection of gene sets cannot have this name",
            found=repr(name),
            expected=f"letters, digits, - and _, at most {LONGEST_NAME}, not {Path(HGNC_TABLE).stem}",
            remedy="Name it with --name.",
        )
    return name


def _refuse_other(target: Path, record: CollectionRecord, *, force: bool) -> None:
    """Refuse to write over other sets; the same sets may get another licence, source or use."""
    if force or not target.is_file() or sha256(target.read_bytes()) == record.sha256:
        return
    before = old_record(target)
    raise StudyError(
        "RUN-75",
        "the study has other gene sets of this name",
        file=target.name,
        found="no valid record beside them"
        if before is None
        else f"source {before.source!r}, added {before.added}",
        remedy="Give them another name with --name, or write over them with --force.",
    )
