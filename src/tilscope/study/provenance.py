"""What made a file: a step, its version, its settings, its inputs; and whether it need be made again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tilscope.study.writing import commit, commit_json, encode_json, sha256, sha256_of_file
from tilscope.vocabulary import StudyError


@dataclass(frozen=True)
class Provenance:
    """The record beside a step's outputs.

    Attributes
    ----------
    step, step_version : str, int
        Which step; its version rises whenever its results change.
    parts : dict
        Versions of the libraries that shape the results.
    settings : dict
        The settings that the step read.
    inputs, outputs : dict
        SHA-256 by path relative to the study folder.
    key : str
        Content key: hash of everything above but the outputs.
    """

    step: str
    step_version: int
    parts: dict[str, str]
    settings: dict[str, Any]
    inputs: dict[str, str]
    key: str
    outputs: dict[str, str]


@dataclass(frozen=True)
class Request:
    """A step that wants to run: what it would do, to which inputs.

    ``inputs`` names every input file. The name goes into the record: a path relative to the study, or a number
    for a file of the hospital's, whose own name may identify a patient.
    """

    step: str
    step_version: int
    parts: tuple[str, ...]
    settings: Mapping[str, Any]
    inputs: Mapping[str, Path]


def within(root: Path, files: Iterable[Path]) -> dict[str, Path]:
    """Name files of the study by their path relative to it."""
    return {file.relative_to(root).as_posix(): file for file in files}


def provenance_of(request: Request) -> Provenance:
    """Return the record of a request before it has run: everything but the outputs."""
    parts = {name: version(name) for name in request.parts}
    inputs = hashes(request.inputs)
    settings = dict(request.settings)
    content = {
        "step": request.step,
        "version": request.step_version,
        "parts": parts,
        "settings": settings,
        "inputs": inputs,
    }
    return Provenance(
        request.step, request.step_version, parts, settings, inputs, sha256(encode_json(content)), {}
    )


def hashes(files: Mapping[str, Path]) -> dict[str, str]:
    """Return SHA-256 by name; a missing file is a StudyError (RUN-76)."""
    result = {}
    for name in sorted(files):
        try:
            result[name] = sha256_of_file(files[name])
        except OSError as error:
            raise StudyError(
                "RUN-76",
                "an input of this step is missing",
                file=name,
                expected="a readable file",
                remedy="Import the patient again, or run the study from the start.",
            ) from error
    return result


def is_done(root: Path, record_file: Path, wanted: Provenance) -> bool:
    """Tell whether the step has run with this very key and its outputs are still what it wrote."""
    stored = read_provenance(record_file)
    if stored is None or stored.key != wanted.key:
        return False
    try:
        return hashes({name: root / name for name in stored.outputs}) == stored.outputs
    except StudyError:
        return False


def read_provenance(record_file: Path) -> Provenance | None:
    """Return the record of a step, or None where there is none or it is damaged."""
    try:
        return Provenance(**json.loads(record_file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def commit_outputs(
    root: Path, record_file: Path, request: Request, wanted: Provenance, outputs: Mapping[Path, bytes]
) -> Provenance:
    """Write a step's outputs, then the record that vouches for them.

    Raises
    ------
    StudyError
        RUN-76 when an input changed while the step ran: nothing is written.
    """
    now = hashes(request.inputs)
    changed = sorted(name for name in now if now[name] != wanted.inputs[name])
    if changed:
        raise StudyError(
            "RUN-76",
            "an input changed while this step ran",
            file=", ".join(changed),
            remedy="Run again; leave the study's files alone while it runs.",
        )
    before = read_provenance(record_file)
    written = {path.relative_to(root).as_posix(): commit(path, data) for path, data in outputs.items()}
    done = replace(wanted, outputs=written)
    commit_json(record_file, asdict(done))
    for name in set(before.outputs if before is not None else ()) - set(written):
        (root / name).unlink(missing_ok=True)  # what an earlier run made and this one does not
    return done


def discard(root: Path, record_file: Path) -> bool:
    """Delete what a step made and its record; tell whether there was anything."""
    stored = read_provenance(record_file)
    if stored is None:
        return False
    for name in stored.outputs:
        (root / name).unlink(missing_ok=True)
    record_file.unlink()
    return True
