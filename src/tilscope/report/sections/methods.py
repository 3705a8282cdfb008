"""A Methods paragraph, written from the settings and versions that were really used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.associations import associated_in_methods
from tilscope.report.sections.clusters import clustered
from tilscope.report.sections.enrichment import tested_pathways
from tilscope.report.sections.gene_sets import told_in_methods
from tilscope.report.sections.genes import model_in_methods
from tilscope.report.sections.honesty import repeated
from tilscope.report.sections.molecules import compared_molecules
from tilscope.report.sections.radiogenomics import mapped_in_methods
from tilscope.report.sections.reproducibility import reread
from tilscope.report.sections.robustness import against_chance
from tilscope.report.sections.section import Missing, Section
from tilscope.report.wording import number
from tilscope.signature import Signature

_FALLBACK = re.compile(r"TAB-65: logistic regression on .* is (?P<problem>[^;]+);")

GREEDY = "picsl-greedy {picsl-greedy}; local cross-correlation in windows of radius {radius} voxels"
REGISTRATION = {
    "greedy": f"affinely and then deformably (greedy, {GREEDY}; {{greedy}} iterations at quarter, half and full "
    "resolution)",
    "syn": "affinely and then by symmetric normalisation (ANTs SyN, antspyx {antspyx}; {metric}; {syn} iterations at "
    "quarter, half and full resolution)",
    "affine": f"affinely (greedy, {GREEDY})",
}
SYN_METRICS = {"mattes": "mutual information", "CC": "local cross-correlation"}
BIAS = {
    "n3": "by N3 (Sled 1998, in tilscope's own implementation)",
    "n4": "by N4 (Tustison 2010, antspyx {antspyx})",
}
SCOPES = {"image": "all voxels", "body": "the voxels of the body", "roi": "the voxels of the lesion"}
STATISTICS = {
    "per-phase": "each phase by its own mean and standard deviation",
    "reference-phase": "every phase by the mean and standard deviation of the first post-contrast phase",
    "pooled": "every phase by the mean and standard deviation of all phases together",
}
RULES = {
    "lambda_min": "penalty of the smallest mean deviance",
    "lambda_1se": "largest penalty within one standard error of the smallest mean deviance",
}
PROBLEMS = {
    "separated": "they separate the classes",
    "collinear": "they are collinear",
    "not converged": "it did not converge",
}
AUC_SCALES = {"logit": "logit of the AUC", "delong": "AUC"}
REFERENCES = {
    "greedy": "Yushkevich PA et al. Alzheimers Dement 2016;12(7S):P126 (greedy).",
    "affine": "Yushkevich PA et al. Alzheimers Dement 2016;12(7S):P126 (greedy).",
    "syn": "Avants BB et al. Med Image Anal 2008;12:26 (symmetric normalisation).",
    "n3": "Sled JG et al. IEEE Trans Med Imaging 1998;17:87 (N3).",
    "n4": "Tustison NJ et al. IEEE Trans Med Imaging 2010;29:1310 (N4).",
    "pyradiomics": "van Griethuysen JJM et al. Cancer Res 2017;77:e104 (definitions of the features).",
    "glmnet": "Friedman J et al. J Stat Softw 2010;33(1):1 (elastic net).",
    "delong": "DeLong ER et al. Biometrics 1988;44:837 (variance of the AUC).",
    "vickers": "Vickers AJ, Elkin EB. Med Decis Making 2006;26:565 (net benefit).",
    "su": "Su G-H et al. J Transl Med 2022;20:471 (the Rad-TILs score).",
    "limma": "Ritchie ME et al. Nucleic Acids Res 2015;43:e47 (moderated t).",
    "tmm": "Robinson MD, Oshlack A. Genome Biol 2010;11:R25 (TMM).",
    "voom": "Law CW et al. Genome Biol 2014;15:R29 (voom).",
    "ssgsea": "Barbie DA et al. Nature 2009;462:108 (ssGSEA).",
    "gsva": "Hänzelmann S et al. BMC Bioinformatics 2013;14:7 (GSVA).",
    "monti": "Monti S et al. Mach Learn 2003;52:91 (consensus clustering).",
    "senbabaoglu": "Senbabaoglu Y et al. Sci Rep 2014;4:6207 (PAC).",
    "john": "John CR et al. Sci Rep 2020;10:1816 (random cohorts beside consensus clustering).",
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
        yield _signature(content, content.signature)
    if content.genes is not None:
        yield _biology(content)
    if associated := associated_in_methods(content):
        yield associated
    yield (
        f"All steps were run with tilscope {versions['tilscope']} (profile {content.profile}"
        + (f", seed {content.provenance['seed']}" if "seed" in content.provenance else "")
        + "). Patients whose input failed a check were left out by name and reason and are listed in the report."
    )


def _images(content: Content, versions: Mapping[str, str]) -> str:
    registration, bias, norm = (
        content.settings.get(k, {}) for k in ("registration", "bias", "normalisation")
    )
    return " ".join(
        text for text in (_aligned(registration, versions), _field(bias, versions), _scaled(norm)) if text
    )


def _aligned(registration: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    method = REGISTRATION.get(registration.get("method", ""))
    if method is None:
        return "The phases were used as acquired, without registration."
    greedy, syn = registration.get("greedy", {}), registration.get("syn", {})
    details = {
        "radius": greedy.get("ncc_radius_voxel", ""),
        "greedy": _listed(greedy.get("deformable_iterations", ())),
        "syn": _listed(syn.get("iterations", ())),
        "metric": SYN_METRICS.get(syn.get("metric", ""), ""),
    }
    return (
        f"Every phase was registered to the first post-contrast phase {method.format_map({**versions, **details})}, on "
        f"a crop of the lesion's box and {registration.get('margin_mm', 25):g} mm around it; the lesion's outline "
        "travelled with the phase that it was drawn on."
    )


def _listed(numbers: Sequence[int]) -> str:
    words = [str(number) for number in numbers]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def _field(bias: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    method = BIAS.get(bias.get("method", ""))
    if method is None:
        return "No bias field was corrected."
    return (
        f"One bias field was estimated on the whole first post-contrast phase {method.format_map(versions)} inside a "
        "body mask, and every phase was divided by it."
    )


def _scaled(norm: Mapping[str, Any]) -> str:
    scope, statistics = SCOPES.get(norm.get("scope", "")), STATISTICS.get(norm.get("statistics", ""))
    if not (scope and statistics):
        return ""
    return (
        f"Intensities were z-scored over {scope}, {statistics}, and multiplied by {norm.get('scale', 1):g}."
    )


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


def _signature(content: Content, signature: Signature) -> str:
    cohort, split = (content.settings.get(k, {}) for k in ("cohort", "split"))
    threshold = cohort.get("til_threshold_percent", split.get("til_threshold_percent", 20))
    counted = " and ".join(f"{row.n_positive + row.n_negative} {row.role}" for row in content.performance)
    return (
        f"Patients with stromal TILs of {threshold:g} % or more were classed as high. Patients were divided at random, "
        f"stratified by class ({split.get('training_fraction', 0.7):.0%} for training; {counted} patients). "
        f"{reread(content)}{harmonised(content)}{_selection(content, signature)} {_evaluation(content)}"
        f"{repeated(content)}"
    )


def harmonised(content: Content) -> str:
    """Return the sentence on scanners or centres; empty where nothing was harmonised."""
    record = content.harmonisation
    if record is None or len(record["known"]) < 2 or not record["n_features"]:
        return ""
    what = "means" if record["settings"].get("location_only") else "means and variances"
    source = record["settings"]["site"]
    told = "the scanner (maker, model, field strength)" if source == "scanner" else f"the column {source}"
    n_features, n_sites = record["n_features"], len(record["known"])
    return (
        f"The {what} of {n_features:,} features were harmonised between {n_sites} sites, told by {told}, by ComBat "
        "(Johnson et al., Biostatistics 2007;8:118), fitted on the training patients without the outcome. "
    )


def _evaluation(content: Content) -> str:
    """Name the intervals that the stored numbers have, and what else was measured."""
    kinds = {row.interval for row in content.performance}
    scale = " and ".join(sorted(AUC_SCALES.get(kind, kind) for kind in kinds)) or "AUC"
    text = f"AUCs are given with intervals from DeLong's variance, symmetric on the {scale}, proportions with exact "
    text += "(Clopper-Pearson) ones."
    if any(row.calibration is not None for row in content.performance):
        text += (
            " Calibration was assessed by Cox's intercept (with the score's logit as offset), slope and the Brier "
            "score, clinical use by net benefit."
        )
    return text


def _selection(content: Content, signature: Signature) -> str:
    """Say how the score came about: by the signature's own origin, not by what the settings had asked for."""
    if signature.origin == "published":
        return f"The published signature {signature.name} was applied unchanged."
    selection = content.settings.get("selection", {})
    net = (
        f"an elastic net (α = {selection.get('alpha', 0.5):g}, {selection.get('n_folds', 10)}-fold cross-validation, "
        f"{_penalty(content, selection)})"
    )
    if signature.origin == "empty":
        cause = "no feature passed the screening" if content.path is None else f"{net} selected no feature"
        return (
            f"On the training patients alone, {cause}: every patient's score is the share of high TILs among the "
            "training patients, and tells no patient from another."
        )
    n = len(signature.features)
    features = "1 feature was" if n == 1 else f"{n} features were"
    return (
        f"On the training patients alone, {features} selected by {net} and {_weights(signature, selection)}. The "
        "median training score was frozen as the cut-off."
    )


def _penalty(content: Content, selection: Mapping[str, Any]) -> str:
    """Name the rule and, where the path tells it, the penalty that it led to."""
    name = selection.get("lambda_rule", "")
    rule, path = RULES.get(name, "a stated penalty"), content.path or {}
    chosen, lambdas = path.get("chosen"), path.get("lambdas", ())
    if chosen is None or not 0 <= chosen < len(lambdas):
        return rule
    used = lambdas[chosen]
    if used > path.get(name, used) * (1 + 1e-9):
        limit = selection.get("max_features")
        return f"{rule}, raised to λ = {number(used)} for at most {limit} features"
    return f"{rule}, λ = {number(used)}"


def _weights(signature: Signature, selection: Mapping[str, Any]) -> str:
    if signature.origin == "logistic":
        return "weighed by logistic regression"
    own = "weighed by the elastic net's own coefficients"
    if selection.get("refit") != "logistic":
        return own
    return f"{own} (logistic regression on them had no solution{_problem(signature)})"


def _problem(signature: Signature) -> str:
    """Return why there was no logistic regression, as the fit's note (TAB-65) tells it."""
    found = [match["problem"] for note in signature.warnings if (match := _FALLBACK.search(note))]
    return f": {PROBLEMS.get(found[0], found[0])}" if found else ""


def _biology(content: Content) -> str:
    design = content.biology
    text = (
        f"Gene expression of {design.positive} and {design.negative} {design.group_name} was compared by moderated "
        f"t-tests (limma's empirical Bayes) with Benjamini-Hochberg adjustment; adjusted p < "
        f"{design.max_p_adjusted:g} and |log2 fold change| ≥ {design.min_abs_log2_fc:g} counted as different."
    )
    return text + "".join(
        sentence
        for sentence in (
            model_in_methods(content),
            _cells(content),
            _immune_signatures(content),
            compared_molecules(content),
            tested_pathways(content),
            told_in_methods(content),
            clustered(content),
            mapped_in_methods(content),
            against_chance(content),
        )
        if sentence
    )


def _cells(content: Content) -> str:
    if content.gene_set_tests is None:
        return ""
    tests = sorted(set(content.gene_set_tests.get("test", ())))
    named = f" ({', '.join(tests)})" if tests else ""
    alpha = content.settings.get("biology", {}).get("alpha", 0.25)
    how = "GSVA (Gaussian kernel)" if content.biology.set_scores == "gsva" else f"ssGSEA (α = {alpha:g})"
    return (
        f" Immune-cell infiltration was scored by {how} and compared by two-sided tests{named} with "
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
    for room in ("registration", "bias"):
        method = content.settings.get(room, {}).get("method", "")
        if method in REFERENCES:
            yield REFERENCES[method]
    yield REFERENCES["pyradiomics"]
    if content.signature is not None:
        yield from (REFERENCES[k] for k in ("glmnet", "delong", "su"))
    if any(row.net_benefit is not None for row in content.performance):
        yield REFERENCES["vickers"]
    if content.genes is not None:
        yield REFERENCES["limma"]
        if content.biology.model.get("counts"):
            yield REFERENCES["tmm"]
            yield from (REFERENCES["voom"],) * (content.biology.model["counts"]["method"] == "voom")
    if content.gene_set_tests is not None:
        yield REFERENCES[content.biology.set_scores]
    if content.signature_scores is not None:
        yield from (REFERENCES[k] for k in ("ayers", "rooney"))
    if "clusters" in content.results:
        yield from (REFERENCES[k] for k in ("monti", "senbabaoglu", "john"))


METHODS = Section("methods", "Methods text", view)
