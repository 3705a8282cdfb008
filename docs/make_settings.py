"""Write docs/settings.md from the settings records: ``python docs/make_settings.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from tilscope.study import PROFILES, StudySettings, parse_settings

PAGE = Path(__file__).with_name("settings.md")
HEAD = """\
# Settings

Every key of `study.toml`. This page is written by `docs/make_settings.py` from the records that validate the
file; a test keeps it up to date.

- `tilscope init` writes a `study.toml` with every key, commented out at its default. Uncomment what you change.
  Where the template says `(unset)`, the key has no value; leave it commented out or give it one.
- A missing table or key has the default of the profile. `profile = "{first}"` takes the values below;
  `profile = "paper-2022"` takes those of the last section, and what you write yourself wins over both.
- An unknown key, a wrong type or an impossible value ends with one line that names the key and what was expected
  (rules `SET-01` to `SET-03` in [errors](errors.md)), exit code 2, before any work starts.
- A step is repeated only where a key changed that this step reads; see [the study folder](study-folder.md).

For example:

```toml
profile = "recommended"

[imaging]
n_post = 4
roi_phase = "post2"

[radiomics]
bin_width = 20.0
```

## Top level

"""
TABLE_HEAD = "| key | default | allowed | meaning |\n|---|---|---|---|\n"
LIMITS = (
    ("exclusiveMinimum", "> {}"),
    ("minimum", ">= {}"),
    ("exclusiveMaximum", "< {}"),
    ("maximum", "<= {}"),
    ("maxLength", "at most {} characters"),
    ("pattern", "`{}`"),
)
WORDS = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false"}


def page() -> str:
    """Return the whole page as Markdown."""
    schema = StudySettings.model_json_schema()
    parts = [HEAD.format(first=next(iter(PROFILES))), TABLE_HEAD]
    tables = list(_tables("", StudySettings()))
    parts += _rows(schema["properties"], schema["$defs"], StudySettings())
    for name, record in tables[1:]:
        own = schema["$defs"][_schema_name(type(record), schema["$defs"])]
        parts += [f"\n## `[{name}]`\n\n{_sentence(type(record))}\n\n", TABLE_HEAD]
        parts += _rows(own["properties"], schema["$defs"], record)
    return "".join([*parts, *_profile_section()])


def _tables(name: str, record: BaseModel) -> Iterator[tuple[str, BaseModel]]:
    yield name, record
    for key, value in record:
        if isinstance(value, BaseModel):
            yield from _tables(f"{name}.{key}" if name else key, value)


def _schema_name(model: type[BaseModel], definitions: dict[str, Any]) -> str:
    return next(n for n in definitions if n == model.__name__ or n.endswith(f"__{model.__name__}"))


def _rows(properties: dict[str, Any], definitions: dict[str, Any], record: BaseModel) -> list[str]:
    rows = []
    for key, field in properties.items():
        value = getattr(record, key)
        if not isinstance(value, BaseModel):
            meaning = field.get("description", "").replace("|", "\\|").rstrip(".")
            rows.append(f"| `{key}` | {_shown(value)} | {_allowed(field, definitions)} | {meaning} |\n")
    return rows


def _allowed(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_allowed(choice, definitions) for choice in field["anyOf"])
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    match field.get("type"):
        case "null":
            return "unset"
        case "object":
            return "table of lists"
        case "array":
            items = field.get("prefixItems") or [field["items"]]
            length = f"list of {len(items)}: " if "prefixItems" in field else "list of: "
            return length + _allowed(items[0], definitions)
    limits = [text.format(str(field[name]).replace("|", "\\|")) for name, text in LIMITS if name in field]
    return ", ".join([WORDS[field["type"]], *limits])


def _shown(value: Any) -> str:
    match value:
        case None:
            return "unset"
        case bool():
            return f"`{str(value).lower()}`"
        case str():
            return f'`"{value}"`'
        case tuple():
            return "`[" + ", ".join(f'"{v}"' if isinstance(v, str) else str(v) for v in value) + "]`"
    return f"`{value}`"


def _sentence(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


def _profile_section() -> list[str]:
    lines = ["\n## The profile `paper-2022`\n\n", "| key | `recommended` | `paper-2022` |\n|---|---|---|\n"]
    usual = dict(_leaves("", StudySettings()))
    paper = dict(_leaves("", parse_settings({"profile": "paper-2022"})))
    for key, value in paper.items():
        if value != usual[key] and key != "profile":
            lines.append(f"| `{key}` | {_shown(usual[key])} | {_shown(value)} |\n")
    return [*lines, "\nEverything else is equal. Why the two differ is told in [the method](method.md).\n"]


def _leaves(name: str, record: BaseModel) -> Iterator[tuple[str, Any]]:
    for key, value in record:
        path = f"{name}.{key}" if name else key
        if isinstance(value, BaseModel):
            yield from _leaves(path, value)
        else:
            yield path, value


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
