"""Tests of genes and gene sets: differential expression, enrichment, over-representation."""

from __future__ import annotations

from collections.abc import Iterator

from tilscope.report.content import Biology, Content
from tilscope.report.register.family import BH, Family, against, as_rows


def genes(content: Content) -> Iterator[Family]:
    """Yield the comparison of every gene."""
    if content.genes is None:
        return
    found, design = content.genes.rename_axis("gene").reset_index(), content.biology
    intervals = {name: found[name] for name in ("ci_low", "ci_high") if name in found}
    yield Family(
        "genes",
        "Genes between the groups",
        "biology/differential_expression.tsv p_value",
        as_rows(
            variable=found["gene"],
            compared=_groups(design),
            n=_n(design),
            test="moderated t",
            value=found["t"],
            effect="log2 fold change",
            effect_size=found["log2_fc"],
            p_value=found["p_value"],
            p_adjusted=found["p_adjusted"],
            **intervals,
        ),
        BH,
        design.max_p_adjusted,
        is_listed=False,
    )


def _groups(design: Biology) -> str:
    told = against(design.positive, design.negative, design.n_positive, design.n_negative)
    return f"{told} {design.group_name}"


def _n(design: Biology) -> float | None:
    sizes = (design.n_positive, design.n_negative)
    return float("nan") if None in sizes else float(sum(size for size in sizes if size is not None))


def enrichment(content: Content) -> Iterator[Family]:
    """Yield every collection's gene set enrichment analysis, and its over-representation in each list of genes."""
    results = content.results.get("enrichment")
    if results is None:
        return
    limit, groups = results.record["max_p_adjusted"], _groups(content.biology)
    found = results.tables.get("gsea")
    for collection, rows in () if found is None else found.groupby("collection", sort=True):
        yield Family(
            "enrichment",
            f"GSEA: {collection}",
            "biology/enrichment/gsea.tsv p_value",
            as_rows(
                variable=rows["gene_set"],
                compared=groups,
                test="GSEA",
                statistic="NES",
                value=rows["nes"],
                effect="enrichment score",
                effect_size=rows["es"],
                p_value=rows["p_value"],
                p_adjusted=rows["p_adjusted"],
                note=rows["p_value"].isna().map({True: "p could not be determined", False: ""}),
            ),
            BH,
            limit,
            is_listed=False,
        )
    yield from _over_representation(content, limit)


def _over_representation(content: Content, limit: float) -> Iterator[Family]:
    found = content.results["enrichment"].tables.get("over_representation")
    design = content.biology
    lists = {"up": f"higher in {design.positive}", "down": f"higher in {design.negative}", "all": "different"}
    keys = ["collection", "genes"]
    for (collection, way), rows in () if found is None else found.groupby(keys, sort=True):
        told = lists[str(way)]
        yield Family(
            "enrichment",
            f"Over-representation: {collection}, genes {told}",
            "biology/enrichment/over_representation.tsv p_value",
            as_rows(
                variable=rows["gene_set"],
                compared=[f"{n:.0f} genes {told} against all others" for n in rows["n_genes"]],
                n=rows["n_background"],
                test="hypergeometric, one-sided",
                statistic="genes of the set",
                value=rows["n_hits"],
                effect="fold enrichment",
                effect_size=rows["fold_enrichment"],
                p_value=rows["p_value"],
                p_adjusted=rows["p_adjusted"],
                note="n counts genes",
            ),
            BH,
            limit,
            is_listed=False,
        )
