"""Files over HTTP: resumed, retried, measured, and never an error page instead of data."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from tilscope.pipeline.gene_sets.connections import (
    BROKEN,
    IncompleteRead,
    TryAgain,
    host,
    no_connection,
    open_url,
    refuse_page,
    refused,
    told,
)
from tilscope.study import commit_json, load_json, write_at
from tilscope.vocabulary import DownloadError, TilscopeError

CHUNK = 1 << 16
MOST_BYTES = 500 << 20
RANGE_REFUSED = 416


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for.

    Attributes
    ----------
    tries : int
        Tries in a row that bring nothing new, before giving up.
    first_wait_s : float
        Pause before the second try, s; it doubles with each further one.
    longest_wait_s : float
        Longest pause, s, also where the server asks for more.
    timeout_s : float
        Longest silence of a connection, s.
    """

    tries: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    timeout_s: float = 30.0


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Follower:
    """Who wants to know how a download goes: ``progress(name, bytes, total or None)`` and ``note(sentence)``."""

    progress: Callable[[str, int, int | None], None] = lambda *_: None
    note: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole file.

    Attributes
    ----------
    data : bytes
    url : str
        Where it was asked for.
    last_modified, etag : str
        What the server said of it, or empty.
    n_resumed : int
        Bytes that earlier tries had brought; 0 where the last one brought all.
    name : str
        The name of a file that was downloaded by hand, or empty.
    """

    data: bytes = field(repr=False)
    url: str = ""
    last_modified: str = ""
    etag: str = ""
    n_resumed: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Head:
    """What is known of the file that a partial download belongs to; kept beside it."""

    url: str
    etag: str = ""
    last_modified: str = ""
    total: int | None = None

    @property
    def validator(self) -> str:
        """What tells this file from a newer one; empty where nothing does. A weak ETag does not tell bytes."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


def download(
    url: str, partial: Path, follower: Follower | None = None, patience: Patience | None = None
) -> Fetched:
    """Fetch a file; what an earlier, interrupted call has left in ``partial`` is not fetched again.

    Parameters
    ----------
    url : str
        ``http://`` or ``https://``.
    partial : Path
        Where the bytes are kept until the file is whole; the caller removes it with `forget`.

    Raises
    ------
    DownloadError
        NET-01 no connection, or it broke too often; NET-02 the server refuses; NET-03 a page instead of data.
    """
    patience, follower = patience or PATIENCE, follower or Follower()
    n_resumed, n_idle = 0, 0
    while True:
        before = _size(partial)
        n_resumed = before if _head_of(partial, url) else 0
        try:
            head = _try(url, partial, follower, patience)
            return Fetched(partial.read_bytes(), url, head.last_modified, head.etag, n_resumed)
        except TryAgain as fault:
            n_idle = 0 if _size(partial) > before else n_idle + 1
            if n_idle >= patience.tries:
                raise _given_up(url, fault, _size(partial)) from fault
            wait_s = max(fault.wait_s, patience.first_wait_s * 2 ** max(n_idle - 1, 0))
            wait_s = min(wait_s, patience.longest_wait_s)
            follower.note(f"{fault.why}; trying again in {wait_s:.0f} s")
            time.sleep(wait_s)


def ask(url: str, patience: Patience | None = None) -> str:
    """Return a short text of a server in one try; empty where it does not answer with one."""
    patience = patience or PATIENCE
    try:
        with closing(open_url(url, {}, patience.timeout_s)) as response:
            return (
                str(response.read(CHUNK).decode("utf-8", errors="replace")) if response.status == 200 else ""
            )
    except HTTPError as error:
        error.close()
    except (*BROKEN, DownloadError):
        pass
    return ""


def forget(partial: Path) -> None:
    """Remove what is left of a download."""
    for file in (partial, _head_file(partial)):
        file.unlink(missing_ok=True)


def _try(url: str, partial: Path, follower: Follower, patience: Patience) -> _Head:
    """Fetch what is missing; return what the server says of the file once it is whole."""
    known = _head_of(partial, url)
    have = _size(partial) if known else 0
    headers = {"Range": f"bytes={have}-", "If-Range": known.validator} if known and have else {}
    try:
        response = open_url(url, headers, patience.timeout_s)
    except HTTPError as error:
        with closing(error):
            return _other_answer(error, url, partial, known)
    except BROKEN as error:
        raise no_connection(error, url) from error
    with closing(response):
        refuse_page(response.headers, url)
        goes_on = known is not None and _goes_on(response, known, have)
        if response.status == 206 and not goes_on:
            forget(partial)
            raise TryAgain(f"{host(url)} sent a piece of another file")
        start = have if goes_on else 0
        head = known if goes_on and known else _new_head(response, url)
        if not goes_on:
            write_at(partial, b"", 0)
            commit_json(_head_file(partial), asdict(head))
        size = _receive(response, partial, start, head, follower)
    if head.total is not None and size != head.total:
        raise TryAgain(f"the connection ended after {size:,} of {head.total:,} bytes", rule="NET-03")
    return head


def _receive(response: Any, partial: Path, start: int, head: _Head, follower: Follower) -> int:
    """Write what comes; return how many bytes there are now."""
    size, name = start, head.url.rsplit("/", 1)[-1]
    while True:
        try:
            chunk = response.read(CHUNK)
        except IncompleteRead as error:
            write_at(partial, error.partial, size)
            raise TryAgain(f"the connection ended after {size + len(error.partial):,} bytes") from error
        except BROKEN as error:
            raise TryAgain(f"the connection broke after {size:,} bytes ({told(error)})") from error
        if not chunk:
            return size
        write_at(partial, chunk, size)
        size += len(chunk)
        follower.progress(name, size, head.total)
        if size > MOST_BYTES:
            forget(partial)
            raise DownloadError(
                "NET-03",
                "the server sends far more than the file can be",
                file=head.url,
                found=f"more than {MOST_BYTES >> 20} MiB",
                remedy="Check the address.",
            )


def _goes_on(response: Any, known: _Head, have: int) -> bool:
    """Tell whether the answer is the rest of the file of which there is the beginning."""
    if response.status != 206 or not have:
        return False
    etag = response.headers.get("ETag") or known.etag
    starts = (response.headers.get("Content-Range") or "").startswith(f"bytes {have}-")
    return starts and etag == known.etag and _total_of_range(response.headers) in (None, known.total)


def _new_head(response: Any, url: str) -> _Head:
    length = response.headers.get("Content-Length")
    return _Head(
        url,
        response.headers.get("ETag") or "",
        response.headers.get("Last-Modified") or "",
        int(length) if length and length.isdigit() else None,
    )


def _total_of_range(headers: Message) -> int | None:
    """Return the whole length that ``Content-Range: bytes 5-9/10`` or ``bytes */10`` tells."""
    total = (headers.get("Content-Range") or "").rpartition("/")[2]
    return int(total) if total.isdigit() else None


def _other_answer(error: HTTPError, url: str, partial: Path, known: _Head | None) -> _Head:
    """Handle an answer other than 2xx: what is there may be whole; else try again, or give up."""
    if error.code == RANGE_REFUSED and known is not None:
        if _total_of_range(error.headers) == _size(partial) and known.total in (None, _size(partial)):
            return known
        forget(partial)
        raise TryAgain(f"{host(url)} has another file now")
    raise refused(error, url)


def _given_up(url: str, fault: TryAgain, have: int) -> DownloadError:
    kept = f" The same command goes on from byte {have:,}." if have else ""
    messages = {
        "NET-01": ("there is no connection to the server", "Check the network and its proxy (HTTPS_PROXY)"),
        "NET-02": ("the server does not give the file", "Try again later"),
        "NET-03": ("the file does not come whole", "Try again later"),
    }
    message, remedy = messages[fault.rule]
    return DownloadError(
        fault.rule,
        message,
        file=url,
        found=fault.why,
        remedy=f"{remedy}, or download the file by hand and name it with --from FILE.{kept}",
    )


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


def _head_file(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.json")


def _head_of(partial: Path, url: str) -> _Head | None:
    """Return what is known of a partial file that can be gone on with."""
    if not (partial.is_file() and _head_file(partial).is_file()):
        return None
    try:
        head = _Head(**load_json(_head_file(partial)))
    except (TypeError, TilscopeError):
        return None
    return head if head.url == url and head.validator else None
