"""Answers on images, lesions, preprocessing and features, from the settings used and the quality control."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tilscope.report.checklists.answer import Answer
from tilscope.report.content import Content

NO_FEATURES = Answer(
    "no",
    "No radiomic features have been extracted in this study. Import images and masks, then tilscope run STUDY.",
)
ISOTROPIC = 1.01  # largest edge of a voxel over its smallest one that still counts as equal


def has_features(content: Content) -> bool:
    """Tell whether features were extracted under settings that are on record."""
    return bool(content.n_features and content.settings)


def _room(content: Content, name: str) -> dict[str, Any]:
    found: dict[str, Any] = content.settings.get(name) or {}
    return found


def _range(values: Iterable[float]) -> str:
    known = sorted(values)
    low, high = f"{known[0]:.3g}", f"{known[-1]:.3g}"
    return low if low == high else f"{low} to {high}"


def spacings(content: Content) -> list[tuple[float, float, float]]:
    """Return each patient's voxel edges (z, y, x) in mm, where the quality control knows them."""
    found = (qc.get("spacing_mm") for qc in content.qc.values())
    return [(float(s[0]), float(s[1]), float(s[2])) for s in found if s and len(s) == 3 and all(s)]


def _voxels(content: Content) -> str:
    known = spacings(content)
    if not known:
        return "the size of the voxels is not on record"
    slices, rows = _range(s[0] for s in known), _range(edge for s in known for edge in s[1:])
    return f"voxels of {rows} mm in plane and {slices} mm across ({len(known)} patients)"


def _phases(content: Content) -> str:
    counts = sorted({len(qc["phases"]) for qc in content.qc.values() if qc.get("phases")})
    return f"{' or '.join(map(str, counts))} phases" if counts else "phases not on record"


def protocol(content: Content) -> Answer:
    """Answer for the imaging protocol: what the images themselves told."""
    if not content.qc:
        return Answer(
            "for you", "No image is in this study. Name scanner, sequence, contrast agent and timing."
        )
    record = content.harmonisation
    sites = f" {len(record['counts'])} sites or scanners are compared in the report." if record else ""
    return Answer(
        "partly",
        f"From the images: {_phases(content)}, {_voxels(content)}.{sites} Add scanners, coil, sequence, repetition and "
        "echo time, flip angle, contrast agent with dose and rate, and preparation.",
        "qc",
    )


def segmentation(content: Content) -> Answer:
    """Answer for how the lesions were outlined."""
    if not has_features(content):
        return Answer("for you", "No lesion was measured in this study. Describe how lesions are outlined.")
    imaging = _room(content, "imaging")
    reader, phase = imaging.get("roi_reader", "A"), imaging.get("roi_phase", "peak")
    drawn = "the phase of strongest enhancement" if phase == "peak" else phase
    is_moved = _room(content, "registration").get("method", "none") != "none"
    moved = "; the outline travelled with its phase when the phases were registered" if is_moved else ""
    return Answer(
        "partly",
        f"The features come from the masks of reader {reader}, drawn on {drawn} where the file names no phase"
        f"{moved}. Add the software, whether it was manual or assisted, the rules for the border, and what was done "
        "with several lesions.",
        "methods",
    )


def operators(content: Content) -> Answer:
    """Answer for who outlined the lesions; second readings are told with their number."""
    ask = "Say how many readers outlined the lesions, and their experience."
    designs = (content.agreement or {}).get("designs") or []
    if not designs:
        return Answer("for you", f"{ask} No second reading is in the study.")
    told = "; ".join(f"{d['design']}: {d['n_patients']} patients" for d in designs)
    return Answer("partly", f"Second readings in the study: {told}. {ask}", "reproducibility")


def single_reader(content: Content) -> Answer:
    """Answer for masks of one reader in the test set."""
    if not has_features(content):
        return NO_FEATURES
    reader = _room(content, "imaging").get("roi_reader", "A")
    return Answer(
        "yes",
        f"All features, those of the patients that were not fitted included, come from the masks of one reader "
        f"({reader}). If that name stands for a consensus of several, answer no.",
        "methods",
    )


def preprocessing(content: Content) -> Answer:
    """Answer for registration, bias field and normalisation."""
    if not has_features(content):
        return NO_FEATURES
    registration, bias = (_room(content, room).get("method", "none") for room in ("registration", "bias"))
    norm = _room(content, "normalisation")
    return Answer(
        "yes",
        f"Registration to the first post-contrast phase: {registration}; bias field: {bias}; z-score over "
        f"{norm.get('scope', 'body')} ({norm.get('statistics', '')}) times {norm.get('scale', 1):g}. The methods text "
        "has the parameters and the versions.",
        "methods",
    )


def resampling(content: Content) -> Answer:
    """Answer for resampling before the features."""
    if not has_features(content):
        return NO_FEATURES
    radiomics = _room(content, "radiomics")
    spacing = radiomics.get("resampled_spacing_mm")
    if spacing:
        told = " x ".join(f"{float(edge):g}" for edge in spacing)
        text = f"Images were resampled to {told} mm (z, y, x; 0 keeps an axis) by {radiomics.get('interpolator')}."
    else:
        text = f"Images were not resampled before the features: {_voxels(content)}."
    return Answer("yes", text, "provenance")


def is_fit_for_texture(content: Content) -> bool:
    """Tell whether texture sees equal voxel edges: in 3-D all three, within slices the two in plane."""
    radiomics = _room(content, "radiomics")
    axis, wanted = radiomics.get("slice_axis"), radiomics.get("resampled_spacing_mm") or (0, 0, 0)
    known = [
        tuple(float(new) or old for new, old in zip(wanted, edges, strict=True))
        for edges in spacings(content)
    ]
    kept = [k for k, name in enumerate("zyx") if name != axis]
    ratios = [max(s[k] for k in kept) / min(s[k] for k in kept) for s in known]
    return bool(ratios) and max(ratios) <= ISOTROPIC


def appropriate_preprocessing(content: Content) -> Answer:
    """Answer for METRICS' preprocessing: transparent, and equal voxel edges where texture needs them."""
    told = preprocessing(content)
    if told.state != "yes":
        return told
    if is_fit_for_texture(content):
        return Answer(
            "yes", f"{told.says} Texture sees voxels of equal edges: {_voxels(content)}.", "methods"
        )
    return Answer(
        "partly",
        f"{told.says} But texture in three dimensions wants voxels of equal edges, and has {_voxels(content)}: set "
        "radiomics.resampled_spacing_mm or radiomics.slice_axis, or give reasons.",
        "methods",
    )


def discretisation(content: Content) -> Answer:
    """Answer for the grey levels."""
    if not has_features(content):
        return NO_FEATURES
    radiomics = _room(content, "radiomics")
    bins = radiomics.get("n_bins")
    how = (
        f"A fixed number of {bins} grey levels per lesion"
        if bins
        else f"A fixed bin width of {float(radiomics.get('bin_width', 25)):g}, edges at multiples of it"
    )
    own = " Some image types have settings of their own." if radiomics.get("per_image") else ""
    return Answer("yes", f"{how}, on normalised intensities.{own}", "provenance")


def image_types(content: Content) -> Answer:
    """Answer for the filters."""
    if not has_features(content):
        return NO_FEATURES
    radiomics = _room(content, "radiomics")
    names = ", ".join(radiomics.get("image_types", ()))
    wavelet = f" (wavelet: {radiomics.get('wavelet')}, undecimated)" if "wavelet" in names else ""
    sigmas = ", ".join(f"{float(s):g}" for s in radiomics.get("log_sigma_mm", ()))
    widths = f" (Laplacian of Gaussian: {sigmas} mm)" if "log" in radiomics.get("image_types", ()) else ""
    return Answer("yes", f"{names}{wavelet}{widths}.", "methods")


def extraction(content: Content) -> Answer:
    """Answer for the software that made the features."""
    if not has_features(content):
        return NO_FEATURES
    version = content.provenance.get("versions", {}).get("tilscope")
    if not version:
        return Answer(
            "partly", "The version of tilscope is not on record; run again, or add it.", "provenance"
        )
    radiomics = _room(content, "radiomics")
    rules = "IBSI's definitions" if radiomics.get("ibsi") else "the definitions of PyRadiomics 3.0"
    flat = radiomics.get("slice_axis")
    space = f"within slices across {flat}" if flat else "in three dimensions"
    return Answer(
        "yes",
        f"Hand-crafted features by tilscope {version}, {rules}, {space}; tilscope doctor --ibsi holds them against the "
        "reference values of the Image Biomarker Standardisation Initiative.",
        "methods",
    )


def classes(content: Content) -> Answer:
    """Answer for the families of features."""
    if not has_features(content):
        return NO_FEATURES
    radiomics = _room(content, "radiomics")
    only = radiomics.get("features") or {}
    part = f" Of {', '.join(only)} only the features that the settings name." if only else ""
    return Answer("yes", f"Families: {', '.join(radiomics.get('families', ()))}.{part}", "methods")


def number_of_features(content: Content) -> Answer:
    """Answer for how many features each patient has."""
    if not has_features(content):
        return NO_FEATURES
    return Answer(
        "partly",
        f"{content.n_features:,} features per patient. The number for each phase is that of the columns of its name in "
        "derivatives/features/features.parquet; add it.",
        "methods",
    )


def defaults(content: Content) -> Answer:
    """Answer for the parameters that nobody changed."""
    if not content.settings:
        return Answer(
            "no", "Nothing has run yet, so no settings are on record. tilscope run STUDY.", "provenance"
        )
    return Answer(
        "yes",
        f"Every setting that was in force is listed, defaults included (profile {content.profile}).",
        "provenance",
    )


def parameters(content: Content) -> Answer:
    """Answer for METRICS' parameters of the extraction."""
    if not has_features(content):
        return NO_FEATURES
    families, types = (_room(content, "radiomics").get(k, ()) for k in ("families", "image_types"))
    return Answer(
        "yes",
        f"{len(families)} families on {len(types)} kinds of image; every parameter, changed or not, is listed and can "
        "be shared as study.toml.",
        "provenance",
    )


def one_phase(content: Content) -> Answer:
    """Answer for METRICS' single imaging set: one post-contrast phase, or proof that one is worse."""
    if not has_features(content):
        return NO_FEATURES
    most = max((len(qc["phases"]) for qc in content.qc.values() if qc.get("phases")), default=0)
    if not most:
        return Answer("for you", "How many phases were used is not on record; say it.")
    n_post = most - int(_room(content, "imaging").get("n_pre", 1))
    if n_post == 1:
        return Answer("yes", "Features come from one post-contrast phase of one sequence.", "methods")
    return Answer(
        "no",
        f"Features come from {n_post} post-contrast phases of one sequence and from their course over time; they were "
        "not compared with those of a single phase. To compare: imaging.phases in a copy of the study.",
        "methods",
    )


def quality_checks(content: Content) -> Answer:
    """Answer for TRIPOD+AI's processing and checks of the data."""
    told = preprocessing(content)
    if told.state != "yes":
        return told
    if content.qc_table is None:
        return Answer("partly", f"{told.says} Quality control is not on record.", "methods")
    measured = int(content.qc_table["n_flags"].notna().sum())
    flagged = int((content.qc_table["n_flags"] > 0).sum())
    return Answer(
        "partly",
        f"{told.says} Quality control measured {measured} patients and flagged {flagged}. Say whether it was alike for "
        "all groups of patients.",
        "qc",
    )
