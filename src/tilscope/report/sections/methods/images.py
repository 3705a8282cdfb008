"""Who took part, and what became of the images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.methods.citing import listed, sentences

GREEDY = "picsl-greedy{picsl-greedy}; local cross-correlation in windows of radius {radius} voxels"
REGISTRATION = {
    "greedy": f"affinely and then deformably (greedy, {GREEDY}; {{greedy}} iterations at quarter, half and full "
    "resolution) [@yushkevich]",
    "syn": "affinely and then by symmetric normalisation (ANTs SyN, antspyx{antspyx}; {metric}; {syn} iterations at "
    "quarter, half and full resolution) [@avants]",
    "affine": f"affinely (greedy, {GREEDY}) [@yushkevich]",
}
SYN_METRICS = {"mattes": "mutual information", "CC": "local cross-correlation"}
BIAS = {
    "n3": "by N3 [@sled] in tilscope's own implementation",
    "n4": "by N4 (antspyx{antspyx}) [@tustison]",
}
SCOPES = {"image": "all voxels", "body": "the voxels of the body", "roi": "the voxels of the lesion"}
STATISTICS = {
    "per-phase": "each phase by its own mean and standard deviation",
    "reference-phase": "every phase by the mean and standard deviation of the first post-contrast phase",
    "pooled": "every phase by the mean and standard deviation of all phases together",
}


def patients(content: Content) -> str:
    """Tell how many patients took part, and why others did not."""
    counts, n = content.counts, len(content.patients)
    if not n:
        return ""
    out = {
        "quarantined": "stopped at a check of the input",
        "set aside": "set aside",
        "waiting": "not finished",
    }
    left = [
        f"{counts[state]} {'was' if counts[state] == 1 else 'were'} {why}"
        for state, why in out.items()
        if counts[state]
    ]
    told = f"; {listed(left)}, and the report lists each with its reason" if left else ""
    return (
        f"In all, {n} {'patient was' if n == 1 else 'patients were'} imported, of whom {counts['done']} passed every "
        f"check{told}. Every patient who passed took part; no sample size was calculated as part of this analysis."
    )


def images(content: Content) -> str:
    """Tell registration, bias field and intensities; nothing where no features were computed."""
    if content.n_features is None and not content.qc:
        return ""
    installed = content.provenance.get("versions", {})
    versions = {
        name: f" {installed[name]}" if name in installed else "" for name in ("picsl-greedy", "antspyx")
    }
    rooms = [content.settings.get(name, {}) for name in ("registration", "bias", "normalisation")]
    return sentences((_aligned(rooms[0], versions), _field(rooms[1], versions), _scaled(rooms[2])))


def _aligned(registration: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    method = REGISTRATION.get(registration.get("method", ""))
    if method is None:
        return "The phases were used as acquired, without registration."
    greedy, syn = registration.get("greedy", {}), registration.get("syn", {})
    details = {
        "radius": greedy.get("ncc_radius_voxel", 2),
        "greedy": listed(greedy.get("deformable_iterations", ())),
        "syn": listed(syn.get("iterations", ())),
        "metric": SYN_METRICS.get(syn.get("metric", ""), "mutual information"),
    }
    return (
        f"Every phase was registered to the first post-contrast phase {method.format_map({**versions, **details})}, on "
        f"a crop of the lesion's box and {registration.get('margin_mm', 25):g} mm around it; the lesion's outline "
        "travelled with the phase that it was drawn on."
    )


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


def features(content: Content) -> str:
    """Tell the radiomic features; nothing where there are none."""
    if content.n_features is None:
        return ""
    radiomics = content.settings.get("radiomics", {})
    bins = radiomics.get("n_bins")
    grey = (
        f"{bins} grey levels per lesion"
        if bins
        else f"grey levels of width {radiomics.get('bin_width', 25):g}"
    )
    wavelet = f"eight undecimated wavelet sub-bands ({radiomics.get('wavelet', 'coif1')})"
    names = {"original": "the original image", "wavelet": wavelet}
    images = listed([names.get(i, f"the {i} image") for i in radiomics.get("image_types", ("original",))])
    families = listed(radiomics.get("families", ()))
    return (
        f"Radiomic features{f' (families: {families})' if families else ''} were computed by the definitions of "
        f"PyRadiomics 3.0 [@griethuysen] on {images} of every post-contrast phase, with {grey}; shape once per "
        "lesion; and the mean, variance, kurtosis and skewness of every feature over the post-contrast phases "
        f"({content.n_features:,} features per patient)."
    )
