"""A frozen signature applied to features that tilscope extracted, in this study or another one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from tilscope.study import load_json
from tilscope.vocabulary import FeatureTable, InputError, SignatureError

if TYPE_CHECKING:
    from tilscope.signature import Signature

MAX_SIGNATURE_BYTES = 1 << 20


@dataclass(frozen=True)
class Scored:
    """Scores of new patients.

    Attributes
    ----------
    frame : DataFrame
        Indexed by ``participant_id``: ``rad_tils_score`` (0..1), ``rad_tils_level`` (missing where the signature
        has no cut-off).
    warnings : tuple of str
        Rule id first: patients outside the training range (SIG-71), unknown settings (SIG-70).
    """

    frame: pd.DataFrame
    warnings: tuple[str, ...]


def score_features(features: Path, signature: str) -> Scored:
    """Apply a signature to a study's features.

    Parameters
    ----------
    features : Path
        A study folder, or a ``features.parquet`` with its ``features.json`` beside it.
    signature : str
        File of a frozen signature, or the name of a published one (``su2022``).

    Raises
    ------
    InputError
        TAB-00 when there are no features.
    SignatureError
        SIG-66 to SIG-70 as `tilscope.signature.Signature.from_json` and ``check``.
    """
    table = _read_features(features)
    frozen = _read_signature(signature)
    warnings = (*frozen.warnings, *frozen.check(table))
    scores = frozen.score(table.values)
    levels = frozen.classify(scores) if frozen.cutoff is not None else pd.Series(pd.NA, scores.index)
    frame = pd.DataFrame({"rad_tils_score": scores, "rad_tils_level": levels})
    return Scored(frame.rename_axis("participant_id"), warnings)


def _read_features(path: Path) -> FeatureTable:
    file = path / "derivatives" / "features" / "features.parquet" if path.is_dir() else path
    record = file.with_suffix(".json")
    if file.suffix != ".parquet" or not (file.is_file() and record.is_file()):
        raise InputError(
            "TAB-00",
            "there are no features here",
            file=file.name,
            expected="a study folder, or its features.parquet with features.json beside it",
            remedy="Run the study first: tilscope run STUDY --until collect",
        )
    return FeatureTable(pd.read_parquet(file), load_json(record)["settings_hash"])


def _read_signature(name: str) -> Signature:
    from tilscope.signature import PUBLISHED, Signature

    published = {signature.name: signature for signature in PUBLISHED}
    if name in published:
        return published[name]
    file = Path(name)
    if not file.is_file():
        raise SignatureError(
            "SIG-66",
            "there is no such signature",
            file=file.name,
            expected=f"a file, or one of {', '.join(published)}",
            remedy="Check the path.",
        )
    with file.open("rb") as stream:
        return Signature.from_json(stream.read(MAX_SIGNATURE_BYTES + 1))
