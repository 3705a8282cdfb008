"""The command line in this process, and a study that others copy."""

from __future__ import annotations

import importlib.util
import io
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from tilscope import cli, figures
from tilscope.pipeline import qc_pictures
from tilscope.study import Linkage


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


HOSPITAL = _load("hospital")
COHORTS = _load("feature_cohorts")


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything it said, without line breaks of the terminal's width."""
        return " ".join((self.out + self.err).split())


@pytest.fixture
def tilscope(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run one command as a user would."""

    def run(*words: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["tilscope", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Answer(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def hospital() -> ModuleType:
    """The maker of tiny hospitals."""
    return HOSPITAL


@pytest.fixture
def cohorts() -> ModuleType:
    """The maker of cohorts of features without images."""
    return COHORTS


@pytest.fixture(scope="session")
def file_server() -> ModuleType:
    """The maker of web servers that hand out files."""
    return _load("file_server")


@pytest.fixture(scope="session")
def _source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hospital")
    HOSPITAL.write_hospital(folder)
    return folder


@pytest.fixture
def source(_source: Path, tmp_path: Path) -> Path:
    """A fresh copy of the tiny hospital, free to be broken."""
    return Path(shutil.copytree(_source, tmp_path / "source"))


@pytest.fixture
def study(tmp_path: Path, tilscope: Callable[..., Answer]) -> Path:
    """An empty study with quick settings."""
    folder = tmp_path / "study"
    assert tilscope("init", folder).code == 0
    (folder / "study.toml").write_text(HOSPITAL.QUICK)
    Linkage(b"s" * 32, {}).save(folder / "sourcedata")
    return folder


@pytest.fixture
def blank_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the pictures of patients and cohort empty: they are three quarters of the time of a tiny study's run.

    For tests of what runs, resumes and is removed; test_commands and test_demo draw them all.
    """
    blank = io.BytesIO()
    Image.new("L", (1, 1)).save(blank, "PNG")
    monkeypatch.setattr(qc_pictures, "render_small", lambda *_args, **_more: blank.getvalue())
    monkeypatch.setattr(
        figures, "render_formats", lambda _f, _r, formats, **_more: dict.fromkeys(formats, b"")
    )


@pytest.fixture
def key() -> Callable[[str], str]:
    """Participant key of a hospital id in these studies."""
    return Linkage(b"s" * 32, {}).key
