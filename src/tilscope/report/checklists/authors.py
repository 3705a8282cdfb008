"""``checklists.toml``: the authors' own answers, which every new report takes over.

One table per checklist (``[clear]``, ``[metrics]``, ``[tripod_ai]``), one line per item: its number and the answer.

::

    [tripod_ai]
    18a = "Funded by ..., who took no part in the study."
    12f = {state = "not applicable", text = "The model was not updated."}

A text alone answers "yes"; the other states are ``yes``, ``partly``, ``no`` and ``not applicable``.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import ascii_lowercase
from typing import Any, cast

from tilscope.report.checklists.answer import DECISIONS, AuthorAnswer, State
from tilscope.report.checklists.numbers import NUMBERS
from tilscope.vocabulary import SettingsError

FILE = "checklists.toml"
MAX_LETTERS = 2000
AuthorAnswers = Mapping[str, Mapping[str, AuthorAnswer]]


def read_authors(file: Path) -> AuthorAnswers:
    """Read the authors' answers: checklist -> number -> answer; empty where there is no file.

    Raises
    ------
    SettingsError
        SET-01 the file is not TOML; SET-02 an unknown checklist, item or key (with the nearest one); SET-03 an
        answer that is no text, is too long, or has an impossible state.
    """
    if not file.is_file():
        return {}
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            "SET-01", "this file is not valid TOML", file=file.name, found=error, remedy="Correct that line."
        ) from error
    return {name: _checklist(name, items) for name, items in given.items()}


def _checklist(name: str, items: object) -> dict[str, AuthorAnswer]:
    if name not in NUMBERS:
        raise _unknown("checklist", name, NUMBERS)
    if not isinstance(items, Mapping):
        raise _impossible(name, items, f"a table [{name}] with one line per item")
    return {number: _answer(name, number, given) for number, given in items.items()}


def _answer(checklist: str, number: str, given: object) -> AuthorAnswer:
    if number not in NUMBERS[checklist]:
        raise _refused(f"item of [{checklist}]", number, _near(number, NUMBERS[checklist]))
    key = f"{checklist}.{number}"
    fields: Mapping[str, Any] = given if isinstance(given, Mapping) else {"text": given}
    for name in fields:
        if name not in ("text", "state"):
            raise _unknown(f"key of {key}", name, ("text", "state"))
    text, state = fields.get("text"), fields.get("state", "yes")
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_LETTERS:
        raise _impossible(key, text, f"a text of 1 to {MAX_LETTERS} letters")
    if state not in DECISIONS:
        raise _impossible(f"{key}.state", state, f"one of {', '.join(DECISIONS)}")
    return AuthorAnswer(" ".join(text.split()), cast("State", state))


def _near(wrong: str, numbers: Sequence[str]) -> str:
    """Return the parts of the item with the same main number, else the range of the numbers."""
    parts = [
        f"'{number}'" for number in numbers if number.rstrip(ascii_lowercase) == wrong.rstrip(ascii_lowercase)
    ]
    return f"one of {', '.join(parts)}" if parts else f"'{numbers[0]}' to '{numbers[-1]}'"


def _unknown(what: str, wrong: str, known: Iterable[str]) -> SettingsError:
    names = list(known)
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.4)
    return _refused(what, wrong, f"'{near[0]}'" if near else f"one of {', '.join(names)}")


def _refused(what: str, wrong: str, expected: str) -> SettingsError:
    remedy = "Correct the name or delete the line."
    return SettingsError(
        "SET-02", f"unknown {what}", file=FILE, found=f"'{wrong}'", expected=expected, remedy=remedy
    )


def _impossible(key: str, found: object, expected: str) -> SettingsError:
    shown = repr(found)
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    remedy = "Correct the answer."
    return SettingsError(
        "SET-03", f"impossible answer for '{key}'", file=FILE, found=shown, expected=expected, remedy=remedy
    )
