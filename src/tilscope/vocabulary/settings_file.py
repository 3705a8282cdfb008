"""Settings as a TOML file: reading it, telling its faults in one line, and writing a commented template."""

from __future__ import annotations

import difflib
import re
import tomllib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tilscope.vocabulary.errors import SettingsError

KIND = re.compile(r"(constrained|function|literal|nullable).*|(float|int|str|bool|none)|.*\[.*")


def read_toml(file: Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    Raises
    ------
    SettingsError
        SET-01: it is not TOML, or not text.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            "SET-01", "this file is not valid TOML", file=file.name, found=error, remedy="Correct that line."
        ) from error


def settings_fault(error: ValidationError, model: type[BaseModel], file: str) -> SettingsError:
    """Return what pydantic found in one line: SET-02 for an unknown key, SET-03 for an impossible value."""
    faults = error.errors(include_url=False)
    first = faults[0]
    key, *others = dict.fromkeys(_key(fault) for fault in faults)
    more = f" ({len(others)} more: {', '.join(others)})" if others else ""
    if first["type"] == "extra_forbidden":
        return SettingsError(
            "SET-02",
            f"unknown key{more}",
            file=file,
            found=f"'{key}'",
            expected=_nearest(first, model),
            remedy="Correct the key or delete it.",
        )
    return SettingsError(
        "SET-03",
        f"impossible value for '{key}'{more}",
        file=file,
        found=repr(first["input"]),
        expected=_expectation(first),
        remedy="Correct the value.",
    )


def _key(fault: ErrorDetails) -> str:
    """Return the key as it stands in the file, without pydantic's names of the kinds that a value may have."""
    return ".".join(part for part in map(str, fault["loc"]) if not KIND.fullmatch(part))


def _nearest(fault: ErrorDetails, model: type[BaseModel]) -> str:
    *parents, wrong = (str(part) for part in fault["loc"])
    names = _field_names(model, parents)
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.4)
    prefix = "".join(f"{parent}." for parent in parents)
    return f"'{prefix}{near[0]}'" if near else "one of " + ", ".join(names)


def _field_names(model: type[BaseModel], path: list[str]) -> list[str]:
    for name in path:
        annotation = model.model_fields[name].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)


def _expectation(fault: ErrorDetails) -> str:
    message = fault["msg"]
    return message.removeprefix("Input should be ").removeprefix("Value error, ")


def commented_table(table: str, group: BaseModel, given: Mapping[str, str] | None = None) -> list[str]:
    """Return the lines of one TOML table: every key with its description and value, commented out.

    Parameters
    ----------
    given : mapping of str to str, optional
        Keys that are not commented out where they have this value.
    """
    title = (type(group).__doc__ or "").strip().splitlines()[0]
    lines = [f"# {title}", f"[{table}]"]
    for key, field in type(group).model_fields.items():
        value = getattr(group, key)
        is_given = given is not None and key in given and given[key] == value
        lines += [f"# {field.description}", f"{'' if is_given else '# '}{key} = {_toml(value)}"]
    return lines


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case None:
            return "(unset)"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case tuple() | list():
            return "[" + ", ".join(_toml(item) for item in value) + "]"
        case dict() | types.MappingProxyType():
            return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
        case BaseModel():
            return _toml(value.model_dump(mode="json"))
    return str(value)
