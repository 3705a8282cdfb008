"""The documents: every command and every example runs, every link leads somewhere, every rule is explained."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest
import typer

from tilscope import cli
from tilscope.pipeline.auditing import TEMPLATE, shipped_text

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
OTHER_PAGES = (ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
RULE = re.compile(r"^(?:IMG|ROI|TAB|SIG|RUN|WEB|PHI|SET|REG|QC|AUD|NET)-\d\d")

# Commands that are shown but not run here: they make environments, wait for a browser, take minutes, need the network
# (genesets fetch; test_genesets_command.py runs it), or need a hospital's DICOM (export-seg; test_export_seg.py).
NOT_RUN = (
    "make",
    "tilscope review",
    "tilscope demo",
    "tilscope export-seg",
    "tilscope genesets fetch",
    "git",
    "cd",
)
# Commands that find what they are there to find.
ENDS = {"tilscope audit su2022": 3}
# These get --workers 0: starting workers takes longer than the tiny hospital's work.
IN_PROCESS = ("import", "run", "extract", "segment")


def blocks(page: Path, language: str) -> list[str]:
    return [body for found, body in BLOCK.findall(page.read_text(encoding="utf-8")) if found == language]


def with_blocks(language: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, language)]


def commands(page: Path) -> list[str]:
    lines = "".join(blocks(page, "console")).splitlines()
    return [line.removeprefix("$ ").split("  #")[0].strip() for line in lines if line.startswith("$ ")]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def user_folder(tmp_path, monkeypatch, hospital, cohorts):
    """A folder in which ``hospital`` is the user's data, and ``other`` another hospital's features."""
    other = cohorts.make_cohort(tmp_path / "other", 24)
    other.values.to_csv(tmp_path / "other_features.csv")
    other.stils.rename("stils").to_csv(tmp_path / "other_stils.csv")
    (tmp_path / "signature.json").write_text(cohorts.signature().to_json())
    rows = ["patient_id,stils"]
    for k in range(8):
        hospital.write_patient(tmp_path / "hospital", f"H-{k}", k, is_high=k % 2 == 0, n_post=2)
        rows.append(f"H-{k},{40 if k % 2 == 0 else 5}")
    (tmp_path / "hospital" / "clinical.csv").write_text("\n".join(rows) + "\n")
    (table,) = (b for b in blocks(ROOT / "docs" / "extract.md", "text") if b.startswith("patient_id,Image"))
    (tmp_path / "cases.csv").write_text(table)
    (boxes,) = (b for b in blocks(ROOT / "docs" / "segment.md", "text") if b.startswith("patient,box"))
    (tmp_path / "boxes.csv").write_text(boxes)
    (tmp_path / "cells.gmt").write_text("T cells\tmine\tCD3D\tCD3E\tCD2\tCD3G\tCD28\n")
    (tmp_path / "params.yaml").write_text("imageType:\n  Original: {}\nsetting:\n  binWidth: 25\n")
    (tmp_path / "paper.yaml").write_text(shipped_text(TEMPLATE), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", with_blocks("console"), ids=lambda p: p.stem)
def test_commands_end_well(page, user_folder, tilscope, hospital):
    shown = commands(page)
    assert shown
    for line in shown:
        if line.startswith(NOT_RUN):
            continue
        program, verb, *words = shlex.split(line)
        assert program == "tilscope", line
        answer = tilscope(verb, *words, *(("--workers", 0) if verb in IN_PROCESS else ()))
        assert answer.code == ENDS.get(line, 0), f"{line}: {answer.text}"
        if verb == "init":  # the tiny hospital has too few patients for ten folds, and need not be registered
            (user_folder / words[0] / "study.toml").write_text(hospital.QUICK)


def test_only_known_kinds_of_blocks():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert text.count("\n```") % 2 == 0, page
        kinds = {found for found, _ in BLOCK.findall(text)}
        assert kinds <= {"console", "python", "text", "toml"}, page
        for body in blocks(page, "console"):
            assert all(line.startswith("$ ") for line in body.splitlines()), body


@pytest.mark.parametrize("page", with_blocks("python"), ids=lambda p: p.stem)
def test_examples_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": page.stem}
    for number, body in enumerate(blocks(page, "python"), start=1):
        exec(compile(body, f"{page.name}, block {number}", "exec"), names)


@pytest.mark.parametrize("page", with_blocks("toml"), ids=lambda p: p.stem)
def test_settings_shown_are_valid(page):
    import tomllib

    from tilscope.study import parse_settings

    for body in blocks(page, "toml"):
        parse_settings(tomllib.loads(body))


@pytest.mark.parametrize("page", [*PAGES, *OTHER_PAGES], ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        path, _, heading = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {target}"
        assert ROOT in file.parents
        if heading:
            assert heading in headings(file), f"{page.name}: {target}"


def headings(file: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_is_reached_from_the_readme():
    linked = set(LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    assert {f"docs/{page.name}" for page in PAGES[1:]} <= linked


def test_settings_page_is_up_to_date():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == script("make_settings").page(), "run: python docs/make_settings.py"


def test_features_page_is_up_to_date():
    page = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    assert page == script("make_features").page(), "run: python docs/make_features.py"


def rules_in_sources() -> set[str]:
    """Rule ids that the code raises or notes: texts that start with one, docstrings apart."""
    found = set()
    for file in (ROOT / "src" / "tilscope").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                match = RULE.match(node.value)
                found |= {match.group()} if match else set()
    return found


def test_every_rule_is_explained_and_none_is_invented():
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `([A-Z]{2,3}-\d\d)` \|", page, re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert set(explained) == rules_in_sources()


def test_every_command_and_option_named_exists(tilscope):
    """A document names no verb and no option that the command line does not have."""
    verbs = typer.main.get_command(cli.app).commands
    helps = {verb: tilscope(verb, "--help").out for verb in verbs}
    groups = {verb: command.commands for verb, command in verbs.items() if hasattr(command, "commands")}
    helps |= {
        f"{verb} {word}": tilscope(verb, word, "--help").out for verb in groups for word in groups[verb]
    }
    everything = "".join(helps.values())
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for verb in re.findall(r"`tilscope ([a-z-]+)", text):
            assert verb in helps, f"{page.name}: tilscope {verb}"
        for option in re.findall(r"`(--[a-z-]+)", text):
            assert option in everything, f"{page.name}: {option}"


def test_every_command_is_shown():
    """Each verb of the command line stands in a console block of some page."""
    shown = {
        words[1] for page in PAGES for line in commands(page) if (words := line.split())[0] == "tilscope"
    }
    assert set(typer.main.get_command(cli.app).commands) - {"demo"} <= shown
    assert "$ make demo" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_pictures_are_small():
    for picture in (ROOT / "docs" / "pictures").iterdir():
        assert picture.stat().st_size < 250_000, picture
