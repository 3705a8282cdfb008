"""The door keeper: who may ask, from where, and how much (WEB-80 to WEB-85)."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENTRY_PATH = "/enter"
TOKEN_HEADER = "X-Tilscope-Token"  # noqa: S105  (a name, not a secret)
MAX_BODY_BYTES = 64 * 1024
BODY_SECONDS = 10.0

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# The report is a page of its own: its figures carry style attributes; it never talks to the server.
REPORT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

# A page that goes on by itself, not a redirect: after a redirect that began on another site (a link in a mail or a
# web terminal) browsers withhold SameSite=Strict cookies.
_ENTERED = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/">'
    '<link rel="icon" href="/static/review.svg" type="image/svg+xml"><title>Review</title>'
    '<p><a href="/">Go on to the review</a></p></html>'
)


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a visitor must know; all die with the server.

    Attributes
    ----------
    entry : str
        In the address that is printed for the user.
    tickets : set of str
        Entries for one use: the browser that tilscope opens itself gets one on its command line, where other users
        of the machine could read it.
    cookie : str
        Handed to a browser that entered; lets it look.
    form : str
        In the pages; a rating must carry it in a header, which no other site can read or send.
    """

    entry: str = field(default_factory=_secret, repr=False)
    tickets: set[str] = field(default_factory=set, repr=False)
    cookie: str = field(default_factory=_secret, repr=False)
    form: str = field(default_factory=_secret, repr=False)

    def new_ticket(self) -> str:
        """Return an entry for one use."""
        ticket = _secret()
        self.tickets.add(ticket)
        return ticket

    def opens(self, token: str) -> bool:
        """Tell whether a token of the address lets its bearer in; a ticket is used up."""
        if is_same(token, self.entry):
            return True
        ticket = next((t for t in self.tickets if is_same(token, t)), None)
        self.tickets.discard(ticket or "")
        return ticket is not None


def is_same(a: str, b: str) -> bool:
    """Compare secrets in a time that does not depend on where they differ."""
    return hmac.compare_digest(a.encode(errors="replace"), b.encode())


class Guard:
    """ASGI middleware in front of the whole room.

    Parameters
    ----------
    app : ASGI application
        Gets only requests that passed, with a body that is whole and small.
    port : int
        The server's port; a request must name ``127.0.0.1`` or ``localhost`` with it.
    keys : Secrets
        What a visitor must know.
    body_seconds : float
        How long a request may take to arrive.
    """

    def __init__(self, app: ASGIApp, port: int, keys: Secrets, *, body_seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self._cookie_name = f"tilscope_review_{port}"  # browsers share cookies between ports
        self._keys = keys
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on; websockets and the like are left unanswered."""
        if scope["type"] != "http":
            return
        request = Request(scope)
        send = _with_headers(send, request.url.path)
        answer: Response | bytes | None = self._stop(request)
        if answer is None:
            answer = await self._body(request, receive)
        if isinstance(answer, Response):
            await answer(scope, receive, send)
        elif answer is not None:
            await self._app(scope, _replay(answer, receive), send)

    def _stop(self, request: Request) -> Response | None:
        """Return why the request goes no further, or None."""
        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return _refusal(421, "This server answers only under 127.0.0.1 or localhost.")
        if request.url.path == ENTRY_PATH:
            return self._enter(request)
        if not is_same(request.cookies.get(self._cookie_name, ""), self._keys.cookie):
            return _refusal(401, "Open the address that `tilscope review` printed.")
        if request.method not in ("GET", "HEAD") and not self._is_own_page(request, hosts[0]):
            return _refusal(403, "Ratings are taken from this server's own pages only.")
        return None

    def _enter(self, request: Request) -> Response:
        if request.method != "GET" or not self._keys.opens(request.query_params.get("token", "")):
            return _refusal(401, "This address is not valid any more: start `tilscope review` again.")
        response = HTMLResponse(_ENTERED)
        response.set_cookie(self._cookie_name, self._keys.cookie, httponly=True, samesite="strict")
        return response

    def _is_own_page(self, request: Request, host: str) -> bool:
        return request.headers.getlist("origin") == [f"http://{host.lower()}"] and is_same(
            request.headers.get(TOKEN_HEADER, ""), self._keys.form
        )

    async def _body(self, request: Request, receive: Receive) -> Response | bytes | None:
        """Return the whole body, a refusal, or None when the visitor went away."""
        declared = request.headers.get("content-length", "0")
        body = b""
        too_large = not declared.isdecimal() or int(declared) > MAX_BODY_BYTES
        try:
            async with asyncio.timeout(self._body_seconds):
                while not too_large:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    too_large = len(body) > MAX_BODY_BYTES
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            return _refusal(408, "The request took too long to arrive.")
        return _refusal(413, "The request is larger than 64 kB.") if too_large else body


def _refusal(status: int, message: str) -> Response:
    return PlainTextResponse(f"{message}\n", status, {"Connection": "close"})


def _with_headers(send: Send, path: str) -> Send:
    policy = REPORT_POLICY if path.startswith("/report/") else PAGE_POLICY

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in (*HEADERS.items(), ("Content-Security-Policy", policy)):
                headers[name] = value
        await send(message)

    return sending


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return messages.pop() if messages else await receive()

    return receiving
