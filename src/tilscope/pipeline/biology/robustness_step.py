"""How much of the biology is chance, the cut-off, or the tissue around: labels dealt anew, the score, covariates.

``derivatives/biology/robustness/``

``robustness.json``
    ``model`` (in words), ``n``, ``fdr``, ``log2_fc``; ``score`` and each of ``covariates`` (list, with ``name``):
    ``{n, n_genes, n_reference, n_shared, t_correlation}``; ``left_out``: covariate -> why; ``genes`` and ``sets`` (or
    null): ``{observed, mean, most, p_value, false_share, by_chance}``; ``set_alpha``.
``genes.tsv``
    ``gene, log2_fc, t, p_adjusted`` of the groups, then ``effect_x, t_x, p_adjusted_x`` of the score and of each
    covariate.
``sets.tsv``
    ``gene_set, es, p_value, p_adjusted``: by permuted labels.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilscope.pipeline.biology.inputs import (
    collection_files,
    expression_files,
    load_collections,
    load_expression,
    load_groups,
    load_scores,
    scores_file,
    sets_for,
)
from tilscope.pipeline.loading import load_participants
from tilscope.pipeline.performance_record import storable
from tilscope.pipeline.step import Products, Step
from tilscope.study import Study, encode_json, encode_tsv
from tilscope.vocabulary import ExpressionError, TilscopeError

if TYPE_CHECKING:
    from tilscope.biology.landscape.chance import Discoveries, SetsByChance
    from tilscope.biology.landscape.robustness import OtherAnalysis

ROBUSTNESS_STREAM = 7


def _robustness(study: Study, _: str) -> Products:
    from tilscope.biology.landscape.chance import SET_ALPHA
    from tilscope.biology.landscape.robustness import by_score, side_by_side

    settings = study.settings.biology
    cohort = load_expression(study)
    groups = load_groups(study, list(cohort.log2.columns))
    main = _main_table(study)
    expression = cohort.log2.loc[main.index, groups.index]
    variance = {"trend": settings.trend or cohort.scale == "counts", "robust": settings.robust}
    score = load_scores(study, list(groups.index))["rad_tils_score"]
    analyses = {"score": by_score(expression, groups, settings.positive, score, **variance)}
    covariates, left_out = _with_covariates(study, expression, groups, variance)
    analyses |= covariates
    genes, sets = _by_chance(study, expression, groups, variance)
    record: dict[str, Any] = {
        "model": _model(variance, from_counts=cohort.scale == "counts"),
        "n": len(groups),
        "fdr": settings.fdr,
        "log2_fc": settings.log2_fc,
        "score": analyses["score"].summary(settings.fdr),
        "covariates": [{"name": name} | a.summary(settings.fdr) for name, a in covariates.items()],
        "left_out": left_out,
        "genes": None if genes is None else _told(genes),
        "sets": None if sets is None else _told(sets.discoveries),
        "set_alpha": SET_ALPHA,
    }
    folder = study.biology_folder / "robustness"
    files: dict[Path, bytes] = {
        folder / "robustness.json": encode_json(storable(record)),
        folder / "genes.tsv": encode_tsv(side_by_side(main, analyses)),
    }
    if sets is not None:
        files[folder / "sets.tsv"] = encode_tsv(sets.table)
    return Products(files, tuple(f"{name}: {why}" for name, why in left_out.items()))


def _main_table(study: Study) -> pd.DataFrame:
    """Return the comparison of the step ``biology``; its genes are those that are tested here."""
    file = study.biology_folder / "differential_expression.tsv"
    return pd.read_csv(
        file, sep="\t", index_col="gene", na_values="n/a", keep_default_na=False, dtype={"gene": str}
    )


def _model(variance: dict[str, bool], *, from_counts: bool) -> str:
    words = "limma's moderated t on log2 values"
    if from_counts:
        words += " (counts per million; the prior variance follows the mean instead of voom's weights)"
    elif variance["trend"]:
        words += ", the prior variance following the mean"
    return words + (", robust to outlying genes" if variance["robust"] else "")


def _with_covariates(
    study: Study, expression: pd.DataFrame, groups: pd.Series, variance: dict[str, bool]
) -> tuple[dict[str, OtherAnalysis], dict[str, str]]:
    """Return the comparison with each covariate, and why some could not be made."""
    from tilscope.biology.landscape.robustness import with_covariate

    made, left_out = {}, {}
    for name in study.settings.robustness.covariates:
        try:
            covariate = _covariate(study, name)
            made[name] = with_covariate(
                expression, groups, study.settings.biology.positive, covariate, **variance
            )
        except TilscopeError as error:
            left_out[name] = str(error)
    return made, left_out


def _covariate(study: Study, name: str) -> pd.Series:
    """Return a column of participants.tsv, or the scores of a gene set, by patient."""
    participants = load_participants(study)
    if name in participants:
        column = participants[name]
        numbers = pd.to_numeric(column, errors="coerce")
        are_numbers = numbers.notna().equals(column.notna())
        return pd.Series(numbers if are_numbers else column, name=name)
    scores = _set_scores(study)
    if name not in scores.index:
        raise ExpressionError(
            "TAB-67",
            f"there is no covariate {name}",
            expected="a column of participants.tsv, or a gene set that has scores",
            remedy="Correct robustness.covariates in study.toml.",
        )
    return pd.Series(scores.loc[name].astype(float), name=name)


def _set_scores(study: Study) -> pd.DataFrame:
    file = study.biology_folder / "ssgsea.tsv"
    if not file.is_file():
        return pd.DataFrame()
    return pd.read_csv(file, sep="\t", index_col=0, na_values="n/a", keep_default_na=False)


def _by_chance(
    study: Study, expression: pd.DataFrame, groups: pd.Series, variance: dict[str, bool]
) -> tuple[Discoveries | None, SetsByChance | None]:
    """Return the discoveries under permuted labels: genes, and sets of the collections of pathways."""
    from tilscope.biology.differential.refitting import refit_many
    from tilscope.biology.landscape.chance import Discoveries, count_genes, permuted_labels, sets_by_chance

    settings = study.settings.biology
    n = study.settings.robustness.n_permutations
    if n == 0:
        return None, None
    rng = np.random.default_rng([study.settings.cohort.seed, ROBUSTNESS_STREAM])
    labellings = pd.DataFrame(dict(enumerate((groups, *permuted_labels(groups, n, rng)))))
    variables = (labellings == settings.positive).astype(float)
    metrics, counts = {}, []
    for number, table in enumerate(refit_many(expression, variables, **variance)):
        metrics[number] = table["t"]
        counts.append(int(count_genes([table], settings.fdr, settings.log2_fc)[0]))
    genes = Discoveries(counts[0], np.array(counts[1:], dtype=np.int64))
    pathways = sets_for(load_collections(study), "pathways")
    if not pathways:
        return genes, None
    sizes = study.settings.enrichment
    permuted = pd.DataFrame({number: t for number, t in metrics.items() if number})
    sets = sets_by_chance(
        metrics[0], permuted, pathways, min_size=sizes.min_set_size, max_size=sizes.max_set_size
    )
    return genes, sets if len(sets.table) else None


def _told(found: Discoveries) -> dict[str, Any]:
    return {
        "observed": found.observed,
        "mean": found.mean,
        "most": int(found.by_chance.max()),
        "p_value": found.p_value,
        "false_share": found.false_share,
        "by_chance": [int(n) for n in found.by_chance],
    }


def _inputs(study: Study, _: str) -> tuple[Path, ...]:
    folder = study.biology_folder
    made = (folder / "differential_expression.tsv", folder / "ssgsea.tsv")
    return (
        scores_file(study),
        study.participants_file,
        *expression_files(study),
        *collection_files(study),
        *(file for file in made if file.is_file()),
    )


ROBUSTNESS = Step(
    "robustness",
    1,
    "ask what is chance",
    ("robustness", "biology", "enrichment", "expression.identifiers", "cohort.seed"),
    ("numpy", "scipy", "pandas", "numba"),
    _inputs,
    lambda study, _: study.biology_folder / "robustness" / "provenance.json",
    _robustness,
    needs=("biology",),
    is_cohort=True,
)
