"""What BIDS asks a data set to say of itself: ``dataset_description.json`` of the study and of its derivatives.

Folders and names of images are tilscope's own; tables and descriptions follow BIDS. No dates and no places.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tilscope import __version__
from tilscope.study.writing import commit_json

BIDS_VERSION = "1.10.0"
DESCRIPTION = "dataset_description.json"


def describe_study(root: Path, name: str) -> None:
    """Write a study's own description, unless there is one: authors and licence are the user's to add.

    Raises
    ------
    StudyError
        As `commit`.
    """
    file = root / DESCRIPTION
    if not file.exists():
        commit_json(file, _description(name, "raw"))


def describe_derivatives(folder: Path, name: str) -> None:
    """Write the description of a study's ``derivatives/``: which software made it, and of what.

    Raises
    ------
    StudyError
        As `commit`.
    """
    told = _description(f"{name}: derivatives of tilscope", "derivative")
    made = {"SourceDatasets": [{"URL": "../"}], "DatasetLinks": {"study": "../"}}
    commit_json(folder / DESCRIPTION, told | made)


def _description(name: str, kind: str) -> dict[str, Any]:
    return {
        "Name": name,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": kind,
        "GeneratedBy": [{"Name": "tilscope", "Version": __version__}],
    }
