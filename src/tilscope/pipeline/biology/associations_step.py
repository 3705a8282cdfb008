"""Clinical and pathological variables against high and low Rad-TILs, and against the score; needs no expression."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from tilscope.pipeline.biology.inputs import load_scores, scores_file
from tilscope.pipeline.loading import load_participants
from tilscope.pipeline.step import Products, Step
from tilscope.study import Study, encode_json, encode_tsv

if TYPE_CHECKING:
    from tilscope.biology.landscape.associations import Associations

HIGH, LOW = "high", "low"


def _associations(study: Study, _: str) -> Products:
    from tilscope.biology.landscape.associations import associate
    from tilscope.signature.baselines import OUTCOME_WORDS

    clinical = load_participants(study)
    known = load_scores(study, list(clinical.index))
    scores = known.rename(columns={"rad_tils_score": "score", "rad_tils_level": "group"})
    outcomes = [str(name) for name in clinical if OUTCOME_WORDS.search(str(name))]
    positive = LOW if study.settings.biology.positive == LOW else HIGH
    order = (positive, LOW if positive == HIGH else HIGH)
    found = associate(
        clinical,
        scores,
        order,
        outcomes=outcomes,
        ordered_levels=study.settings.cohort.ordered_levels,
        method="auto-student" if study.settings.profile == "paper-2022" else "auto",
    )
    folder = study.biology_folder / "associations"
    notes = _notes(found)
    files: dict[Path, bytes] = {
        folder / "associations.json": encode_json(_record(found, scores, order, notes)),
        folder / "associations.tsv": encode_tsv(_written(found.table), index=False),
        folder / "levels.tsv": encode_tsv(found.levels, index=False),
    }
    return Products(files, notes)


def _written(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(is_outcome=table["is_outcome"].map({True: "yes", False: "no"}))


def _record(
    found: Associations, scores: pd.DataFrame, order: tuple[str, str], notes: tuple[str, ...]
) -> dict[str, Any]:
    table = found.table
    tested = table[table["p_value"].notna() & (table["family"] != "")]
    return {
        "patients": "all" if (scores["role"] == "training").any() else "outside training",
        "positive": order[0],
        "negative": order[1],
        "n_patients": len(scores),
        "n_positive": int((scores["group"] == order[0]).sum()),
        "n_negative": int((scores["group"] == order[1]).sum()),
        "n_training": int((scores["role"] == "training").sum()),
        "n_outside": int((scores["role"] != "training").sum()),
        "families": {str(name): len(rows) for name, rows in tested.groupby("family", sort=False)},
        "outcomes": sorted(set(table.loc[table["is_outcome"], "variable"])),
        "excluded": [asdict(exclusion) for exclusion in found.excluded],
        "notes": list(notes),
    }


def _notes(found: Associations) -> tuple[str, ...]:
    """Return one line per rule about what is not compared."""
    by_rule: dict[str, list[str]] = {}
    for exclusion in found.excluded:
        by_rule.setdefault(exclusion.rule, []).append(
            f"{exclusion.variable} ({exclusion.reason.rstrip('.')})"
        )
    return tuple(f"{rule}: clinical columns, {'; '.join(told)}" for rule, told in sorted(by_rule.items()))


ASSOCIATIONS = Step(
    "associations",
    1,
    "compare clinical variables",
    ("profile", "cohort.ordered_levels", "biology.positive"),
    ("numpy", "scipy", "pandas"),
    lambda study, _: (scores_file(study), study.participants_file),
    lambda study, _: study.biology_folder / "associations" / "provenance.json",
    _associations,
    needs=("signature",),
    is_cohort=True,
    left_out=lambda study: None if study.participants_file.is_file() else "no clinical table",
)
