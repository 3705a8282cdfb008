"""Genes that differ between the groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import frame_table
from tilscope.report.wording import fixed, number

TOP = 100
HEADINGS = {
    "gene": "Gene",
    "log2_fc": "log2 fold change",
    "mean_expression": "Mean expression",
    "t": "t",
    "p_value": "p",
    "p_adjusted": "p (BH)",
    "b": "B",
}


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return the top of the table of genes and the numbers of changed ones."""
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
    two = {name: lambda v: fixed(v, 2) for name in ("log2_fc", "mean_expression", "t", "b")}
    formats = two | {name: lambda v: number(v, 3) for name in ("p_value", "p_adjusted")}
    return {
        "n_genes": len(genes),
        "n_up": int((passed & (genes["log2_fc"] >= design.min_abs_log2_fc)).sum()),
        "n_down": int((passed & (genes["log2_fc"] <= -design.min_abs_log2_fc)).sum()),
        "n_passed": int(passed.sum()),
        "design": design,
        "counts": None if content.groups is None else content.groups.value_counts().to_dict(),
        "table": frame_table(
            f"The {len(top)} genes with the smallest p values, of {len(genes):,} tested",
            top,
            HEADINGS,
            formats,
            can_filter=True,
        ),
    }


GENES = Section("genes", "Genes", view)
