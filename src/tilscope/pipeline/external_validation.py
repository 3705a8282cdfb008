"""A frozen signature held against the TILs of patients that took no part in it; nothing is fitted here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilscope.pipeline.loading import load_participants
from tilscope.pipeline.performance_record import performance_record, storable
from tilscope.pipeline.scoring import Scored, words_of
from tilscope.study import Linkage, Study, commit, encode_json, encode_tsv, load_json
from tilscope.vocabulary import SettingsError, SignatureError, StudyError, TableError

if TYPE_CHECKING:
    from tilscope.signature import EvaluationSettings, Signature

ROLE = "external"
RECORD = "external.json"
DEFAULT_THRESHOLD_PERCENT = 20.0
UNSAFE = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, eq=False)
class Outcome:
    """sTIL percentages of the patients, and where they come from.

    Attributes
    ----------
    stils : Series of float
        Percent by participant, for every patient of the table; NaN where unknown.
    n_without_features : int
        Patients with a percentage and no features.
    threshold_percent : float
        From which a patient is of the positive class.
    threshold_from : str
        ``the signature's``, ``this study's`` or ``tilscope's default``.
    """

    stils: pd.Series
    n_without_features: int
    threshold_percent: float
    threshold_from: str

    @property
    def notes(self) -> tuple[str, ...]:
        """One line per patient without a usable percentage."""
        unknown = self.stils.index[self.stils.isna().to_numpy()]
        return tuple(
            f"TAB-59 {key}: no usable sTIL percentage; takes no part in the validation" for key in unknown
        )


@dataclass(frozen=True)
class Validated:
    """Results of an external validation.

    Attributes
    ----------
    counts : dict
        Patients: ``patients, scored, compared, no_outcome, not_scored, outcome_only, outside``.
    performance : dict
        As in performance.json, for the role ``external``.
    """

    counts: dict[str, int]
    performance: dict[str, Any]

    def lines(self) -> tuple[str, ...]:
        """Return who was compared, the AUC, and the decisions at the frozen cut-off."""
        from tilscope.report.performances import performance_of_record
        from tilscope.report.wording import auc_in_words

        row = performance_of_record(ROLE, self.performance)
        return (
            counts_in_words(self.counts),
            f"External {auc_in_words(row)}; positive class: {row.positive} TILs.",
            f"At the frozen cut-off {row.tp} of {row.tp + row.fn} {row.positive} and {row.tn} of {row.tn + row.fp} "
            f"{row.negative} are called rightly.",
        )


def checked_folder(scored: Scored, folder: Path | None) -> Path:
    """Return where the validation will be written, before anything is evaluated.

    Parameters
    ----------
    scored : Scored
    folder : Path or None
        None: ``derivatives/external/<signature>-<hash>`` of the study that was scored.

    Raises
    ------
    SettingsError
        SET-05: no folder is named and no study was scored.
    StudyError
        RUN-75: the folder holds something else than an earlier validation.
    """
    study = scored.table.study
    if folder is None:
        if study is None:
            raise SettingsError(
                "SET-05",
                "where should the validation be written?",
                found="features that belong to no study folder",
                expected="a folder",
                remedy="Name it with --report.",
            )
        slug = UNSAFE.sub("-", scored.signature.name).strip("-")[:40] or "signature"
        return study.derivatives / "external" / f"{slug}-{scored.signature.sha256[:8]}"
    is_other = folder.is_file() or (
        folder.is_dir() and any(folder.iterdir()) and not (folder / RECORD).is_file()
    )
    if is_other:
        raise StudyError(
            "RUN-75",
            "this is not an empty folder, nor one of an earlier validation",
            file=folder.name,
            expected="a new folder",
            remedy="Choose another name.",
        )
    return folder


def read_outcome(scored: Scored, clinical: Path | None) -> Outcome:
    """Return the sTIL percentages of the scored patients.

    Parameters
    ----------
    scored : Scored
    clinical : Path or None
        A clinical table; its ids are those of the features, or the hospital's where a study was scored. None: the
        study's own participants.tsv.

    Raises
    ------
    TableError
        TAB-59 where there is no percentage at all; TAB-49 to TAB-52 as `tilscope.reading.read_participants`.
    """
    study, keys = scored.table.study, [str(key) for key in scored.frame.index]
    if clinical is not None:
        stils = _of_table(clinical, study)
    elif study is not None:
        stils = load_participants(study)["stils"]
    else:
        stils = pd.Series(dtype=float)
    known = stils.reindex(keys)
    if known.notna().sum() == 0:
        raise TableError(
            "TAB-59",
            "no scored patient has a usable sTIL percentage",
            found=f"{int(stils.notna().sum())} percentages, none of them of these {len(keys)} patients",
            expected="sTIL percentages of the patients that were scored",
            remedy="Give the clinical table with --clinical; its ids must be those of the features.",
        )
    others = stils[stils.notna() & ~stils.index.isin(keys)]
    return Outcome(known, len(others), *_threshold(scored.signature, study))


def _of_table(file: Path, study: Study | None) -> pd.Series:
    from tilscope.reading import read_participants

    stils = read_participants(file).frame["stils"]
    if study is None:
        return stils
    keys = Linkage.load(study.source_folder).keys
    named = stils.rename(index={name: keys.get(name, name) for name in map(str, stils.index)})
    if not named.index.is_unique:
        raise TableError(
            "TAB-50",
            "two ids of the clinical table are one patient's",
            file=file.name,
            expected="one row per patient",
            remedy="Name each patient once, by id or by key.",
        )
    return named


def _threshold(signature: Signature, study: Study | None) -> tuple[float, str]:
    own = signature.cohort.til_threshold_percent
    if own is not None:
        return own, "the signature's"
    if study is not None:
        return study.settings.split.til_threshold_percent, "this study's"
    return DEFAULT_THRESHOLD_PERCENT, "tilscope's default"


def refuse_training_patients(scored: Scored) -> None:
    """Refuse patients that the signature was fitted on: that would be no external validation.

    Raises
    ------
    SignatureError
        SIG-76: the signature is this study's own, or the training patients' extreme values all stand in the table.
    """
    from tilscope.signature import Signature, holds_training_patients

    study, features = scored.table.study, scored.table.features
    own = None if study is None else study.signature_folder / "signature.json"
    is_own = (
        own is not None
        and own.is_file()
        and Signature.from_json(own.read_bytes()).sha256 == scored.signature.sha256
    )
    usable = features.rows(key for key in features.values.index if str(key) not in scored.unscored)
    if is_own or holds_training_patients(scored.signature, usable.values, usable.sites):
        raise SignatureError(
            "SIG-76",
            "the signature was fitted on patients of this table, so this is no external validation",
            found="the study's own signature"
            if is_own
            else "the smallest and largest training values, digit by digit",
            expected="patients that took no part",
            remedy="Score another cohort; the study's own report shows its training and validation patients.",
        )


def validate(scored: Scored, outcome: Outcome, folder: Path) -> Validated:
    """Evaluate the scores and write the results of an external validation.

    Parameters
    ----------
    scored : Scored
        With a signature that has a cut-off.
    outcome : Outcome
    folder : Path
        Gets ``scores.tsv``, ``performance.json``, ``signature.json`` and ``external.json``.

    Returns
    -------
    Validated

    Raises
    ------
    SignatureError
        SIG-67 where the signature has no cut-off; SIG-76 as `refuse_training_patients`.
    """
    from tilscope.signature import EvaluationSettings, evaluate, til_level

    refuse_training_patients(scored)
    signature, study = scored.signature, scored.table.study
    if signature.cutoff is None:
        raise SignatureError(
            "SIG-67",
            f"the signature {signature.name} has no cut-off, so its decisions cannot be validated",
            remedy="Score without --outcome, and judge the scores themselves (tilscope.statistics.roc_auc).",
        )
    levels = til_level(outcome.stils, outcome.threshold_percent).map(
        {"high": signature.positive, "low": signature.negative}, na_action="ignore"
    )
    frame = _frame(scored, outcome, levels)
    compared = frame[frame["role"] == ROLE]
    settings = EvaluationSettings() if study is None else study.settings.evaluation
    performance = performance_record(
        evaluate(
            compared["til_level"],
            compared["rad_tils_score"],
            signature.cutoff,
            signature.positive,
            role=ROLE,
            settings=settings,
        )
    )
    record = _record(scored, outcome, frame, settings)
    files = {
        "scores.tsv": encode_tsv(frame.reset_index(), index=False),
        "performance.json": encode_json({ROLE: performance}),
        "signature.json": signature.to_json().encode(),
        RECORD: encode_json(record),
    }
    for name, data in files.items():
        commit(folder / name, data)
    return Validated(record["counts"], performance)


def _frame(scored: Scored, outcome: Outcome, levels: pd.Series) -> pd.DataFrame:
    frame = scored.frame
    role = pd.Series(ROLE, index=frame.index, dtype="str")
    role = role.where(levels.notna().to_numpy(), "no outcome")
    role = role.where(frame["rad_tils_score"].notna().to_numpy(), "not scored")
    told = {"role": role, "til_percent": outcome.stils.to_numpy(), "til_level": levels.to_numpy()}
    columns = ["rad_tils_score", "rad_tils_level", "farthest_sd", "flags", "why"]
    return pd.DataFrame(told, index=frame.index).join(frame[columns])


def _record(
    scored: Scored, outcome: Outcome, frame: pd.DataFrame, settings: EvaluationSettings
) -> dict[str, Any]:
    from tilscope.signature import feature_shifts

    study, features, signature = scored.table.study, scored.table.features, scored.signature
    usable = features.rows(key for key in features.values.index if str(key) not in scored.unscored)
    cohort = signature.cohort
    shifts = feature_shifts(signature, usable.values, usable.sites)
    return {
        "title": "a table of features" if study is None else study.settings.cohort.name,
        "profile": None if study is None else _profile(study),
        "counts": {
            "patients": len(frame),
            "scored": int(frame["rad_tils_score"].notna().sum()),
            "compared": int((frame["role"] == ROLE).sum()),
            "no_outcome": int((frame["role"] == "no outcome").sum()),
            "not_scored": len(scored.unscored),
            "outcome_only": outcome.n_without_features,
            "outside": int(frame["flags"].str.contains("SIG-71").sum()),
        },
        "threshold": {"percent": outcome.threshold_percent, "from": outcome.threshold_from},
        "training": {
            "n": cohort.n_training,
            "n_positive": cohort.n_positive,
            "threshold_percent": cohort.til_threshold_percent,
        },
        "features": [asdict(shift) | {"shift_sd": shift.shift_sd} for shift in shifts],
        "flagged": _flagged(scored, frame),
        "warnings": list(scored.warnings),
        "settings": features.settings_hash,
        "evaluation": storable(settings.model_dump(mode="json")),
        "features_sha256": table_hash(features.values[list(signature.feature_names)]),
        "versions": {"tilscope": version("tilscope"), "numpy": version("numpy"), "pandas": version("pandas")},
    }


def _profile(study: Study) -> str | None:
    if not study.provenance_file.is_file():
        return None
    profile = load_json(study.provenance_file).get("profile")
    return None if profile is None else str(profile)


def _flagged(scored: Scored, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return patients with a flag, without names: an id outside a study, or a file, may be a hospital's."""
    is_study, rows = scored.table.study is not None, []
    for number, (key, row) in enumerate(frame.iterrows(), start=1):
        if row["flags"]:
            error = scored.unscored.get(str(key))
            rows.append(
                {
                    "patient": str(key) if is_study else f"row {number}",
                    "role": row["role"],
                    "score": storable(row["rad_tils_score"]),
                    "farthest_sd": storable(row["farthest_sd"]),
                    "flags": row["flags"],
                    "why": row["why"] if error is None else words_of(error),
                }
            )
    return rows


def table_hash(values: pd.DataFrame) -> str:
    """Return a hash of the needed features of all patients, whatever the file that held them."""
    told = hashlib.sha256()
    for name in sorted(values.columns):
        told.update(str(name).encode() + b"\0")
        told.update(np.ascontiguousarray(values.sort_index()[name].to_numpy(), dtype="<f8").tobytes())
    return told.hexdigest()


def counts_in_words(counts: Mapping[str, int]) -> str:
    """Return how many patients were compared, and why the others were not, as one sentence."""
    left = (
        ("without a usable sTIL percentage", counts["no_outcome"]),
        ("not scored", counts["not_scored"]),
    )
    others = ", ".join(f"{n} {reason}" for reason, n in left if n)
    return f"{counts['compared']} of {counts['patients']} patient(s) compared" + (
        f" ({others})." if others else "."
    )
