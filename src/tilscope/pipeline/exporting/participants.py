"""The table of participants: clinical columns beside role, score and clusters, under pseudonyms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tilscope.pipeline.exporting.dictionary import Meaning
from tilscope.pipeline.exporting.typed_tables import read_typed
from tilscope.statistics.clinical_columns import shareable
from tilscope.study import Study, load_json

if TYPE_CHECKING:
    import pandas as pd

KEY = "participant_id"
KNOWN = {
    "stils": Meaning("Stromal tumour-infiltrating lymphocytes on H&E", "percent of the stromal area"),
    "age": Meaning("Age at diagnosis", "years"),
}


def participants(study: Study, withheld: frozenset[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return one row per participant, and the clinical columns that were left out.

    Free text and dates are left out (as in the report): they may tell who somebody is.

    Parameters
    ----------
    study : Study
    withheld : frozenset of str
        Steps whose results must not be read.

    Returns
    -------
    DataFrame
        ``participant_id``, ``state``, what was computed of a participant, then the clinical columns; sorted by key.
    """
    import pandas as pd

    clinical = _by_key(read_typed(study.participants_file))
    shared, hidden = shareable(None if clinical is None else clinical)
    parts = [_states(study)]
    if "signature" not in withheld:
        parts.append(_by_key(read_typed(study.signature_folder / "scores.tsv")))
    if "biology" not in withheld:
        parts.append(_by_key(read_typed(study.biology_folder / "groups.tsv")))
    if "clusters" not in withheld:
        clusters = _by_key(read_typed(study.biology_folder / "clusters" / "clusters.tsv"))
        names = {"cluster": "tme_cluster", "consensus": "tme_consensus"}
        parts.append(None if clusters is None else clusters[list(names)].rename(columns=names))
    computed = [part for part in parts if part is not None]
    taken = {str(column) for part in computed for column in part}
    shared = shared.rename(columns={c: f"{c}_clinical" for c in shared if c in taken})
    frames = [*computed, *([shared] if len(shared.columns) else [])]
    keys = sorted(
        {str(key) for frame in (clinical, *frames) if frame is not None for key in frame.index}
        | set(study.patients)
    )
    index = pd.Index(keys, name=KEY, dtype="str")
    columns = {c: frame[c].reindex(index) for frame in frames for c in frame}
    return pd.DataFrame(columns, index=index).reset_index(), hidden


def clinical_meanings(study: Study) -> dict[str, Meaning]:
    """Return what ``participants.json`` says of the clinical columns."""
    file = study.participants_file.with_suffix(".json")
    told: Mapping[str, Any] = load_json(file) if file.is_file() else {}
    meanings = {
        name: Meaning(str(entry.get("Description", name)), str(entry.get("Units", "")))
        for name, entry in told.items()
        if isinstance(entry, Mapping)
    }
    meanings |= KNOWN
    return meanings | {f"{name}_clinical": meaning for name, meaning in meanings.items()}


def _by_key(frame: pd.DataFrame | None) -> pd.DataFrame | None:
    return None if frame is None else frame.set_index(frame.columns[0])


def _states(study: Study) -> pd.DataFrame | None:
    import pandas as pd

    if not study.status_file.is_file():
        return None
    patients = load_json(study.status_file).get("patients", {})
    states = {str(key): row.get("state") for key, row in patients.items()}
    return pd.DataFrame({"state": pd.Series(states, dtype="str")})
