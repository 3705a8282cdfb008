"""Cohorts of features without images: a study folder as `tilscope run --until collect` leaves it, and a signature."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tilscope.signature import CohortSummary, Signature, SignatureFeature
from tilscope.study import create_study, encode_json, sha256

NAMES = (
    "phase1_wavelet-LLL_firstorder_Skewness",
    "skewness_wavelet-LLL_glcm_Idmn",
    "shape_MeshVolume",
)
WEIGHTS = (1.2, -0.8, 0.5)
INTERCEPT = 0.1
OTHER = ("phase2_original_glcm_Contrast", "phase3_original_glcm_Contrast")
SETTINGS = {
    "registration": {"method": "greedy"},
    "normalisation": {"scale": 100.0, "scope": "body"},
    "radiomics": {"bin_width": 25.0},
    "n_post": 4,
    "steps": {"register": 1},
}
HASH = sha256(encode_json(SETTINGS))


@dataclass(frozen=True)
class Cohort:
    """A study folder and what is in it."""

    study: Path
    values: pd.DataFrame
    stils: pd.Series

    @property
    def table(self) -> Path:
        """Its features."""
        return self.study / "derivatives" / "features" / "features.parquet"

    def write(self, values: pd.DataFrame) -> None:
        """Write other features."""
        values.to_parquet(self.table)

    def write_record(self, settings: dict | None = None, **more: object) -> None:
        """Write what is told of the settings."""
        told = SETTINGS if settings is None else settings
        content = {"settings": told, "settings_hash": sha256(encode_json(told)), "n_post": 4} | more
        self.table.with_suffix(".json").write_text(json.dumps(content))


def scores_by_hand(values: pd.DataFrame) -> np.ndarray:
    """Return 1 / (1 + exp(-(intercept + sum weight x feature)))."""
    eta = INTERCEPT + sum(w * values[name].to_numpy() for w, name in zip(WEIGHTS, NAMES, strict=True))
    return 1.0 / (1.0 + np.exp(-eta))


def signature(**changes: object) -> Signature:
    """Return a signature of three features whose training patients lay within 3 sd of 0."""
    features = tuple(
        SignatureFeature(
            name=name,
            coefficient=weight,
            training_min=-3.0,
            training_max=3.0,
            training_mean=0.0,
            training_sd=1.0,
        )
        for name, weight in zip(NAMES, WEIGHTS, strict=True)
    )
    content = {
        "name": "planted",
        "features": features,
        "intercept": INTERCEPT,
        "cutoff": 0.5,
        "cutoff_rule": "median",
        "origin": "logistic",
        "settings_hash": HASH,
        "settings": SETTINGS,
        "cohort": CohortSummary(
            n_training=98, n_positive=56, n_negative=42, til_threshold_percent=20.0, seed=2022
        ),
    }
    return Signature(**(content | changes))


def make_cohort(folder: Path, n: int = 8, seed: int = 1, *, shift: float = 0.0) -> Cohort:
    """Make a study of ``n`` patients whose sTIL percentage follows the signature's score, with noise.

    Parameters
    ----------
    folder : Path
        Must not exist yet.
    n, seed : int
        Patients, and what they are drawn from.
    shift : float
        Added to every feature.
    """
    rng = np.random.default_rng(seed)
    keys = pd.Index([f"sub-{seed:03d}x{i:012x}" for i in range(n)], name="participant_id")
    columns = [*OTHER, *NAMES[::-1]]  # neither the order nor the number of the signature's
    drawn = np.clip(rng.normal(0.0, 1.0, (n, len(columns))), -2.5, 2.5) + shift
    values = pd.DataFrame(drawn, index=keys, columns=columns)
    score = scores_by_hand(values)
    stils = pd.Series(np.clip(100.0 * score - 30.0 + rng.normal(0.0, 12.0, n), 0.0, 100.0).round(), keys)
    create_study(folder, profile="recommended", name="Other hospital")
    cohort = Cohort(folder, values, stils)
    cohort.table.parent.mkdir(parents=True)
    cohort.write(values)
    cohort.write_record()
    rows = "".join(f"{key}\t{value:g}\n" for key, value in stils.items())
    (folder / "participants.tsv").write_text("participant_id\tstils\n" + rows)
    return cohort
