"""Genes that differ between the groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from tilscope.report.content import Biology, Content
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import frame_table
from tilscope.report.wording import fixed, number, p_value

TOP = 100
HEADINGS = {
    "gene": "Gene",
    "log2_fc": "log2 fold change",
    "ci_low": "95 % from",
    "ci_high": "95 % to",
    "mean_expression": "Mean expression",
    "t": "t",
    "p_value": "p",
    "p_adjusted": "p (BH)",
    "b": "B",
}
TWO_DECIMALS = ("log2_fc", "ci_low", "ci_high", "mean_expression", "t", "b")


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return the top of the table of genes, the numbers of changed ones, and how they were compared."""
    if content.genes is None:
        return missing_result(
            content,
            "biology",
            "There is no differential expression: either no expression matrix was imported, or the run stopped before.",
            "tilscope run STUDY (after importing expression.tsv.gz)",
        )
    genes, design = content.genes.rename_axis("gene"), content.biology
    passed = genes["p_adjusted"] < design.max_p_adjusted
    top = genes.sort_values("p_value", kind="stable").head(TOP)
    formats = {name: lambda v: fixed(v, 2) for name in TWO_DECIMALS}
    formats |= {name: lambda v: number(v, 3) for name in ("p_value", "p_adjusted")}
    return {
        "n_genes": len(genes),
        "n_up": int((passed & (genes["log2_fc"] >= design.min_abs_log2_fc)).sum()),
        "n_down": int((passed & (genes["log2_fc"] <= -design.min_abs_log2_fc)).sum()),
        "n_passed": int(passed.sum()),
        "smallest": _smallest(genes),
        "design": design,
        "sizes": _sizes(content),
        "model": tuple(_model(design)),
        "notes": tuple(_notes(content)),
        "has_intervals": "ci_low" in genes,
        "table": frame_table(
            _caption(content, len(top), len(genes)),
            top,
            {name: heading for name, heading in HEADINGS.items() if name == "gene" or name in genes},
            formats,
            can_filter=True,
        ),
    }


def _caption(content: Content, n_shown: int, n_tested: int) -> str:
    design, sizes = content.biology, _sizes(content)
    groups = (
        f"{group} (n = {sizes[group]})" if group in sizes else group
        for group in (design.positive, design.negative)
    )
    return (
        f"The {n_shown} genes with the smallest p values, of {n_tested:,} tested; {' against '.join(groups)} "
        f"{design.group_name}; p (BH): over all genes tested"
    )


def _notes(content: Content) -> Iterator[str]:
    """Yield the notes that neither the section on the matrix nor that on gene sets tells."""
    read = content.results.get("expression")
    told = () if read is None else read.record["notes"]
    yield from (n for n in content.biology.notes if n not in told and not n.startswith("TAB-58: "))


def _smallest(genes: pd.DataFrame) -> str:
    smallest = genes["p_adjusted"].min()
    return "" if pd.isna(smallest) else p_value(float(smallest))


def _sizes(content: Content) -> dict[str, int]:
    """Return the patients of each group in the comparison of genes."""
    design = content.biology
    if design.n_positive is not None and design.n_negative is not None:
        return {design.positive: design.n_positive, design.negative: design.n_negative}
    if content.groups is None:
        return {}
    return {str(group): int(n) for group, n in content.groups.value_counts().items()}


def _model(design: Biology) -> Iterator[str]:
    """Say how the genes were compared, and who and what was left out."""
    model = design.model
    if not model:
        return
    robust = ", robust against genes of outlying variance" if model["robust"] else ""
    prior = model["prior_df"]
    lent = "infinite: all genes share one variance" if prior is None else f"{number(float(prior), 3)}"
    yield (
        f"Model: log2 expression = {model['formula']}; limma's moderated t with {model['mean_variance']}{robust}. "
        f"Residual degrees of freedom {model['residual_df']}, lent by the other genes {lent}."
    )
    if model["covariates"]:
        held = ", ".join(model["covariates"])
        missing = ", ".join(f"{name}: {n}" for name, n in model["missing"].items())
        left = f"patients left out of the genes for want of a value: {model['n_left_out']} ({missing})"
        yield f"Held equal between the groups: {held}; {left if missing else 'no patient lacks a value'}."
    if model["counts"]:
        yield _counts(model["counts"])


def _counts(counts: Mapping[str, Any]) -> str:
    rule = counts["filter"]
    smallest, largest = (fixed(size / 1e6, 1) for size in counts["library_size"])
    low, high = (fixed(factor, 2) for factor in counts["tmm_factor"])
    return (
        f"Counts: {counts['n_kept']:,} of {counts['n_genes']:,} genes have enough of them (at least "
        f"{number(rule['min_count'])} in a library of median size, in about as many patients as the smaller group "
        "has). "
        f"Libraries of {smallest} to {largest} million counts, TMM factors {low} to {high}."
    )


def model_in_methods(content: Content) -> str:
    """Return the sentences of the Methods paragraph on counts, covariates and the variances' prior."""
    model = content.biology.model
    if content.genes is None or not model:
        return ""
    text = ""
    if model["counts"]:
        how = {
            "voom": "voom's precision weights [@law]",
            "trend": "a prior variance that follows the mean log2 counts per million (limma-trend) [@law]",
        }
        text += (
            " Genes with too few counts were filtered out (edgeR's filterByExpr [@chen]), library sizes scaled by "
            f"TMM [@robinson], and counts modelled with {how[model['counts']['method']]}."
        )
    if model["covariates"]:
        text += f" The comparison of genes was adjusted for {', '.join(model['covariates'])}."
    if model["robust"]:
        text += " The empirical Bayes prior was robust against genes of outlying variance [@phipson2016]."
    return text


GENES = Section("genes", "Genes", view)
