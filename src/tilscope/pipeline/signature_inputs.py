"""What a signature is fitted on, as the study's files hold it; every step that fits one starts here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from tilscope.pipeline.loading import load_participants, read_feature_rows
from tilscope.pipeline.readings import load_rereadings, rereading_table_file
from tilscope.pipeline.sites import load_sites, site_inputs
from tilscope.signature import Background, Preparation, stratified_split, til_level
from tilscope.study import Study, encode_json, load_json, read_provenance, sha256
from tilscope.vocabulary import FeatureTable

# independent streams of the study's seed; 4 and 5 are those of the controls and of the honesty panel
SPLIT_STREAM, FOLD_STREAM, PROOF_STREAM, STABILITY_STREAM = 1, 2, 3, 6


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Features, roles and classes of a study's patients, all under aliases.

    An alias names a patient by the images that were imported, so that neither pseudonyms nor settings steer
    the split.

    Attributes
    ----------
    features : FeatureTable
        Rows in the order of the study's own table; patients without a TIL class have no role.
    stils : Series of float
        Percent, by alias; NaN where unknown.
    levels : Series of "high", "low" or missing
        TIL class by alias.
    participants : Series of str
        Key of the participant, by alias.
    """

    features: FeatureTable
    stils: pd.Series
    levels: pd.Series
    participants: pd.Series


def load_cohort(study: Study) -> Cohort:
    """Return what the study's signature is fitted on and checked with.

    Raises
    ------
    TableError
        As `tilscope.signature.til_level` and `stratified_split`.
    SignatureError
        SIG-74 as `load_sites`.
    """
    settings, table = study.settings, load_features(study)
    keys = table.values.index
    aliases = {key: alias(study, key) for key in keys}
    stils = load_participants(study)["stils"].reindex(keys).rename(index=aliases)
    levels = til_level(stils, settings.split.til_threshold_percent)
    roles = stratified_split(levels, settings.split.training_fraction, stream(study, SPLIT_STREAM))
    sites = load_sites(study, keys)
    features = FeatureTable(
        table.values.rename(index=aliases),
        table.settings_hash,
        roles=roles,
        sites=None if sites is None else sites.rename(index=aliases),
    )
    return Cohort(features, stils, levels, pd.Series(keys, index=stils.index, name="participant_id"))


def load_preparation(study: Study, cohort: Cohort) -> Preparation:
    """Return what is done to the features before the selection, with the data that it needs."""
    aliases = pd.Series(cohort.participants.index, index=cohort.participants)
    own = cohort.features.values.set_axis(cohort.participants.reindex(cohort.features.values.index))
    rereadings = tuple(
        replace(r, first=_renamed(r.first, aliases), second=_renamed(r.second, aliases))
        for r in load_rereadings(study, own)
    )
    return Preparation(
        harmonisation=study.settings.harmonisation,
        rereadings=rereadings,
        reproducibility=study.settings.reproducibility,
    )


def _renamed(frame: pd.DataFrame, aliases: pd.Series) -> pd.DataFrame:
    known = frame[frame.index.isin(aliases.index)]
    return known.set_axis(aliases.loc[known.index].to_numpy())


def cohort_background(study: Study, cohort: Cohort) -> Background:
    """Return what the signature tells of its cohort and settings beside what its fit sees."""
    record = load_json(study.feature_table_file.with_suffix(".json"))
    roles = cohort.features.roles
    counts: dict[str, int] = {} if roles is None else dict(Counter(roles.dropna()))
    return Background(
        title=study.settings.cohort.name,
        til_threshold_percent=study.settings.split.til_threshold_percent,
        roles=dict(sorted(counts.items())),
        seed=study.settings.cohort.seed,
        settings=record.get("settings", {}),
    )


def cohort_inputs(study: Study, patients: Iterable[str]) -> tuple[Path, ...]:
    """Return the files that `load_cohort` and `load_preparation` read, for the content key of a step."""
    files = (
        study.feature_table_file,
        study.feature_table_file.with_suffix(".json"),
        study.participants_file,
        rereading_table_file(study),
    )
    patients = tuple(patients)
    aliases = (study.image_folder(p) / "provenance.json" for p in patients)
    return tuple(f for f in (*files, *aliases, *site_inputs(study, patients)) if f.is_file())


def load_features(study: Study) -> FeatureTable:
    """Return the cohort's feature table as the collect step wrote it, under the participants' keys."""
    values = read_feature_rows(study.feature_table_file)
    record = load_json(study.feature_table_file.with_suffix(".json"))
    return FeatureTable(values, record["settings_hash"])


def alias(study: Study, patient: str) -> str:
    """Name a patient by the images that were imported."""
    stored = read_provenance(study.image_folder(patient) / "provenance.json")
    return patient if stored is None else sha256(encode_json(stored.inputs))


def stream(study: Study, number: int) -> np.random.Generator:
    """Return one of the independent streams of the study's seed."""
    return np.random.default_rng([study.settings.cohort.seed, number])
