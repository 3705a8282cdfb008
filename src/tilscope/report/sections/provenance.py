"""What made these numbers: profile, settings, versions, seeds, content keys, input hashes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Missing, Section
from tilscope.report.tables import Cell, Table, table

KEY_LETTERS = 16


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return the tables of settings, versions, steps and inputs."""
    provenance = content.provenance
    if not provenance:
        return Missing("Nothing has been computed yet, so there is no provenance.", "tilscope run STUDY")
    return {
        "profile": content.profile,
        "seed": provenance.get("seed"),
        "settings": table(
            "Every setting of this study", ("Setting", "Value"), flat(content.settings), can_filter=True
        ),
        "versions": table("Software", ("Package", "Version"), sorted(provenance.get("versions", {}).items())),
        "steps": _steps(content),
        "inputs": _inputs(provenance.get("inputs", {})),
    }


def flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (dotted key, value) of nested settings."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield f"{prefix}{key}", ", ".join(str(item) for item in value) or "none"
        else:
            yield f"{prefix}{key}", "not set" if value is None else str(value)


def _steps(content: Content) -> Table:
    rows = []
    for name, record in content.provenance.get("steps", {}).items():
        keys = record.get("keys", {})
        took = content.steps.get(name, {})
        shown = keys["cohort"][:KEY_LETTERS] if "cohort" in keys else f"{len(keys)} patients"
        rows.append((name, record.get("version"), shown, took.get("done"), took.get("up to date"), took.get("failed"),
             took.get("seconds"), _mebibytes(took.get("peak_mib"))))  # fmt: skip
    headings = ("Step", "Version", "Content key", "Done", "Up to date", "Failed", "Seconds", "Peak MiB")
    return table("Steps of the pipeline; the counts and times are those of the last run", headings, rows)


def _mebibytes(peak: float | None) -> Cell | None:
    return None if peak is None else Cell(f"{peak:,.0f}", float(peak), is_number=True)


def _inputs(inputs: Mapping[str, str]) -> Table | None:
    if not inputs:
        return None
    rows = sorted(inputs.items())
    return table("SHA-256 of the inputs", ("File", "SHA-256"), rows, can_filter=True)


PROVENANCE = Section("provenance", "Provenance", view)
