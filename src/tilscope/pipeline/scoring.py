"""A frozen signature applied to features that tilscope extracted, in this study or another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilscope.pipeline.scoring_inputs import ScoringTable, read_scoring_table, read_signature
from tilscope.vocabulary import FeatureTable, SignatureError

if TYPE_CHECKING:
    from tilscope.signature import Signature

Told = tuple[tuple[str, str], ...]  # (rule, words) of one patient
MOST_DIFFERENCES = 5


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of new patients.

    Attributes
    ----------
    frame : DataFrame
        Indexed by ``participant_id``, every patient of the table: ``rad_tils_score`` (0..1, missing where a
        patient could not be scored), ``rad_tils_level`` (missing also where the signature has no cut-off),
        ``flags`` (rule ids: SIG-67 or SIG-74 not scored, SIG-71 outside the training range, SIG-74 unknown site),
        ``farthest_sd`` (how far outside the training range, in training sd; 0 inside, missing where that sd is
        unknown) and ``why`` in words.
    warnings : tuple of str
        What concerns everybody, rule id first.
    notes : tuple of str
        What concerns one patient, rule id and key first.
    table : ScoringTable
        What was scored.
    signature : Signature
        By what.
    unscored : dict
        Participant -> error.
    """

    frame: pd.DataFrame
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    table: ScoringTable
    signature: Signature
    unscored: dict[str, SignatureError] = field(default_factory=dict)


def score_features(features: Path, signature: str, *, accepts_unknown: bool = False) -> Scored:
    """Apply a signature to features.

    Parameters
    ----------
    features : Path
        As `read_scoring_table`.
    signature : str
        File of a frozen signature, or the name of a published one (``su2022``).
    accepts_unknown : bool
        Whether features that do not tell their settings may be scored.

    Returns
    -------
    Scored
        Patients that cannot be scored are named; the others are scored.

    Raises
    ------
    InputError
        As `read_scoring_table`.
    SignatureError
        SIG-66 to SIG-70 as `tilscope.signature.Signature.from_json` and ``check``; SIG-67 or SIG-74 where nobody
        can be scored.
    """
    frozen = read_signature(signature)
    table = with_sites(read_scoring_table(features, frozen.feature_names), frozen)
    return score_table(frozen, table, accepts_unknown=accepts_unknown)


def with_sites(table: ScoringTable, signature: Signature) -> ScoringTable:
    """Return the table with the site of each patient, where the signature was harmonised over sites.

    They come from where the signature's own did: the scanner of the images, or that column of participants.tsv; a
    table that belongs to no study has them in its column ``site``.

    Raises
    ------
    SignatureError
        SIG-74 where the study has no such column.
    """
    from tilscope.pipeline.sites import load_sites

    source = (signature.harmonisation or {}).get("site")
    if table.study is None or not isinstance(source, str):
        return table
    sites = load_sites(table.study, map(str, table.features.values.index), source)
    return replace(table, features=replace(table.features, sites=sites))


def score_table(signature: Signature, table: ScoringTable, *, accepts_unknown: bool = False) -> Scored:
    """Apply a signature to a table, as `score_features`."""
    features = table.features
    try:
        warnings = signature.check_settings(features.settings_hash, accepts_unknown=accepts_unknown)
    except SignatureError as refused:
        raise _explained(refused, signature, table) from None
    unscored = signature.unscorable(features.values, features.sites)
    keys = [str(key) for key in features.values.index if str(key) not in unscored]
    if not keys:
        raise _nobody(unscored)
    usable = features.rows(keys)
    scores = signature.score(usable.values, usable.sites).reindex(features.values.index)
    told: dict[str, Told] = {
        key: ((error.rule, _words(error, table.reasons)),) for key, error in unscored.items()
    }
    told |= signature.patient_warnings(usable)
    frame = _frame(signature, scores, told)
    frame.insert(2, "farthest_sd", _farthest(signature, usable).reindex(frame.index))
    notes = tuple(f"{rule} {key}: {words}" for key, found in told.items() for rule, words in found)
    return Scored(frame, (*signature.warnings, *warnings), notes, table, signature, unscored)


def _frame(signature: Signature, scores: pd.Series, told: Mapping[str, Told]) -> pd.DataFrame:
    levels = (
        signature.classify(scores)
        if signature.cutoff is not None
        else pd.Series(None, index=scores.index, dtype="str")
    )
    keys = [str(key) for key in scores.index]
    columns = {
        "rad_tils_score": scores,
        "rad_tils_level": levels,
        "flags": [" ".join(rule for rule, _ in told.get(key, ())) for key in keys],
        "why": ["; ".join(words for _, words in told.get(key, ())) for key in keys],
    }
    return pd.DataFrame(columns, index=scores.index).rename_axis("participant_id")


def _farthest(signature: Signature, usable: FeatureTable) -> pd.Series:
    """Return how far outside the training range each patient is, at its farthest feature."""
    outside = signature.out_of_range(usable.values, usable.sites)
    far = {str(key): 0.0 for key in usable.values.index}
    far |= {key: max(map(abs, names.values())) for key, names in outside.items()}
    return pd.Series(far, dtype=float).replace(np.inf, np.nan)


def words_of(error: SignatureError) -> str:
    """Return an error's text without its rule and patient."""
    return str(error).removeprefix(f"{error.rule} {error.patient}: ")


def _words(error: SignatureError, reasons: Mapping[str, str]) -> str:
    reason = reasons.get(str(error.patient))
    return words_of(error) if reason is None else f"{words_of(error)} The extraction said: {reason}"


def _nobody(unscored: dict[str, SignatureError]) -> SignatureError:
    first = next(iter(unscored.values()), None)
    if first is None:
        return SignatureError("SIG-67", "there is nobody to score", found="a table without rows")
    return SignatureError(
        first.rule,
        f"none of the {len(unscored)} patients can be scored; for the first, {first.message}",
        found=first.found,
        expected=first.expected,
        remedy=first.remedy,
    )


def _explained(refused: SignatureError, signature: Signature, table: ScoringTable) -> SignatureError:
    """Return the refusal of other settings with the settings that differ, where both sides tell theirs."""
    from tilscope.signature import UNKNOWN_SETTINGS

    if table.features.settings_hash == UNKNOWN_SETTINGS:
        remedy = f"{refused.remedy} If you know that they are the same: --accept-unknown-settings."
        return _again(refused, refused.found, refused.expected, remedy)
    if not (signature.settings and table.settings):
        return refused
    ours, theirs = dict(flat(table.settings)), dict(flat(signature.settings))
    differ = [k for k in sorted({*ours, *theirs}) if ours.get(k) != theirs.get(k)]
    found, expected = (
        ", ".join(f"{key} = {side.get(key, 'not set')}" for key in differ[:MOST_DIFFERENCES])
        for side in (ours, theirs)
    )
    more = f" and {len(differ) - MOST_DIFFERENCES} more" if len(differ) > MOST_DIFFERENCES else ""
    return _again(refused, found + more, expected, refused.remedy)


def _again(
    error: SignatureError, found: str | None, expected: str | None, remedy: str | None
) -> SignatureError:
    return SignatureError(error.rule, error.message, found=found, expected=expected, remedy=remedy)


def flat(content: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return nested settings as (dotted key, value)."""
    pairs: list[tuple[str, Any]] = []
    for key, value in content.items():
        pairs += flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return pairs
