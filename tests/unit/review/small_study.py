"""A small study made of plain files, as the pipeline leaves them, and a browser without a window: raw HTTP."""

from __future__ import annotations

import io
import json
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tilscope.review import ReviewServer, open_server
from tilscope.study import Study

PATIENTS = ("sub-a1", "sub-b2", "sub-c3", "sub-d4")
QUARANTINED = "sub-q9"
EVIL = "<script>alert(1)</script>"
PICTURES = {
    "phases": "Phases",
    "flicker-post3": "In turn: post3",
    "flicker-post2": "In turn: post2",
    "jacobian": "Volume change",
    "enhancement": "Enhancement curve",
}
SIZES = {"phases": (7.0, 5.2), "enhancement": (3.4, 2.4)}
QUARANTINE = {
    "kind": "SeriesError",
    "rule": "IMG-15",
    "patient": QUARANTINED,
    "file": "phase-3.nii.gz",
    "message": f"phases differ in their grid {EVIL}",
    "found": "0.70 x 0.70 x 1.10 mm",
    "expected": "0.70 x 0.70 x 2.20 mm",
    "remedy": "Export all phases of one examination.",
    "step": "register",
}


def measures(patient: str, **changes: Any) -> dict[str, Any]:
    """A qc.json with every key that the pipeline writes."""
    names = ["pre", "post1", "post2", "post3"]
    return {
        "patient": patient,
        "roi_voxels": 1834,
        "roi_volume_ml": 1.9768,
        "roi_phase": "post1",
        "phases": names,
        "times_s": [-75.0, 0.0, 75.0, 150.0],
        "phase_key": "AcquisitionTime",
        "spacing_mm": [2.2, 0.7, 0.7],
        "shape": [96, 448, 448],
        "registration": [
            {
                "phase": name,
                "displacement_mm": 0.4 * abs(k - 1),
                "jacobian": 1.0 + 0.01 * (k - 1),
                "similarity_before": 0.71,
                "similarity_after": 0.88,
            }
            for k, name in enumerate(names)
        ],
        "enhancement_percent": [0.0, 112.4, 131.9, 124.0],
        "flags": [],
        "notes": ["IMG-08 times come from the headers"],
        "pictures": [
            {"file": f"{name}.png", "title": title, "legend": f"{title}, told.", "size": [90, 60]}
            | {"phase": name.partition("-")[2], "is_extra": name == "flicker-post2"}
            for name, title in PICTURES.items()
        ],
    } | changes


def make_study(root: Path, patients: tuple[str, ...] = PATIENTS) -> Study:
    """Write pictures and measures of some patients, one quarantined patient, and a report."""
    study = Study(root)
    (root / "report" / "assets").mkdir(parents=True)
    (root / "study.toml").write_text("")
    study.report_file.write_text("<!doctype html><title>Report</title><p>The static report")
    (root / "report" / "assets" / "report.css").write_text("p { color: teal }")
    for k, patient in enumerate(patients):
        folder = study.qc_folder(patient)
        folder.mkdir(parents=True)
        flags = [f"ROI-47 two components {EVIL}"] if k == 1 else []
        (folder / "qc.json").write_text(json.dumps(measures(patient, flags=flags)))
        for name in PICTURES:
            (folder / f"{name}.png").write_bytes(picture(name, SIZES.get(name, (7.0, 6.3)), k))
    study.quarantine_folder.mkdir(parents=True)
    (study.quarantine_folder / f"{QUARANTINED}.json").write_text(json.dumps(QUARANTINE))
    return study


@cache
def picture(name: str, size: tuple[float, float], seed: int) -> bytes:
    """A PNG that looks like a figure of the pipeline from afar."""
    figure = Figure(figsize=size, dpi=150, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    if name == "enhancement":
        figure.subplots().plot([-75, 0, 75, 150], [0, 112, 132, 124 + 5 * seed], "o-")
    else:
        z, x = np.mgrid[-1:1:64j, -1:1:64j]
        rows, columns = (3, 4) if name == "phases" else (3, 3)
        for k, ax in enumerate(figure.subplots(rows, columns).flat):
            lesion = np.exp(-9 * ((z - 0.1 * seed) ** 2 + x**2)) * (k % columns)
            ax.imshow(np.cos(5 * z + seed) * np.sin(4 * x) + lesion, cmap="gray")
            ax.contour(lesion / (lesion.max() or 1), levels=[0.5], colors="orange")
            ax.set_axis_off()
    buffer = io.BytesIO()
    canvas.print_png(buffer)
    return buffer.getvalue()


@dataclass(frozen=True)
class Answer:
    """Status, headers in lower case, and the body as text and bytes."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()


@dataclass
class Visitor:
    """Asks exactly what it is told: no normalised paths, no automatic headers beyond Host."""

    server: ReviewServer
    cookie: str = ""
    token: str = ""
    host: str = field(init=False)

    def __post_init__(self) -> None:
        self.host = f"127.0.0.1:{self.server.port}"

    def enter(self) -> Visitor:
        answer = self.get(self.server.url.partition(self.host)[2])
        assert answer.status == 200
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        page = self.get("/").text
        self.token = re.findall(r'name="form-token" content="([^"]+)"', page)[0]
        return self

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers)

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Send a request; a header that is None-like empty is left out, ``Host`` and ``Cookie`` have defaults."""
        wanted = {"Host": self.host, "Cookie": self.cookie} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in wanted.items():
                if value:
                    connection.putheader(name, value)
            if body is not None and "Content-Length" not in wanted:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def rating_headers(self, **changes: str) -> dict[str, str]:
        return {
            "Origin": f"http://{self.host}",
            "X-Tilscope-Token": self.token,
            "Content-Type": "application/json",
        } | {k.replace("_", "-"): v for k, v in changes.items()}

    def qc_sha256(self, patient: str) -> str:
        return re.findall(r'data-qc="([0-9a-f]{64})"', self.get(f"/patients/{patient}").text)[0]

    def rate(self, patient: str, rating: str, note: str = "", **headers: str) -> Answer:
        body = json.dumps({"rating": rating, "note": note, "qc_sha256": self.qc_sha256(patient)}).encode()
        return self.ask("POST", f"/patients/{patient}/rating", self.rating_headers(**headers), body)

    def raw(self, data: bytes) -> bytes:
        """Send bytes as they are and return the answer's first line."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall(data)
            return connection.makefile("rb").readline()


@contextmanager
def running(study: Study, *, body_seconds: float = 10.0) -> Iterator[ReviewServer]:
    """Serve a study in a thread of its own."""
    server = open_server(study, body_seconds=body_seconds)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()
