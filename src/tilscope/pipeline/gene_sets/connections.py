"""The only place of the house that speaks to a server: requests, redirects, and what goes wrong with them.

The standard library's client is used: it heeds the proxies of the environment (``HTTPS_PROXY``, ``NO_PROXY``) and the
certificates that the machine trusts, also those of a hospital's own authority, and it adds no dependency. Nothing is
sent but the address, the program's name and version, and which bytes are wanted.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.error
import urllib.request
from email.message import Message
from typing import IO, Any

from tilscope.vocabulary import DownloadError

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})  # answers after which a later try may do
BROKEN = (OSError, http.client.HTTPException)
"""What a connection that cannot be made or breaks raises."""
IncompleteRead = http.client.IncompleteRead


class TryAgain(Exception):  # noqa: N818  (no error: the next try may do)
    """A try that ended without the whole file."""

    def __init__(self, why: str, wait_s: float = 0.0, rule: str = "NET-01") -> None:
        super().__init__(why)
        self.why, self.wait_s, self.rule = why, wait_s, rule


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from an encrypted connection to an open one."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise DownloadError(
                "NET-02",
                "the server leads from an encrypted connection to an open one",
                file=req.full_url,
                found=newurl,
                remedy="Download the file by hand and name it with --from FILE.",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def open_url(url: str, headers: dict[str, str], timeout_s: float) -> Any:
    """Send a request; return the answer, which the caller closes.

    Raises
    ------
    HTTPError
        An answer other than 2xx.
    OSError, HTTPException
        No answer; `no_connection` says what follows.
    DownloadError
        NET-02: no address of a server, or a redirect to an open connection.
    """
    from tilscope import __version__

    if not url.startswith(("https://", "http://")):
        raise DownloadError(
            "NET-02", "this is no address of a server", file=url, expected="https://... or http://..."
        )
    if "@" in host(url):
        raise DownloadError(
            "NET-02",
            "an address with a name or password in it is not taken",
            file=host(url).rpartition("@")[2],
            remedy="Download the file by hand and name it with --from FILE.",
        )
    fixed = {"User-Agent": f"tilscope/{__version__}", "Accept-Encoding": "identity"}
    request = urllib.request.Request(url, headers=fixed | headers)  # noqa: S310  (the scheme is checked above)
    return urllib.request.build_opener(_Redirects).open(request, timeout=timeout_s)


def refuse_page(headers: Message, url: str) -> None:
    """Refuse a web page where data are expected (NET-03)."""
    if headers.get_content_type() == "text/html":
        raise DownloadError(
            "NET-03",
            "a web page came instead of data",
            file=url,
            found="text/html",
            remedy="A network that asks for a login answers like this: open the address in a browser, or download the "
            "file by hand and name it with --from FILE.",
        )


def no_connection(error: Exception, url: str) -> Exception:
    """Return what follows from a connection that could not be made."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return DownloadError(
            "NET-01",
            "the server's certificate is not trusted",
            file=url,
            found=reason.verify_message,
            remedy="In a network that inspects connections, set SSL_CERT_FILE to your institution's certificates; or "
            "download the file by hand and name it with --from FILE.",
        )
    return TryAgain(f"{host(url)} cannot be reached ({told(reason)})")


def told(reason: object) -> str:
    """Return in words why a connection failed."""
    if isinstance(reason, socket.gaierror):
        return "its name is not known here"
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    return str(getattr(reason, "strerror", None) or reason or type(reason).__name__)


def refused(error: urllib.error.HTTPError, url: str) -> Exception:
    """Return what follows from an answer other than 2xx."""
    answer = f"HTTP {error.code} {error.reason}"
    if error.code in AGAIN:
        asked = error.headers.get("Retry-After") or ""
        return TryAgain(
            f"{host(url)} answered {answer}", float(asked) if asked.isdigit() else 0.0, rule="NET-02"
        )
    return DownloadError(
        "NET-02",
        "the server does not give the file",
        file=url,
        found=answer,
        remedy="Check the address; the file may have moved: --from names another address, or a file from elsewhere.",
    )


def host(url: str) -> str:
    """Return the server of an address."""
    return url.split("/")[2] if url.count("/") >= 2 else url
