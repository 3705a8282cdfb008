"""Promises WEB-80 to WEB-85: who is let in, from where, and with how much."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tilscope.study import Study

PAGES = ("/", "/patients/sub-a1", "/pictures/sub-a1/phases.png", "/report/", "/static/review.css", "/nothing")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
def test_web80_another_host_is_misdirected(visitor: Any, host: str) -> None:
    visitor.host = host.format(port=visitor.server.port)
    for path in (*PAGES, "/enter?token=" + visitor.server.keys.entry):
        assert visitor.get(path).status == (421 if host else 400)  # without Host, HTTP/1.1 itself is broken


def test_web80_two_hosts_are_refused(visitor: Any) -> None:
    good = f"Host: 127.0.0.1:{visitor.server.port}\r\n"
    line = visitor.raw(
        f"GET / HTTP/1.1\r\n{good}Host: evil.example\r\nCookie: {visitor.cookie}\r\n\r\n".encode()
    )
    assert line.split()[1] in (b"400", b"421")


def test_localhost_is_the_same_house(visitor: Any) -> None:
    visitor.host = f"LOCALHOST:{visitor.server.port}"
    assert visitor.get("/").status == 200


@pytest.mark.parametrize(
    "cookie", ["", "tilscope_review=x", "tilscope_review_{port}=wrong", "tilscope_review_{port}=é"]
)
def test_web81_without_the_cookie_nothing_is_shown(stranger: Any, cookie: str) -> None:
    for path in PAGES:
        answer = stranger.get(path, Cookie=cookie.format(port=stranger.server.port))
        assert answer.status == 401
        assert "sub-" not in answer.text


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=%C3%A9", "?token=%00"])
def test_web81_a_wrong_token_opens_nothing(stranger: Any, query: str) -> None:
    answer = stranger.get("/enter" + query)
    assert answer.status == 401
    assert "set-cookie" not in answer.headers


def test_web81_the_token_becomes_a_strict_http_only_cookie(stranger: Any) -> None:
    answer = stranger.get(f"/enter?token={stranger.server.keys.entry}")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert stranger.server.keys.entry not in answer.headers["set-cookie"]


def test_the_address_of_the_opened_browser_works_once(stranger: Any) -> None:
    path = stranger.server.one_use_url().partition(stranger.host)[2]
    assert [stranger.get(path).status for _ in range(2)] == [200, 401]


def test_secrets_are_not_in_a_representation(server: Any) -> None:
    assert server.keys.entry not in repr(server)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://localhost:{port}"},
        {"X-Tilscope-Token": ""},
        {"X-Tilscope-Token": "wrong"},
    ],
    ids=str,
)
def test_web82_a_rating_from_elsewhere_is_refused(
    visitor: Any, study: Study, headers: dict[str, str]
) -> None:
    foreign = {k: v.format(port=visitor.server.port) for k, v in headers.items()}
    assert visitor.rate("sub-a1", "exclude", **foreign).status == 403
    assert not (study.derivatives / "review" / "ratings.tsv").exists()
    assert visitor.rate("sub-a1", "exclude").status == 200  # the same request from the page itself


def test_web82_other_methods_do_nothing(visitor: Any) -> None:
    own = visitor.rating_headers()
    assert visitor.ask("DELETE", "/patients/sub-a1", {}).status == 403
    assert visitor.ask("DELETE", "/patients/sub-a1/rating", own).status == 405
    assert visitor.ask("OPTIONS", "/patients/sub-a1/rating", own).status == 405


OUTSIDE = [
    "/report/../study.toml",
    "/report/%2e%2e/study.toml",
    "/report/..%2fstudy.toml",
    "/report/%252e%252e/study.toml",
    "/report/..%5cstudy.toml",
    "/report//etc/passwd",
    "/report/%2fetc%2fpasswd",
    "/report/index.html%00.png",
    "/report/.hidden.html",
    "/report/assets",
    "/report/assets/",
    "/report/" + "a" * 300 + ".html",
    "/report/" + "a/" * 3000 + "a.html",
    "/pictures/sub-a1/..%2fqc.json",
    "/pictures/sub-a1/qc.json",
    "/pictures/sub-a1/%00.png",
    "/pictures/sub-a1/..",
    "/pictures/../study.toml",
    "/static/..%2fpages.py",
    "/static/%2e%2e/pages.py",
    "http://evil.example/",
]


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda p: p[:40])
def test_web83_nothing_outside_is_served(visitor: Any, study: Study, path: str) -> None:
    (study.root / "report" / ".hidden.html").write_text("secret")
    assert visitor.get(path).status == 404


def test_web83_links_are_not_followed(visitor: Any, study: Study, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    inside = study.root / "sourcedata"
    inside.mkdir(exist_ok=True)
    (inside / "linkage.html").write_text("hospital ids")
    links = {
        study.root / "report" / "out.png": secret,
        study.root / "report" / "linkage.html": inside / "linkage.html",
        study.root / "report" / "folder": tmp_path,
        study.root / "report" / "loop.html": study.root / "report" / "loop.html",
        study.qc_folder("sub-a1") / "out.png": secret,
    }
    for link, target in links.items():
        link.symlink_to(target)
    paths = (
        "/report/out.png",
        "/report/linkage.html",
        "/report/folder/secret.png",
        "/report/loop.html",
        "/pictures/sub-a1/out.png",
    )
    try:
        assert [visitor.get(path).status for path in paths] == [404] * len(paths)
        assert "out.png" not in visitor.get("/patients/sub-a1").text
    finally:
        for link in links:
            link.unlink()


def test_web84_every_answer_carries_a_policy_without_inline_scripts(visitor: Any, stranger: Any) -> None:
    answers = [*(visitor.get(path) for path in PAGES), stranger.get("/"), visitor.get("/report/nothing")]
    for answer in answers:
        directives = dict(
            d.strip().partition(" ")[::2] for d in answer.headers["content-security-policy"].split(";")
        )
        assert directives["default-src"] == "'none'"
        assert directives["script-src"] == "'self'"
        assert directives["frame-ancestors"] == "'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers
    assert "unsafe" not in answers[0].headers["content-security-policy"]


def test_web85_a_large_body_is_refused_before_it_is_sent(visitor: Any) -> None:
    headers = visitor.rating_headers(Content_Length=str(10**9))
    started = time.monotonic()
    assert visitor.ask("POST", "/patients/sub-a1/rating", headers).status == 413
    assert time.monotonic() - started < 0.4  # not the time limit


@pytest.mark.parametrize(("n_bytes", "status"), [(64 * 1024, 422), (64 * 1024 + 1, 413)])
def test_web85_the_limit_is_64_kb(visitor: Any, n_bytes: int, status: int) -> None:
    answer = visitor.ask("POST", "/patients/sub-a1/rating", visitor.rating_headers(), b"x" * n_bytes)
    assert answer.status == status


def _request_head(visitor: Any, *more: str) -> bytes:
    named = {"Host": visitor.host, "Cookie": visitor.cookie} | visitor.rating_headers()
    lines = ["POST /patients/sub-a1/rating HTTP/1.1", *(f"{k}: {v}" for k, v in named.items()), *more]
    return "\r\n".join((*lines, "", "")).encode()


def test_web85_a_large_body_without_a_length_is_refused(visitor: Any) -> None:
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    assert b" 413 " in visitor.raw(_request_head(visitor, "Transfer-Encoding: chunked") + 17 * chunk)


def test_web85_a_slow_body_is_given_up(visitor: Any) -> None:
    started = time.monotonic()
    assert b" 408 " in visitor.raw(_request_head(visitor, "Content-Length: 100") + b"{")
    assert 0.4 < time.monotonic() - started < 5


def test_web85_a_stranger_need_not_be_waited_for(stranger: Any) -> None:
    head = f"POST / HTTP/1.1\r\nHost: {stranger.host}\r\nContent-Length: 1000000000\r\n\r\n"
    assert b" 401 " in stranger.raw(head.encode())
