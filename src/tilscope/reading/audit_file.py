"""Files of published numbers: strict YAML in, nested texts out; a number keeps the decimals that are printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tilscope.vocabulary import AuditError

MAX_BYTES = 1_000_000
MAX_DEPTH = 8
_TEXT_ONLY = re.compile(r"[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_audit_file(file: Path) -> dict[str, Any]:
    """Read a file of published numbers.

    Raises
    ------
    AuditError
        ``AUD-90`` where the file is not there, larger than 1 MB, or not such YAML; see `parse_audit_text`.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refused(file.name, error.strerror or "not readable", "Check the path.") from None
    return parse_audit_text(data, file.name)


def parse_audit_text(data: bytes, file: str) -> dict[str, Any]:
    """Return the mapping in YAML text; every value is a text, a list or a mapping.

    Tags, anchors, aliases, directives, several documents, and keys that stand twice are refused; an empty
    value leaves its key out.

    Parameters
    ----------
    data : bytes
        UTF-8, at most 1 MB, nested at most 8 deep.
    file : str
        Name for messages.

    Raises
    ------
    AuditError
        ``AUD-90`` with the line.
    """
    import yaml

    if len(data) > MAX_BYTES:
        raise _refused(file, "more than 1 MB", "Give the published numbers only.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(file, "bytes that are not UTF-8 text", "Save it as UTF-8 text.") from None
    if _TEXT_ONLY.search(text):
        raise _refused(file, "control characters", "Give a text file.")
    try:
        _check_tokens(text, file)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = None if node is None else _value(node, file, 0)
    except (yaml.YAMLError, RecursionError) as error:
        raise _refused(file, " ".join(str(error).split())[:300]) from None
    if not isinstance(value, dict):
        raise _refused(file, "no table of keys and values")
    return value


def _check_tokens(text: str, file: str) -> None:
    """Refuse what only programs need; and depth, before anything is built."""
    import yaml

    tokens = yaml.tokens
    refused = {
        tokens.TagToken: "a tag (!)",
        tokens.AnchorToken: "an anchor (&)",
        tokens.AliasToken: "an alias (*)",
        tokens.DirectiveToken: "a directive (%)",
    }
    openers = (
        tokens.BlockMappingStartToken,
        tokens.BlockSequenceStartToken,
        tokens.FlowMappingStartToken,
        tokens.FlowSequenceStartToken,
    )
    closers = (tokens.BlockEndToken, tokens.FlowMappingEndToken, tokens.FlowSequenceEndToken)
    depth = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        line = token.start_mark.line + 1
        for kind, words in refused.items():
            if isinstance(token, kind):
                raise _refused(
                    file, f"{words} in line {line}", "Write the text in quotes, or the value itself."
                )
        depth += isinstance(token, openers) - isinstance(token, closers)
        if depth > MAX_DEPTH:
            raise _refused(file, f"nested deeper than {MAX_DEPTH} in line {line}")


def _value(node: Any, file: str, depth: int) -> Any:
    """Return texts for scalars; None for an empty one."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        is_empty = node.style is None and node.value in ("", "~", "null")
        return None if is_empty else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, file, depth + 1) for item in node.value]
    content: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise _refused(file, f"a key that is no text in line {line}")
        key = str(key_node.value)
        if key in content:
            raise _refused(file, f"the key {key!r} twice, again in line {line}", "Keep one of them.")
        content[key] = _value(value_node, file, depth + 1)
    return {key: value for key, value in content.items() if value is not None}


def _refused(file: str, found: str, remedy: str = "Start from tilscope audit --template.") -> AuditError:
    return AuditError(
        "AUD-90",
        "the file of published numbers cannot be read",
        file=file,
        found=found,
        expected="plain YAML of keys, lists and numbers",
        remedy=remedy,
    )
