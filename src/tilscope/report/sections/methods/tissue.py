"""What was done with gene expression: groups, genes, sets, cells, signatures, clusters, chance."""

from __future__ import annotations

from tilscope.report.content import Content
from tilscope.report.sections.clusters import clustered
from tilscope.report.sections.enrichment import tested_pathways
from tilscope.report.sections.gene_sets import told_in_methods
from tilscope.report.sections.genes import model_in_methods
from tilscope.report.sections.methods.citing import listed, sentences
from tilscope.report.sections.molecules import compared_molecules
from tilscope.report.sections.radiogenomics import mapped_in_methods
from tilscope.report.sections.robustness import against_chance
from tilscope.report.sections.voxels import mapped_over_lesions_in_methods

SCALES = {
    "counts": "counts of reads",
    "linear": "abundances that were not on a log scale",
    "log2": "log2 values",
    "ratio": "log ratios",
}
GROUPS = {
    "signature-cutoff": "by the signature's frozen cut-off",
    "cohort-median": "by the median score of the patients with expression data",
}
DUPLICATES = {
    "highest-mean": "of several rows of one gene that with the highest mean was kept",
    "mean": "several rows of one gene were averaged",
    "sum": "several rows of one gene were summed",
    "first": "of several rows of one gene the first was kept",
}


def genes(content: Content) -> str:
    """Tell the matrix, the groups, and how genes were compared."""
    if content.genes is None:
        return ""
    design = content.biology
    sizes = (design.n_positive, design.n_negative)
    groups = (design.positive, design.negative)
    if None in sizes:
        who = f"patients with {listed(groups)}"
    else:
        each = [f"{n} with {name}" for n, name in zip(sizes, groups, strict=True)]
        who = f"{sum(n for n in sizes if n is not None)} patients, {listed(each)}"
    named = GROUPS.get(content.settings.get("biology", {}).get("group_rule", ""), "")
    text = (
        f"Gene expression of {who} {design.group_name}{f' ({named})' if named else ''} was compared by "
        "moderated t-tests (limma's empirical Bayes) [@ritchie] with Benjamini-Hochberg adjustment [@benjamini]; "
        f"genes with adjusted p < {design.max_p_adjusted:g} and |log2 fold change| ≥ {design.min_abs_log2_fc:g} "
        "counted as different."
    )
    return sentences((_matrix(content), text, model_in_methods(content), against_chance(content)))


def _matrix(content: Content) -> str:
    read = content.results.get("expression")
    if read is None:
        return ""
    record = read.record
    merged = ""
    if record.get("counted", {}).get("merged"):
        told = DUPLICATES.get(content.settings.get("expression", {}).get("duplicates", ""))
        merged = f"; {told}" if told else ""
    return (
        f"The expression matrix held {SCALES.get(record['scale'], record['scale'])} of {record['n_genes']:,} genes in "
        f"{record['n_samples']:,} samples{merged}."
    )


def pathways(content: Content) -> str:
    """Tell the collections of gene sets and how they were tested."""
    return sentences((told_in_methods(content), tested_pathways(content)))


def landscape(content: Content) -> str:
    """Tell cells, signatures, molecules and clusters."""
    return sentences((_cells(content), _signatures(content), compared_molecules(content), clustered(content)))


def _cells(content: Content) -> str:
    if content.gene_set_tests is None:
        return ""
    tests = sorted({str(test) for test in content.gene_set_tests.get("test", ())})
    named = f" ({', '.join(tests)})" if tests else ""
    alpha = content.settings.get("biology", {}).get("alpha", 0.25)
    is_gsva = content.biology.set_scores == "gsva"
    how = "GSVA (Gaussian kernel) [@hanzelmann]" if is_gsva else f"ssGSEA (α = {alpha:g}) [@barbie]"
    return (
        f"Immune-cell infiltration was scored by {how} and compared by two-sided tests{named} with false-discovery-"
        "rate adjustment over all gene sets [@benjamini]."
    )


def _signatures(content: Content) -> str:
    if content.signature_scores is None:
        return ""
    return (
        "The T-cell-inflamed signature is the mean z-score of 18 genes [@ayers], cytolytic activity the geometric "
        "mean of GZMA and PRF1 [@rooney]."
    )


def radiogenomics(content: Content) -> str:
    """Tell the map of features and genes, and the features' maps over the lesions."""
    return sentences((mapped_in_methods(content), mapped_over_lesions_in_methods(content)))
