"""The study folder: settings, patients' keys, provenance, and the only way to write a file.

Each name is imported when it is first asked for: writing a file need not wait for the settings of every room.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tilscope.study.creating import create_study
    from tilscope.study.describing import describe_derivatives, describe_study
    from tilscope.study.folder import Study, load_json
    from tilscope.study.linkage import Linkage
    from tilscope.study.locking import StudyLockedError, locked, working
    from tilscope.study.provenance import (
        Provenance,
        Request,
        commit_outputs,
        discard,
        hashes,
        is_done,
        provenance_of,
        read_provenance,
        within,
    )
    from tilscope.study.settings import PROFILES, StudySettings, load_settings, parse_settings, template
    from tilscope.study.writing import (
        commit,
        commit_json,
        encode_json,
        encode_tsv,
        make_folder,
        refuse_existing,
        sha256,
        sha256_of_file,
        write_at,
    )

__all__ = [
    "PROFILES",
    "Linkage",
    "Provenance",
    "Request",
    "Study",
    "StudyLockedError",
    "StudySettings",
    "commit",
    "commit_json",
    "commit_outputs",
    "create_study",
    "describe_derivatives",
    "describe_study",
    "discard",
    "encode_json",
    "encode_tsv",
    "hashes",
    "is_done",
    "load_json",
    "load_settings",
    "locked",
    "make_folder",
    "parse_settings",
    "provenance_of",
    "read_provenance",
    "refuse_existing",
    "sha256",
    "sha256_of_file",
    "template",
    "within",
    "working",
    "write_at",
]

_HOMES: dict[str, tuple[str, ...]] = {
    "creating": ("create_study",),
    "describing": (
        "describe_derivatives",
        "describe_study",
    ),
    "folder": (
        "Study",
        "load_json",
    ),
    "linkage": ("Linkage",),
    "locking": (
        "StudyLockedError",
        "locked",
        "working",
    ),
    "provenance": (
        "Provenance",
        "Request",
        "commit_outputs",
        "discard",
        "hashes",
        "is_done",
        "provenance_of",
        "read_provenance",
        "within",
    ),
    "settings": (
        "PROFILES",
        "StudySettings",
        "load_settings",
        "parse_settings",
        "template",
    ),
    "writing": (
        "commit",
        "commit_json",
        "encode_json",
        "encode_tsv",
        "make_folder",
        "refuse_existing",
        "sha256",
        "sha256_of_file",
        "write_at",
    ),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
