"""Promise WEB-86 and the life of the server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from queue import Queue
from types import ModuleType
from urllib.request import urlopen

import pytest

from tilscope.review import open_server, serve, serving
from tilscope.study import Study
from tilscope.vocabulary import SettingsError, StudyError


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "192.168.0.4", "review.hospital.example", "127.0.0.1 ", "::1"]
)
def test_web86_other_addresses_are_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingsError, match="WEB-86"):
        serve(Study(tmp_path), host=host, open_browser=False, on_ready=lambda _: pytest.fail("it was served"))


@pytest.mark.parametrize("port", [-1, 80, 65536])
def test_ports_that_cannot_be_used_are_refused(tmp_path: Path, port: int) -> None:
    with pytest.raises(SettingsError, match=r"WEB-86.*expected 0 or 1024 to 65535"):
        open_server(Study(tmp_path), port=port)


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port}"):
            open_server(Study(tmp_path), port=port)


def test_a_damaged_table_is_refused_at_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "derivatives" / "review"
    folder.mkdir(parents=True)
    (folder / "ratings.tsv").write_text("damaged")
    with pytest.raises(StudyError, match="RUN-76"):
        open_server(Study(tmp_path))


def test_the_socket_is_bound_to_loopback_alone(tmp_path: Path) -> None:
    server = open_server(Study(tmp_path))
    try:
        assert server._socket.getsockname() == ("127.0.0.1", server.port)
    finally:
        server.close()


def test_the_users_browser_gets_an_address_for_one_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, told = Queue[str](), []
    monkeypatch.setattr(serving.webbrowser, "open", opened.put)
    monkeypatch.setattr(serving.ReviewServer, "run", lambda _: None)
    serve(Study(tmp_path), on_ready=told.append)
    address = opened.get(timeout=10)
    assert address.partition("?")[0] == told[0].partition("?")[0]
    assert address != told[0]


PROGRAM = """
import sys
from pathlib import Path
from queue import Queue
from tilscope.review import serve
from tilscope.study import Study
serve(Study(Path(sys.argv[1])), open_browser=False, on_ready=lambda url: print(url, flush=True))
print("ended", flush=True)
"""


def test_serve_says_its_address_logs_nothing_and_ends_with_ctrl_c(
    tmp_path: Path, small_study: ModuleType
) -> None:
    small_study.make_study(tmp_path, ())
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        with urlopen(url, timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (out, err, process.returncode) == ("ended\n", "", 0)
