"""The cohort's QC table: one row per patient with measures and flags, and a dictionary of its columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tilscope.pipeline.qc_measures import FLAGS, RULES, rule_of
from tilscope.pipeline.status import PatientStatus, patient_states
from tilscope.pipeline.step import Products, Step
from tilscope.study import Study, encode_json, encode_tsv, load_json

YES, NO = "yes", "no"


@dataclass(frozen=True)
class Column:
    """One measure of the table.

    Attributes
    ----------
    name : str
        Key in qc.json and heading of the column.
    heading : str
        Heading on the report's page.
    description : str
        What it is, for the data dictionary.
    units : str
        Of the values, or empty.
    decimals : int
        How many the report shows.
    flags : tuple of str
        Names of the flags that judge this measure.
    is_count : bool
        Whether its values are whole numbers.
    """

    name: str
    heading: str
    description: str
    units: str = ""
    decimals: int = 2
    flags: tuple[str, ...] = ()
    is_count: bool = False


MEASURES: tuple[Column, ...] = (
    Column("roi_volume_ml", "Lesion (mL)", "Volume of the lesion on post1.", "mL", flags=("touches_border",)),
    Column(
        "functional_volume_ml",
        "Functional (mL)",
        "Functional tumour volume inside the lesion: the voxels that enhance enough (settings functional_volume).",
        "mL",
    ),
    Column("roi_voxels", "Voxels", "Number of voxels of the lesion on post1.", decimals=0, is_count=True),
    Column(
        "roi_components",
        "Parts",
        "Separate parts of the lesion (26-connected).",
        decimals=0,
        flags=("several_components",),
        is_count=True,
    ),
    Column(
        "roi_slices",
        "Slices",
        "Slices of the image that hold lesion.",
        decimals=0,
        flags=("one_slice",),
        is_count=True,
    ),
    Column("roi_phase", "Drawn on", "Phase that the lesion was drawn on."),
    Column(
        "largest_displacement_mm",
        "Shift (mm)",
        "Largest mean displacement of the lesion of any phase against post1.",
        "mm",
        flags=("moved",),
    ),
    Column(
        "extreme_jacobian",
        "Jacobian",
        "Mean Jacobian of the lesion farthest from 1 (no change of volume) of any phase.",
        decimals=3,
        flags=("volume_changed",),
    ),
    Column(
        "smallest_local_jacobian",
        "Least Jacobian",
        "Smallest Jacobian of any voxel around the lesion; 0 or less is a fold.",
        flags=("folded",),
    ),
    Column(
        "lowest_similarity",
        "Similarity",
        "Lowest similarity of any phase with post1 after registration, 0 to 1.",
        flags=("dissimilar",),
    ),
    Column(
        "peak_enhancement_percent",
        "Peak (%)",
        "Highest mean enhancement of the lesion over the pre-contrast phase.",
        "percent",
        0,
        ("does_not_enhance",),
    ),
    Column("bias_lowest_factor", "Bias from", "Lowest factor of the bias field around the lesion."),
    Column("bias_highest_factor", "Bias to", "Highest factor of the bias field around the lesion."),
)


def qc_table(study: Study) -> pd.DataFrame:
    """Return one row per patient that the study knows; those without measures have their reason."""
    states = patient_states(study)
    rows = {key: _row(study, key, state) for key, state in states.items()}
    columns = [
        "state",
        "rule",
        "reason",
        *(c.name for c in MEASURES),
        "n_flags",
        *(f.name for f in FLAGS),
        "flags",
    ]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    frame.index.name = "participant_id"
    counts = [c.name for c in MEASURES if c.is_count] + ["n_flags"]
    return frame.astype(dict.fromkeys(counts, "Int64"))


def _row(study: Study, patient: str, state: PatientStatus) -> dict[str, Any]:
    told = {"state": state.state, "rule": state.rule, "reason": state.message}
    file = study.qc_folder(patient) / "qc.json"
    if not file.is_file() or state.state in ("quarantined", "waiting"):
        return told
    measures = load_json(file)
    notes = measures["flags"]
    raised = {RULES[rule_of(note)].name for note in notes}
    judged = {flag.name: YES if flag.name in raised else NO for flag in FLAGS}
    values = {column.name: measures.get(column.name) for column in MEASURES}
    return told | values | judged | {"n_flags": len(raised), "flags": "; ".join(notes) or None}


def data_dictionary() -> dict[str, Any]:
    """Return the meaning of every column, as BIDS sidecars tell it."""
    levels = {YES: "raised: look at this patient", NO: "not raised"}
    fixed = {
        "participant_id": {"Description": "Pseudonymous key of the patient."},
        "state": {
            "Description": "How the patient stands.",
            "Levels": {
                "done": "has features and an outcome",
                "set aside": "has features and takes no part, for the reason given",
                "waiting": "some step is still to run",
                "quarantined": "cannot go on, for the reason given",
            },
        },
        "rule": {"Description": "Rule id of the reason; see docs/errors.md."},
        "reason": {"Description": "Why the patient is quarantined or set aside."},
        "n_flags": {"Description": "Number of raised flags."},
        "flags": {"Description": "What raised them, rule ids first, separated by semicolons."},
    }
    measures = {
        c.name: {"Description": c.description, "LongName": c.heading}
        | ({"Units": c.units} if c.units else {})
        | ({"Flags": list(c.flags)} if c.flags else {})
        | {"Decimals": c.decimals}
        for c in MEASURES
    }
    flags = {
        f.name: {
            "Description": f.question,
            "LongName": f.name.replace("_", " "),
            "Rule": f.rule,
            "Levels": levels,
        }
        for f in FLAGS
    }
    return fixed | measures | flags


def _inputs(study: Study, _: str) -> tuple[Path, ...]:
    files = (
        study.participants_file,
        study.ratings_file,
        *(study.image_folder(p) / "dce.json" for p in study.patients),
        *(study.feature_file(p) for p in study.patients),
        *(study.qc_folder(p) / "qc.json" for p in study.patients),
        *sorted(study.quarantine_folder.glob("sub-*.json")),
    )
    return tuple(f for f in files if f.is_file())


def _make(study: Study, _: str) -> Products:
    file = study.derivatives / "qc.tsv"
    return Products(
        {
            file: encode_tsv(qc_table(study)),
            file.with_suffix(".json"): encode_json(data_dictionary()),
        }
    )


QC_TABLE = Step(
    "qc-table",
    1,
    "gather the quality control",
    (),
    ("pandas",),
    _inputs,
    lambda study, _: study.derivatives / "qc-table.provenance.json",
    _make,
    is_cohort=True,
)
