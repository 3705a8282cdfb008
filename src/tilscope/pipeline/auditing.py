"""An audit of a file of published numbers, or of an example that comes with tilscope."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from tilscope.reading.audit_file import parse_audit_text, read_audit_file
from tilscope.signature.audit import Audit, audit, parse_claims
from tilscope.vocabulary import AuditError

EXAMPLES = ("su2022",)
TEMPLATE = "template"


def audit_paper(source: str) -> Audit:
    """Recompute the numbers of a paper.

    Parameters
    ----------
    source : str
        Path of a YAML file, or the name of an example: ``su2022``.

    Raises
    ------
    AuditError
        ``AUD-90`` for a file that cannot be read, ``AUD-91`` for an unknown key, ``AUD-92`` for an
        impossible value.
    """
    if source in EXAMPLES:
        name = f"{source}.yaml"
        return audit(parse_claims(parse_audit_text(shipped_text(source).encode(), name), name))
    file = Path(source)
    if not file.is_file() and not file.suffix:
        raise AuditError(
            "AUD-90",
            "there is no such file and no such example",
            found=source,
            expected=f"a YAML file, or {', '.join(EXAMPLES)}",
            remedy="Start from tilscope audit --template.",
        )
    return audit(parse_claims(read_audit_file(file), file.name))


def shipped_text(name: str) -> str:
    """Return an example or the template, as YAML text."""
    return (files("tilscope.signature.audit") / f"{name}.yaml").read_text(encoding="utf-8")
