"""The server: on this machine only, silent, with an address that nobody can guess."""

from __future__ import annotations

import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import uvicorn

from tilscope.review.guarding import BODY_SECONDS, ENTRY_PATH, Guard, Secrets
from tilscope.review.pages import Pages
from tilscope.review.ratings import RatingBook
from tilscope.study import Study
from tilscope.vocabulary import SettingsError

LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class ReviewServer:
    """A server that holds its port; it answers once it runs.

    Attributes
    ----------
    port : int
        Where it listens on 127.0.0.1.
    keys : Secrets
        What a visitor must know.
    """

    port: int
    keys: Secrets
    _server: uvicorn.Server = field(repr=False)
    _socket: socket.socket = field(repr=False)

    @property
    def url(self) -> str:
        """The address for the user, with its token."""
        return self._entry(self.keys.entry)

    def one_use_url(self) -> str:
        """Return an address that opens the door once."""
        return self._entry(self.keys.new_ticket())

    def run(self) -> None:
        """Answer until `stop` or Ctrl-C, then free the port."""
        try:
            with suppress(
                KeyboardInterrupt
            ):  # the usual end of a review: every rating is on the disk already
                self._server.run(sockets=[self._socket])
        finally:
            self.close()

    def close(self) -> None:
        """Free the port of a server that does not run."""
        self._socket.close()

    def stop(self) -> None:
        """Ask a running server to end; may be called from another thread."""
        self._server.should_exit = True

    def _entry(self, token: str) -> str:
        return f"http://127.0.0.1:{self.port}{ENTRY_PATH}?token={token}"


def serve(
    study: Study,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    open_browser: bool = True,
    on_ready: Callable[[str], None],
) -> None:
    """Serve the review of a study on this machine until Ctrl-C.

    Parameters
    ----------
    study : Study
        The study to look at; ratings go to its ``derivatives/review/ratings.tsv``.
    port : int
        0 takes a free one.
    host : str
        ``127.0.0.1`` or ``localhost``; nothing else is served.
    open_browser : bool
        Open the page in the user's browser.
    on_ready : callable
        Gets the address, with its token, once the port is open. Show it to the user and write it nowhere.

    Raises
    ------
    SettingsError
        WEB-86 for a host that other machines could reach, or a port that cannot be had.
    StudyError
        RUN-76 when the table of ratings is damaged.
    """
    server = open_server(study, port=port, host=host)
    try:
        on_ready(server.url)
        if open_browser:  # in a thread: a browser in a terminal would block
            threading.Thread(target=webbrowser.open, args=(server.one_use_url(),), daemon=True).start()
        server.run()
    finally:
        server.close()


def open_server(
    study: Study, *, port: int = 0, host: str = "127.0.0.1", body_seconds: float = BODY_SECONDS
) -> ReviewServer:
    """Take the port and make the server; see `serve`."""
    RatingBook(study).read()  # a damaged table is refused before anybody rates
    listening = _listen(host, port)
    taken: int = listening.getsockname()[1]
    keys = Secrets()
    guard = Guard(Pages(study, keys.form).application(), taken, keys, body_seconds=body_seconds)
    config = uvicorn.Config(
        guard,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",  # no access log, no traceback: both may name patients
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=64,
        timeout_graceful_shutdown=2,
    )
    return ReviewServer(taken, keys, uvicorn.Server(config), listening)


def _listen(host: str, port: int) -> socket.socket:
    if host not in LOOPBACK:
        raise SettingsError(
            "WEB-86",
            "the review is served on this machine only",
            found=host,
            expected=" or ".join(LOOPBACK),
            remedy="Leave the host out; from another machine use an SSH tunnel.",
        )
    if port != 0 and not 1024 <= port <= 65535:
        raise SettingsError("WEB-86", "this port cannot be used", found=port, expected="0 or 1024 to 65535")
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(64)
    except OSError as error:
        listening.close()
        raise SettingsError(
            "WEB-86",
            "this port cannot be had",
            found=f"port {port}: {error.strerror}",
            remedy="Choose another port, or leave it out: a free one is taken.",
        ) from error
    return listening
