"""A Methods paragraph, written from the settings and versions that were really used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Missing, Section

REGISTRATION = {
    "greedy": "affinely and then deformably (greedy, local cross-correlation, picsl-greedy {picsl-greedy})",
    "syn": "by symmetric normalisation (ANTs SyN, antspyx {antspyx})",
    "affine": "affinely (picsl-greedy {picsl-greedy})",
}
BIAS = {
    "n3": "The bias field was estimated on the first post-contrast phase by N3 (Sled 1998) inside a body mask.",
    "n4": "The bias field was estimated on the first post-contrast phase by N4 (Tustison 2010) inside a body mask.",
}
SCOPES = {"image": "all voxels", "body": "the voxels of the body", "roi": "the voxels of the lesion"}
STATISTICS = {
    "per-phase": "each phase by its own mean and standard deviation",
    "reference-phase": "every phase by the mean and standard deviation of the first post-contrast phase",
    "pooled": "every phase by the mean and standard deviation of all phases together",
}
RULES = {
    "lambda_min": "penalty of the smallest mean deviance",
    "lambda_1se": "largest penalty within one standard error of the smallest deviance",
}
WEIGHTS = {
    "logistic": "weighed by logistic regression",
    "elastic_net": "weighed by the elastic net's own coefficients",
}
REFERENCES = {
    "pyradiomics": "van Griethuysen JJM et al. Cancer Res 2017;77:e104 (definitions of the features).",
    "glmnet": "Friedman J et al. J Stat Softw 2010;33(1):1 (elastic net).",
    "delong": "DeLong ER et al. Biometrics 1988;44:837 (interval of the AUC).",
    "su": "Su G-H et al. J Transl Med 2022;20:471 (the Rad-TILs score).",
    "limma": "Ritchie ME et al. Nucleic Acids Res 2015;43:e47 (moderated t).",
    "ssgsea": "Barbie DA et al. Nature 2009;462:108 (ssGSEA).",
    "ayers": "Ayers M et al. J Clin Invest 2017;127:2930 (T-cell-inflamed profile).",
    "rooney": "Rooney MS et al. Cell 2015;160:48 (cytolytic activity).",
}


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return the paragraphs and their references."""
    if not content.settings:
        return Missing(
            "The methods text is written from what was run, and nothing has run yet.", "tilscope run STUDY"
        )
    return {"paragraphs": tuple(paragraphs(content)), "references": tuple(_references(content))}


def paragraphs(content: Content) -> Iterator[str]:
    """Yield the paragraphs, in the past tense, ready to paste."""
    versions = {
        name: content.provenance.get("versions", {}).get(name, "")
        for name in ("picsl-greedy", "antspyx", "tilscope")
    }
    yield _images(content, versions)
    yield _features(content)
    if content.signature is not None:
        yield _signature(content)
    if content.genes is not None:
        yield _biology(content)
    yield (
        f"All steps were run with tilscope {versions['tilscope']} (profile {content.profile}"
        + (f", seed {content.provenance['seed']}" if "seed" in content.provenance else "")
        + "). Patients whose input failed a check were left out by name and reason and are listed in the report."
    )


def _images(content: Content, versions: Mapping[str, str]) -> str:
    registration, bias, norm = (
        content.settings.get(k, {}) for k in ("registration", "bias", "normalisation")
    )
    method = REGISTRATION.get(registration.get("method", ""))
    aligned = (
        f"Every phase was registered to the first post-contrast phase {method.format_map(versions)}, on a crop of the "
        f"lesion's box and {registration.get('margin_mm', 25):g} mm around it; the lesion's outline travelled with the "
        "phase that it was drawn on."
        if method
        else "The phases were used as acquired, without registration."
    )
    scope, statistics = SCOPES.get(norm.get("scope", ""), ""), STATISTICS.get(norm.get("statistics", ""), "")
    scaled = (
        f" Intensities were z-scored over {scope}, {statistics}, and multiplied by {norm.get('scale', 1):g}."
        if scope
        else ""
    )
    field = BIAS.get(bias.get("method", ""), "No bias field was corrected.")
    return f"{aligned} {field}{scaled}"


def _features(content: Content) -> str:
    radiomics = content.settings.get("radiomics", {})
    bins = radiomics.get("n_bins")
    grey = (
        f"{bins} grey levels per lesion"
        if bins
        else f"grey levels of width {radiomics.get('bin_width', 25):g}"
    )
    counted = f" ({content.n_features:,} features per patient)" if content.n_features else ""
    wavelet = f"eight undecimated wavelet sub-bands ({radiomics.get('wavelet', 'coif1')})"
    names = {"original": "the original image", "wavelet": wavelet}
    images = " and ".join(names.get(i, f"the {i} image") for i in radiomics.get("image_types", ("original",)))
    return (
        f"Radiomic features (families: {', '.join(radiomics.get('families', ()))}) were computed by the definitions of "
        f"PyRadiomics 3.0 on {images} of every post-contrast phase, with {grey}; shape once per lesion; and the mean, "
        f"variance, kurtosis and skewness of every feature over the post-contrast phases{counted}."
    )


def _signature(content: Content) -> str:
    cohort, split, selection = (content.settings.get(k, {}) for k in ("cohort", "split", "selection"))
    threshold = cohort.get("til_threshold_percent", split.get("til_threshold_percent", 20))
    counted = " and ".join(f"{row.n_positive + row.n_negative} {row.role}" for row in content.performance)
    rule = RULES.get(selection.get("lambda_rule", ""), "a stated penalty")
    weights = WEIGHTS.get(selection.get("refit", ""), "weighed")
    return (
        f"Patients with stromal TILs of {threshold:g} % or more were classed as high. Patients were divided at random, "
        f"stratified by class ({split.get('training_fraction', 0.7):.0%} for training; {counted} patients). On the "
        f"training patients alone, features were selected by an elastic net (α = {selection.get('alpha', 0.5):g}, "
        f"{selection.get('n_folds', 10)}-fold cross-validation, {rule}) and {weights}. The median training score was "
        "frozen as the cut-off. AUCs are given with DeLong intervals, proportions with exact (Clopper-Pearson) ones."
    )


def _biology(content: Content) -> str:
    design = content.biology
    text = (
        f"Gene expression of {design.positive} and {design.negative} {design.group_name} was compared by moderated "
        f"t-tests (limma's empirical Bayes) with Benjamini-Hochberg adjustment; adjusted p < "
        f"{design.max_p_adjusted:g} and |log2 fold change| ≥ {design.min_abs_log2_fc:g} counted as different."
    )
    return text + "".join(sentence for sentence in (_cells(content), _immune_signatures(content)) if sentence)


def _cells(content: Content) -> str:
    if content.gene_set_tests is None:
        return ""
    tests = sorted(set(content.gene_set_tests.get("test", ())))
    named = f" ({', '.join(tests)})" if tests else ""
    return (
        f" Immune-cell infiltration was scored by ssGSEA (α = .25) and compared by two-sided tests{named} with "
        "false-discovery-rate adjustment over all gene sets."
    )


def _immune_signatures(content: Content) -> str:
    if content.signature_scores is None:
        return ""
    return (
        " The T-cell-inflamed signature is the mean z-score of 18 genes, cytolytic activity the geometric mean of "
        "GZMA and PRF1."
    )


def _references(content: Content) -> Iterator[str]:
    yield REFERENCES["pyradiomics"]
    if content.signature is not None:
        yield from (REFERENCES[k] for k in ("glmnet", "delong", "su"))
    if content.genes is not None:
        yield REFERENCES["limma"]
    if content.gene_set_tests is not None:
        yield REFERENCES["ssgsea"]
    if content.signature_scores is not None:
        yield from (REFERENCES[k] for k in ("ayers", "rooney"))


METHODS = Section("methods", "Methods text", view)
