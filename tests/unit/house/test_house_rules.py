"""The rules that keep the house small: sizes, layers, licences, no pickle, no private paths."""

from __future__ import annotations

import ast
import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "src" / "tilscope").rglob("*.py"))
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60

# Licence texts as they stand in the metadata; copyleft beyond LGPL must not come with the product.
FORBIDDEN_LICENCE = re.compile(r"\b(AGPL|GPL|GNU (Affero )?General Public)\b", re.IGNORECASE)
# numba's and scipy's wheels carry run-time libraries under GPL with the linking exception; the packages are BSD.
EXCEPTIONS = re.compile(
    r"GCC|GPL-3\.0-or-later WITH GCC-exception-3\.1|GPL-3\.0-with-GCC-exception", re.IGNORECASE
)


def _code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring, which the house wants long enough to be useful."""
    first = function.body[0]
    is_docstring = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


@pytest.mark.parametrize("file", SOURCES, ids=lambda f: f.relative_to(ROOT / "src").as_posix())
def test_modules_and_functions_stay_small(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_MODULE_LINES
    functions = [
        n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [
        f"{f.name}: {_code_lines(f)} lines" for f in functions if _code_lines(f) > MAX_FUNCTION_LINES
    ] == []


def test_no_pickle_anywhere() -> None:
    users = [
        f.name
        for f in SOURCES
        if re.search(r"^\s*(import|from) (pickle|joblib|dill|shelve)\b", f.read_text(), re.M)
    ]
    assert users == []


def _runtime_distributions() -> list[str]:
    """Names of everything that `pip install tilscope` brings, by walking the installed metadata."""
    found: dict[str, None] = {}
    queue = ["tilscope"]
    while queue:
        name = queue.pop()
        if name.lower() in found:
            continue
        found[name.lower()] = None
        for text in distribution(name).requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                queue.append(requirement.name)
    return sorted(set(found) - {"tilscope"})


@pytest.mark.parametrize("name", _runtime_distributions())
def test_runtime_dependencies_are_not_copyleft(name: str) -> None:
    metadata = distribution(name).metadata
    told = [
        metadata.get("License-Expression") or "",
        *(c for c in metadata.get_all("Classifier") or () if "License" in c),
    ]
    if not any(told):
        told = [(metadata.get("License") or "").splitlines()[0] if metadata.get("License") else ""]
    licences = EXCEPTIONS.sub("", " ; ".join(told))
    permissive = re.search(
        r"BSD|MIT|Apache|PSF|Python Software|ISC|MPL|0BSD|Zlib|HPND|Unlicense|CNRI|LGPL", licences
    )
    assert permissive, f"{name}: unclear licence {licences!r}"
    assert not FORBIDDEN_LICENCE.search(licences.replace("LGPL", "")), f"{name}: {licences}"


def test_lock_has_hashes_and_no_addresses() -> None:
    for file in (ROOT / "requirements").glob("*.txt"):
        text = file.read_text()
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|--index-url|--extra-index|--find-links|file://", text)
