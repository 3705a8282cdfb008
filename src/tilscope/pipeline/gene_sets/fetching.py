"""A source's files into the study: from its server, a mirror, or files that were downloaded by hand."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from tilscope.pipeline.gene_sets.downloading import Fetched, Follower, ask, download, forget
from tilscope.pipeline.gene_sets.records import (
    CollectionRecord,
    OriginalFile,
    keep,
    old_record,
    today,
)
from tilscope.pipeline.gene_sets.sources import RemoteFile, Source
from tilscope.reading.doors import existing_file
from tilscope.study import Study, sha256
from tilscope.vocabulary import DownloadError, StudyError

WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to fetch.

    Attributes
    ----------
    source : Source
    origin : str or None
        Another address, or a file or folder, in place of the source's own address.
    is_accepted : bool
        Whether the user has accepted the source's terms.
    force : bool
        Whether a file of that name that came from elsewhere is written over.
    """

    source: Source
    origin: str | None = None
    is_accepted: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What was fetched: the record, the earlier one, and whether anything changed in the study."""

    file: Path
    record: CollectionRecord
    before: CollectionRecord | None
    has_changed: bool
    notes: tuple[str, ...]


def fetch(study: Study, request: FetchRequest, follower: Follower | None = None) -> FetchResult:
    """Bring a source's gene sets or gene names into ``STUDY/genesets``.

    Raises
    ------
    DownloadError
        NET-01 no connection, NET-02 the server refuses, NET-03 not what it should be, NET-04 terms not accepted.
    StudyError
        RUN-75 a file of that name lies there that did not come from this source.
    """
    source, follower = request.source, follower or Follower()
    _refuse_unaccepted(request)
    target = study.gene_set_folder / source.target
    _refuse_strange(target, request)
    fetched = _obtain(study, request, follower)
    try:
        content = source.decode({name: part.data for name, part in fetched.items()})
    except DownloadError:
        _forget_all(study, source)
        if not any(part.n_resumed for part in fetched.values()):
            raise
        follower.note("the pieces do not fit together; fetching the whole again")
        fetched = _obtain(study, request, follower)
        content = source.decode({name: part.data for name, part in fetched.items()})
    version, told_by = _version(source, fetched, content.dated)
    before = old_record(target)
    record = CollectionRecord(
        name=target.stem,
        uses=source.uses,
        licence=source.licence,
        source=source.title,
        sha256=sha256(content.data),
        n_sets=content.n_sets,
        n_genes=content.n_genes,
        added=today(),
        version=version,
        version_from=told_by,
        files=tuple(_original(name, part) for name, part in fetched.items()),
    )
    has_changed = keep(target, content.data, record)
    _forget_all(study, source)
    return FetchResult(target, record, before, has_changed, content.notes)


def _refuse_unaccepted(request: FetchRequest) -> None:
    if request.source.must_be_accepted and not request.is_accepted:
        raise DownloadError(
            "NET-04",
            f"the terms of {request.source.title} have not been accepted",
            expected="somebody for whom they hold",
            remedy="If they hold for you, add --accept-licence.",
        )


def _refuse_strange(target: Path, request: FetchRequest) -> None:
    """Refuse to write over a file of the user's own that happens to have the name."""
    if not target.is_file() or request.force:
        return
    before = old_record(target)
    if before is None or before.source != request.source.title:
        raise StudyError(
            "RUN-75",
            "a file of this name lies there that was not fetched from this source",
            file=target.name,
            found="no valid record beside it" if before is None else f"source {before.source!r}",
            remedy="Rename it, or write over it with --force.",
        )


def _addresses(source: Source, origin: str | None) -> dict[str, str]:
    """Return the address of each file; an origin that ends with the one file's name is that file."""
    base = origin or source.address
    if len(source.files) == 1 and base.endswith(source.files[0].name):
        return {source.files[0].name: base}
    return {file.name: f"{base.rstrip('/')}/{file.path}" for file in source.files}


def _obtain(study: Study, request: FetchRequest, follower: Follower) -> dict[str, Fetched]:
    """Return the source's files, by name."""
    source, origin = request.source, request.origin
    if origin is not None and not origin.startswith(WEB):
        return _local(source, Path(origin))
    fetched: dict[str, Fetched] = {}
    for name, url in _addresses(source, origin).items():
        if fetched:
            time.sleep(source.seconds_between)
        fetched[name] = download(url, _partial(study, source, name), follower)
    return fetched


def _partial(study: Study, source: Source, name: str) -> Path:
    """Return where a download is kept until it is whole; runs of other commands leave it alone."""
    return study.gene_set_folder / f".{source.key}-{name}.partial"


def _forget_all(study: Study, source: Source) -> None:
    for file in source.files:
        forget(_partial(study, source, file.name))


def _local(source: Source, path: Path) -> dict[str, Fetched]:
    """Return files downloaded by hand: the one file of the source, or a folder with all of them."""
    if path.is_dir():
        found = {file.name: path / file.name for file in source.files}
    elif len(source.files) == 1:
        found = {source.files[0].name: path}
    else:
        raise DownloadError(
            "NET-02",
            f"{source.title} needs {len(source.files)} files",
            file=path.name,
            found="one file" if path.exists() else "no such folder",
            expected=f"a folder with {', '.join(_by_hand(source, file) for file in source.files)}",
            remedy="Download them in a browser under these names, and name their folder with --from FOLDER.",
        )
    return {
        name: Fetched(existing_file(file, "TAB-00").read_bytes(), name=file.name)
        for name, file in found.items()
    }


def _by_hand(source: Source, file: RemoteFile) -> str:
    return f"{file.name} (from {source.address}{file.path})"


def _version(source: Source, fetched: Mapping[str, Fetched], dated: str) -> tuple[str, str]:
    """Return the release or date, and who told it; empty where nobody did."""
    main = fetched[source.files[0].name]
    if source.version is not None and main.url:
        base = main.url.removesuffix(source.files[0].path)
        page = "" if base == main.url else _asked(source, f"{base}{source.version.path}")
        if found := re.search(source.version.pattern, page, re.MULTILINE):
            return found[1], source.version.told_by
    if main.last_modified:
        return _date(main.last_modified), "the server's date of the file"
    if dated:
        return dated, "the date inside the zip file"
    if found := re.search(r"\d{4}-\d{2}-\d{2}", main.name):
        return found[0], "the name of the file"
    return "", ""


def _asked(source: Source, url: str) -> str:
    time.sleep(source.seconds_between)
    return ask(url)


def _date(text: str) -> str:
    try:
        return parsedate_to_datetime(text).strftime("%Y-%m-%d")
    except ValueError:
        return text


def _original(name: str, part: Fetched) -> OriginalFile:
    return OriginalFile(
        part.name or name, sha256(part.data), len(part.data), part.url, part.last_modified, part.etag
    )
