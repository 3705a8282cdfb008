"""Single molecules, marker genes of cells and a study's own signatures between high and low Rad-TILs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from tilscope.pipeline.biology.inputs import expression_files, load_expression, load_groups, scores_file
from tilscope.pipeline.step import Products, Step
from tilscope.reading import read_signature_table
from tilscope.study import Study, encode_json, encode_tsv

if TYPE_CHECKING:
    from tilscope.biology import MoleculeTests, Signature, SignatureScores

CELLS = "immune cells by marker genes"
OWN = "signatures of the study"
CONFIDENCE = 0.95


def _molecules(study: Study, _: str) -> Products:
    from tilscope.biology import compare_molecules, score_signatures

    settings, folder = study.settings, study.biology_folder / "molecules"
    cohort = load_expression(study)
    groups = load_groups(study, list(cohort.log2.columns))
    expression = cohort.log2[groups.index]
    tests = compare_molecules(expression, groups, settings.biology.positive, settings.molecules)
    families = _signatures(study)
    scored = {
        family: score_signatures(expression, signatures, log2_offset=cohort.offset)
        for family, signatures in families.items()
    }
    record = {
        **_design(study, groups),
        "lists": _lists(tests, settings.biology.fdr),
        "signatures": [
            told
            for family, signatures in families.items()
            for told in _told(family, signatures, scored[family])
        ],
        "notes": [note for scores in scored.values() for note in (*scores.warnings, *scores.notes)],
    }
    files: dict[Path, bytes] = {
        folder / "molecules.json": encode_json(record),
        folder / "molecules.tsv": encode_tsv(tests.table, index=False),
        folder / "expression.tsv": encode_tsv(_values(expression, tests)),
        folder / "scores.tsv": encode_tsv(
            pd.concat([s.scores for s in scored.values()]).rename_axis("signature")
        ),
        folder / "score_tests.tsv": encode_tsv(_score_tests(study, scored, groups), index=False),
    }
    own = scored.get(OWN)
    return Products(files, own.warnings if own is not None else ())


def _values(expression: pd.DataFrame, tests: MoleculeTests) -> pd.DataFrame:
    """Return the log2 values of the molecules, genes x compared patients, each gene once."""
    return expression.loc[list(dict.fromkeys(tests.table["gene"]))].rename_axis("gene")


def _signatures(study: Study) -> dict[str, tuple[Signature, ...]]:
    """Return the signatures by family of tests: marker genes of cells, and those of the study if it has any."""
    from tilscope.biology import IMMUNE_CELL_SIGNATURES, signatures_of_table

    families: dict[str, tuple[Signature, ...]] = {CELLS: IMMUNE_CELL_SIGNATURES}
    if study.signatures_file.is_file():
        families[OWN] = signatures_of_table(read_signature_table(study.signatures_file))
    return families


def _design(study: Study, groups: pd.Series) -> dict[str, Any]:
    settings = study.settings
    counts = groups.value_counts()
    positive = settings.biology.positive
    negative = next(str(level) for level in counts.index if level != positive)
    return {
        "group_name": "Rad-TILs",
        "positive": positive,
        "negative": negative,
        "n_positive": int(counts[positive]),
        "n_negative": int(counts[negative]),
        "group_rule": settings.biology.group_rule,
        "method": settings.molecules.method,
        "families": settings.molecules.families,
        "max_p_adjusted": settings.biology.fdr,
        "confidence": CONFIDENCE,
    }


def _lists(tests: MoleculeTests, max_p_adjusted: float) -> list[dict[str, Any]]:
    """Return what became of every list: what is in the matrix, what was tested, what differs."""
    from tilscope.biology import MOLECULE_LISTS

    records = []
    for listed in MOLECULE_LISTS:
        rows = tests.table[tests.table["list"] == listed.name]
        differ = rows[rows["p_adjusted"] < max_p_adjusted]
        known = tests.lists.loc[listed.name].to_dict()
        records.append(
            {
                "name": listed.name,
                "title": listed.title,
                "family": known["family"],
                "n_genes": known["n_genes"],
                "n_present": known["n_present"],
                "n_tested": int(rows["p_value"].notna().sum()),
                "n_higher": int((differ["effect_size"] > 0).sum()),
                "n_lower": int((differ["effect_size"] < 0).sum()),
                "missing": list(known["missing"]),
                "sources": list(listed.sources),
                "note": listed.note,
            }
        )
    return records


def _told(family: str, signatures: tuple[Signature, ...], scored: SignatureScores) -> list[dict[str, Any]]:
    """Return how each signature of a family was scored, and from how much of it."""
    coverage = scored.coverage.to_dict("index")
    return [
        {
            "name": signature.name,
            "title": signature.genes.title,
            "family": family,
            "method": signature.scoring.name,
            "formula": signature.scoring.formula,
            "n_genes": coverage[signature.name]["n_genes"],
            "n_present": coverage[signature.name]["n_present"],
            "missing": list(coverage[signature.name]["missing"]),
            "source": signature.genes.source,
        }
        for signature in signatures
    ]


def _score_tests(study: Study, scored: dict[str, SignatureScores], groups: pd.Series) -> pd.DataFrame:
    """Compare the scores between the groups, each kind as a family; those without a score are left out."""
    from tilscope.statistics import compare_columns

    tables = [
        compare_columns(
            scores.scores.dropna(how="all").T,
            groups,
            study.settings.biology.positive,
            family=family,
            method=study.settings.molecules.method,
            confidence=CONFIDENCE,
        )
        for family, scores in scored.items()
    ]
    return pd.concat(tables, ignore_index=True)


MOLECULES = Step(
    "molecules",
    2,
    "compare molecules",
    ("molecules", "biology.fdr", "biology.positive", "biology.group_rule"),
    ("numpy", "scipy", "pandas"),
    lambda study, _: (
        scores_file(study),
        *expression_files(study),
        *((study.signatures_file,) if study.signatures_file.is_file() else ()),
    ),
    lambda study, _: study.biology_folder / "molecules" / "provenance.json",
    _molecules,
    needs=("signature", "expression"),
    is_cohort=True,
)
