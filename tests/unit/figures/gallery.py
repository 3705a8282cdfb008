"""One lifelike record per figure; ``python gallery.py FOLDER`` writes them all as pictures to look at."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from tilscope import figures
from tilscope.biology import running_sum
from tilscope.vocabulary import DceSeries, Grid, Roi, Volume

CELLS = (
    "Activated B cell",
    "Activated CD4 T cell",
    "Activated CD8 T cell",
    "Central memory CD8 T cell",
    "Effector memory CD8 T cell",
    "Gamma delta T cell",
    "Regulatory T cell",
    "T follicular helper",
    "Type 1 T helper",
    "Natural killer cell",
    "Macrophage",
    "Mast cell",
    "MDSC",
    "Neutrophil",
    "Plasmacytoid dendritic cell",
)
GENES = (
    "CXCL9",
    "CXCL10",
    "CD8A",
    "GZMA",
    "PRF1",
    "IFNG",
    "CD3D",
    "LAG3",
    "PDCD1",
    "IDO1",
    "CCL5",
    "NKG7",
    "STAT1",
    "TIGIT",
)


def phantom(rng: np.random.Generator, *, n_post: int = 4, sagittal: bool = False) -> tuple[DceSeries, Roi]:
    """Breast-like crops: fat, gland, a lesion that enhances, on an axial or a sagittal grid."""
    shape = (26, 70, 76)
    direction = (
        ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0))
        if sagittal
        else ((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0))
    )
    grid = Grid(shape, (2.0, 0.8, 0.8), (0.0, 0.0, 0.0), direction)
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    radius = np.sqrt((z * 1.1) ** 2 + (y - 0.05) ** 2 + (x + 0.1) ** 2)
    mask = radius + 0.05 * np.sin(7 * x) * np.cos(5 * y) < 0.42
    gland = 80 * np.exp(-((np.sin(4 * x + y) + np.cos(5 * y - 2 * z)) ** 2))
    phases = []
    for uptake in (0.0, 1.0, 1.25, 1.2, 1.1)[: n_post + 1]:
        signal = 150 + gland * (1 + 0.15 * uptake) + mask * uptake * 180 * (0.8 + 0.5 * radius)
        signal = signal * (1 + 0.1 * x) * (y > -0.85) + rng.normal(0, 9, shape)
        phases.append(Volume(signal.astype(np.float32), grid))
    times = (-90.0, 0.0, 90.0, 180.0, 270.0)[: n_post + 1]
    return DceSeries(tuple(phases), times, "AcquisitionNumber"), Roi(mask, grid)


def quality(rng: np.random.Generator) -> dict[str, object]:
    """Return the records of a patient's pictures."""
    series, roi = phantom(rng)
    view, reference, pre = figures.View.of(roi), series.phase("post1"), series.phase("pre")
    moved = pre.with_array(np.roll(pre.array, (1, 3, 2), axis=(0, 1, 2)))
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in roi.grid.shape), indexing="ij")
    jacobians = [(1 + 0.1 * k * np.sin(3 * x) * np.cos(2 * y + z)).astype(np.float32) for k in (-1, 1, 2, 13)]
    means = [float(jacobian[roi.mask].mean()) for jacobian in jacobians]

    def log_at(grid: Grid) -> np.ndarray:
        index = np.indices(grid.shape).reshape(3, -1)
        points = grid.index_to_lps() @ np.vstack([index, np.ones(index.shape[1])])
        return (0.006 * (points[0] - 30) + 0.004 * (points[2] - 25)).reshape(grid.shape)

    return {
        "phases": figures.phase_pictures("sub-007", series, roi),
        "flicker": figures.flicker_pictures(
            "sub-007",
            view,
            reference,
            moved,
            pre,
            phase="pre",
            displacement_mm=3.1,
            similarity=(0.812, 0.964),
        ),
        "checkerboard": figures.checkerboards("sub-007", view, reference, moved, pre, phase="pre"),
        "subtraction": figures.subtraction_pictures("sub-007", view, reference, moved, pre),
        "jacobian": figures.jacobian_pictures(
            "sub-007", view, ("pre", "post2", "post3", "post4"), jacobians, means
        ),
        "bias": figures.bias_pictures("sub-007", view, reference, log_at, method="n3"),
        "enhancement": figures.enhancement_picture(
            "sub-007", series.phase_names, series.times_s, normalisation("reference-phase")
        ),
    }


def normalisation(statistics: str) -> dict[str, object]:
    """Return what ``normalisation.json`` holds of a lesion that enhances by 96, 121, 117 and 104 per cent."""
    signal = [100.0, 196.0, 221.0, 217.0, 204.0]
    sds = [50.0] * 5 if statistics == "reference-phase" else [40.0, 50.0, 55.0, 56.0, 57.0]
    means = [120.0] * 5 if statistics == "reference-phase" else [80.0, 120.0, 135.0, 140.0, 142.0]
    return {
        "enhancement": {"mean_signal": signal, "percent_enhancement": [s - 100.0 for s in signal]},
        "lesion_mean_after": [100 * (s - m) / sd for s, m, sd in zip(signal, means, sds, strict=True)],
        "scaling": {"sds": sds, "scale": 100.0, "statistics": statistics, "scope": "image"},
    }


def scores(rng: np.random.Generator, n: int = 60) -> pd.DataFrame:
    level = np.where(rng.random(n) < 0.5, "high", "low")
    role = np.where(np.arange(n) < round(0.7 * n), "training", "validation")
    logit = np.where(level == "high", 0.9, -0.9) + rng.normal(0, 1.0, n)
    return pd.DataFrame(
        {"role": role, "til_level": level, "rad_tils_score": 1 / (1 + np.exp(-logit))},
        index=pd.Index([f"sub-{i:03d}" for i in range(n)], name="participant_id"),
    )


def roc_curve(frame: pd.DataFrame, role: str, ci: tuple[float, float]) -> figures.RocCurvePicture:
    from tilscope.statistics import roc_band
    from tilscope.statistics import roc_curve as every_threshold

    rows = frame[frame["role"] == role].sort_values("rad_tils_score", ascending=False)
    band = roc_band(every_threshold(rows["til_level"].to_numpy(object), rows["rad_tils_score"], "high"))
    positive = (rows["til_level"] == "high").to_numpy()
    tpr = np.concatenate([[0.0], np.cumsum(positive) / positive.sum()])
    fpr = np.concatenate([[0.0], np.cumsum(~positive) / (~positive).sum()])
    auc = float(np.sum(np.diff(fpr) * tpr[1:]))
    at = int(np.searchsorted(-rows["rad_tils_score"].to_numpy(), -0.5))
    return figures.RocCurvePicture(
        role,
        tuple(fpr),
        tuple(tpr),
        auc,
        *ci,
        "high",
        int(positive.sum()),
        int((~positive).sum()),
        "low",
        (float(fpr[at]), float(tpr[at])),
        band=tuple(zip(band.fpr, band.ci_low, band.ci_high, strict=True)),
    )


def evaluation(frame: pd.DataFrame) -> dict[str, object]:
    """Calibration, decision and precision-recall of the scores, by the room that computes them."""
    from tilscope.statistics import calibration, decision_curve, precision_recall

    calibrated, decisions, recalls = [], [], []
    for role in ("training", "validation"):
        rows = frame[frame["role"] == role]
        y, p = rows["til_level"].to_numpy(dtype=object), rows["rad_tils_score"].to_numpy()
        found, decided, curve = (f(y, p, "high") for f in (calibration, decision_curve, precision_recall))
        lines = found.curve
        calibrated.append(
            figures.CalibrationPicture(
                role,
                "high",
                "low",
                tuple(
                    figures.CalibrationGroupPicture(
                        g.mean_score,
                        (g.observed.value, g.observed.ci_low, g.observed.ci_high),
                        g.observed.denominator,
                    )
                    for g in found.groups
                ),
                *(
                    tuple(zip(lines.score, line, strict=True))
                    for line in (lines.observed, lines.ci_low, lines.ci_high)
                ),
                *((e.value, e.ci_low, e.ci_high) for e in (found.intercept, found.slope)),
                found.brier,
                tuple(p[y == "high"]),
                tuple(p[y == "low"]),
            )
        )
        decisions.append(
            figures.DecisionPicture(
                role,
                "high",
                *(tuple(v) for v in (decided.thresholds, decided.model, decided.treat_all)),
                curve.n_positive,
                curve.n_negative,
                "low",
            )
        )
        recalls.append(
            figures.PrecisionRecallPicture(
                role,
                "high",
                "low",
                tuple(curve.recall),
                tuple(curve.precision),
                curve.average_precision,
                curve.baseline,
                curve.n_positive,
                curve.n_negative,
            )
        )
    return {
        "calibration": figures.CalibrationPanels(tuple(calibrated)),
        "decision-curve": figures.DecisionPanels(tuple(decisions)),
        "precision-recall": figures.PrecisionRecallPanels(tuple(recalls)),
    }


def deviance() -> figures.DeviancePath:
    lambdas = np.geomspace(0.3, 0.003, 100)
    x = np.log(lambdas)
    mean = 1.05 + 0.06 * (x + 3.2) ** 2
    mean = np.minimum(mean, 1.386)
    selected = np.maximum(0, (60 * (np.linspace(0, 1, 100) ** 1.4)).astype(int))
    best = int(np.argmin(mean))
    one_se = int(np.flatnonzero(mean <= mean[best] + 0.06)[0])
    return figures.DeviancePath(
        lambdas, mean, np.full(100, 0.06), selected, float(lambdas[best]), float(lambdas[one_se]), 0.5
    )


def heatmap(rng: np.random.Generator) -> figures.FeatureHeatmap:
    frame = scores(rng).sort_values(["til_level", "rad_tils_score"])
    names = [
        "phase1_wavelet-LLL_firstorder_Skewness",
        "skewness_wavelet-LLL_glcm_Idmn",
        "skewness_original_glszm_LowGrayLevelZoneEmphasis",
        "mean_wavelet-HLL_firstorder_InterquartileRange",
        "phase3_original_glcm_ClusterProminence",
    ]
    shift = np.where(frame["til_level"] == "high", 0.6, -0.6)
    signs = np.array([1, -1, -1, 1, 1])[:, None]
    values = pd.DataFrame(
        signs * shift + rng.normal(0, 0.9, (5, len(frame))), index=names, columns=frame.index
    )
    return figures.FeatureHeatmap(values, frame["til_level"], frame["role"])


def enhancement_by_class(rng: np.random.Generator) -> figures.EnhancementByClass:
    """Sixty lesions of five phases, timed alike."""
    times, classes = (-90.0, 0.0, 90.0, 180.0, 270.0), []
    for level, height, n in (("low", 90.0, 33), ("high", 130.0, 27)):
        rise = height * np.exp(rng.normal(0, 0.35, (n, 1)))
        values = rise * np.array([0.0, 1.0, 1.2, 1.15, 1.05]) + rng.normal(0, 6, (n, 5)) * [0, 1, 1, 1, 1]
        quartiles = np.quantile(values, [0.25, 0.5, 0.75], axis=0).T
        phases = tuple(figures.PhaseSummary(t, *q, n) for t, q in zip(times, quartiles, strict=True))
        curves = tuple(tuple(zip(times, row, strict=True)) for row in values)
        classes.append(figures.EnhancementClass(level, curves, phases))
    return figures.EnhancementByClass(tuple(classes), None, 4.0, 2)


def nomogram() -> figures.NomogramPicture:
    """Three features of a frozen score, by hand: 100, 62 and 8 points."""
    axis = figures.NomogramAxis
    features = (
        axis("skewness_wavelet-LLL_glcm_Idmn", (0.0, 100.0),
             (("1.1", 0.0), ("−1.1", 100.0), ("0.5", 27.3), ("0", 50.0), ("−0.5", 72.7))),
        axis("phase1_original_glszm_LowGrayLevelZoneEmphasis", (0.0, 62.0),
             (("0.02", 0.0), ("0.08", 62.0), ("0.05", 31.0))),
        axis("shape_MeshVolume", (0.0, 8.0), (("1204", 0.0), ("38250", 8.0), ("20000", 4.1))),
    )  # fmt: skip
    return figures.NomogramPicture(
        axis("Points", (0.0, 100.0), tuple((str(k), float(k)) for k in range(0, 101, 10))),
        features,
        axis("Sum of points", (0.0, 170.0), tuple((str(k), float(k)) for k in range(0, 161, 20))),
        axis(
            "Rad-TILs score",
            (0.0, 170.0),
            (("0.5", 85.0), ("0.3", 68.0), ("0.7", 102.0), ("0.1", 41.0), ("0.9", 129.0), ("0.2", 57.0)),
        ),
        (0.487, 84.0),
        "high",
        98,
    )


def mean_variance(rng: np.random.Generator) -> pd.DataFrame:
    """Return voom's trend of made-up genes: the noise of counting, which falls, and that of the patients."""
    count = rng.uniform(3, 16, 1500)
    trend = np.sqrt(np.sqrt(0.6 + 20 / 2**count))
    spread = trend * rng.chisquare(12, 1500) ** 0.25 / 12**0.25
    return pd.DataFrame(
        {"log2_count": count, "sqrt_sd": spread, "trend": trend}, [f"GENE{i}" for i in range(1500)]
    )


def genes(rng: np.random.Generator, n: int = 3000) -> pd.DataFrame:
    names = [f"GENE{i}" for i in range(n - len(GENES))] + list(GENES)
    change = rng.normal(0, 0.45, n)
    z = change / 0.45 * 1.1 + rng.normal(0, 0.8, n)
    change[-len(GENES) :] = 1.1 + 0.5 * rng.random(len(GENES))
    z[-len(GENES) :] = 4.6 + rng.normal(0, 0.5, len(GENES))
    from scipy.stats import false_discovery_control, norm

    p_value = 2 * norm.sf(np.abs(z))
    return pd.DataFrame(
        {"log2_fc": change, "p_value": p_value, "p_adjusted": false_discovery_control(p_value)}, index=names
    )


def boxes(rng: np.random.Generator, variables: tuple[str, ...], unit: str) -> figures.GroupedBoxes:
    groups = pd.Series(
        np.where(rng.random(116) < 0.5, "high", "low"), index=[f"sub-{i:03d}" for i in range(116)]
    )
    effect = np.linspace(0.9, -0.3, len(variables))
    frame = pd.DataFrame(
        {v: (groups == "high") * e + rng.normal(0, 0.8, 116) for v, e in zip(variables, effect, strict=True)},
        index=groups.index,
    )
    p_adjusted = {v: float(10 ** (-5 * max(e, 0))) for v, e in zip(variables, effect, strict=True)}
    return figures.GroupedBoxes(frame, groups, "high", "low", p_adjusted, unit)


def molecules(rng: np.random.Generator) -> figures.MoleculeForest:
    sizes = {"Co-stimulators": 30, "Interleukins": 42, "Chemokines": 44, "Interferons": 21, "MHC class I": 7}
    n = sum(sizes.values())
    r = np.tanh(rng.normal(0.12, 0.25, n))
    frame = pd.DataFrame(
        {
            "family": [name for name, size in sizes.items() for _ in range(size)],
            "gene": [f"GENE{i}" for i in range(n - 1)] + ["HLA-DRB1"],
            "r": r,
            "ci_low": r - 0.2,
            "ci_high": r + 0.2,
            "p_adjusted": 10 ** (-12 * np.abs(r) ** 2),
        }
    )
    frame.loc[3, ["r", "ci_low", "ci_high", "p_adjusted"]] = np.nan  # varies in nobody
    frame.loc[7, ["r", "ci_low", "ci_high"]] = [1.0, np.nan, np.nan]  # no overlap, no interval
    return figures.MoleculeForest(frame, "high", "low", 58, 58)


def expressed_molecules(rng: np.random.Generator, n: int = 40) -> dict[str, object]:
    """Return the heat map and the boxes of ten families in patients of both groups."""
    sizes = {"Co-stimulators": 30, "Co-inhibitors": 19, "MHC class I": 7, "MHC class II": 15}
    cytokines = {"Interleukins": 43, "Colony-stimulating factors": 3, "Interferons": 22, "Chemokines": 44}
    cytokines |= {"Transforming growth factors": 4, "TNF superfamily ligands": 18}
    patients = [f"sub-{i:03d}" for i in range(n)]
    groups = pd.Series(np.where(np.arange(n) < n // 2, "low", "high"), patients)
    score = pd.Series(np.sort(rng.random(n)), patients)
    test = "Wilcoxon's rank-sum test"
    tables, boxes = {}, {}
    for family, size in (sizes | cytokines).items():
        shift = np.linspace(1.2, -0.6, size)[:, None] * (groups == "high").to_numpy()
        values = shift + rng.standard_t(5, (size, n))
        names = [f"TNFRSF{i}" for i in range(size)]
        tables[family] = pd.DataFrame((values - values.mean()) / values.std(), names, patients)
        p = 10 ** (-6 * np.abs(np.linspace(1.2, -0.6, size)) ** 2)
        boxes[family] = figures.GroupedBoxes(
            tables[family].T, groups, "high", "low", dict(zip(names, p, strict=True)), "z-score", "Rad-TILs", test,
            "each family",
        )  # fmt: skip
    p_adjusted = tuple(pd.Series(one.p_adjusted) for one in boxes.values())
    heatmap = figures.MoleculeHeatmap(
        tuple(tables.items()), p_adjusted, groups, score, "high", "low", test, "each family", 3
    )
    return {
        "molecule-heatmap": heatmap,
        "molecule-boxes": figures.MoleculeBoxes(tuple((name, boxes[name]) for name in sizes), 1),
        "cytokine-boxes": figures.MoleculeBoxes(tuple((name, boxes[name]) for name in cytokines)),
    }


def bars_of_classes(rng: np.random.Generator) -> dict[str, object]:
    """Return clinical classes, and three clusters, in both groups."""

    def counts(*levels: str) -> pd.DataFrame:
        return pd.DataFrame(
            {g: rng.integers(0, 30, len(levels)) for g in ("low", "high")}, index=list(levels)
        )

    bar = figures.StackedBar
    panels = (
        bar("t_stage", ("Cochran-Armitage", "p = .032, adjusted .12", "3 without a value"),
            counts("T1", "T2", "T3", "T4"), is_ordered=True),
        bar("mrna_subtype", ("Fisher exact", "p = .41, adjusted .60"), counts("BLIS", "IM", "LAR", "MES")),
        bar("necrosis", ("Fisher exact", "p = .50, adjusted .60"), counts("absent", "present in more than 10 %")),
        bar("a_clinical_variable_with_a_very_long_name", ("", "not tested"), counts("only one class")),
        bar("histology", ("Pearson chi-square", "p < .001, adjusted .004"),
            counts(*(f"type {i}" for i in range(9)))),
    )  # fmt: skip
    colours = tuple(figures.cluster_colours(3))
    numbers = [f"cluster {i}" for i in (1, 2, 3)]
    clusters = tuple(
        bar(name, (test, "p = .004"), counts(*numbers), is_ordered=True, colours=colours)
        for name, test in (("Rad-TILs", "Fisher exact"), ("sTIL (pathologists)", "Jonckheere-Terpstra"))
    )
    return {
        "clinical-bars": figures.StackedBars(panels, "Clinical classes in both groups.", 2),
        "cluster-bars": figures.StackedBars(clusters, "Three clusters in both groups."),
    }


def flow() -> figures.PatientFlow:
    step = figures.FlowStep
    return figures.PatientFlow(
        steps=(
            step("Patients handed over", 62),
            step("Images, lesion and phases complete", 59, (
                ("IMG-15: the phases lie on different grids and in different frames of reference", 1),
                ("ROI-42: the mask lies on another grid than the image", 2),
            )),
            step("Features extracted and sTIL known", 57, (("no usable sTIL value", 2),)),
        ),
        branches=(("Training", 40), ("Validation", 17)),
    )  # fmt: skip


def honesty(rng: np.random.Generator) -> dict[str, object]:
    ranges = (
        figures.AucRange("signature", 0.728, 0.60, 0.85, 200),
        figures.AucRange("volume alone", 0.561, 0.42, 0.71, 200),
        figures.AucRange("clinical table alone", 0.602, 0.46, 0.74, 200),
        figures.AucRange("voxels shuffled", 0.583, 0.43, 0.72, 20, is_control=True),
        figures.AucRange("region moved", 0.495, 0.36, 0.63, 20, is_control=True),
    )
    panels = figures.HonestyPanels(
        rng.normal(0.728, 0.065, 200),
        0.79,
        (0.731, 0.645, 0.803),
        rng.normal(0.5, 0.045, 200),
        0.72,
        0.005,
        ranges,
    )
    names = [f"phase{k % 4 + 1}_wavelet-LLH_glszm_LowGrayLevelZoneEmphasis{k}" for k in range(12)]
    shares = tuple(np.round(np.linspace(0.93, 0.06, 12), 3).tolist())
    own = tuple(k in (0, 1, 5) for k in range(12))
    return {"honesty": panels, "selection": figures.SelectionFrequency(tuple(names), shares, own, 200)}


def sites(rng: np.random.Generator) -> figures.SitePanels:
    """Three sites that stand apart before, and together after."""
    where = rng.choice(
        ["Siemens AVANTO 1.5 T", "GE SIGNA HDXT 3 T", "Philips INGENIA 3 T"], 139, p=[0.5, 0.35, 0.15]
    )
    role = np.where(np.arange(139) < 98, "training", "validation")
    noise = rng.normal(0, [30, 14], (139, 2))
    centre = pd.Series(where).map(
        {"Siemens AVANTO 1.5 T": -45, "GE SIGNA HDXT 3 T": 40, "Philips INGENIA 3 T": 80}
    )
    first = noise[:, 0] + centre.to_numpy(dtype=float)
    before = pd.DataFrame({"site": where, "role": role, "first": first, "second": noise[:, 1]})
    after = before.assign(first=noise[:, 0] * 1.2)
    return figures.SitePanels(
        figures.SitePlaces(before, (0.41, 0.13)), figures.SitePlaces(after, (0.24, 0.15)), 6710
    )


def second_readings(rng: np.random.Generator) -> dict[str, object]:
    """Return ICCs of 6,000 features in two designs, and two Bland-Altman plots."""
    from tilscope.statistics import bland_altman, icc

    families = ("shape", "firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm", "skewness over time")
    parts = []
    for design, n, noise in (
        ("between readers A and B", 40, 0.5),
        ("between sessions 1 and 2 of reader A", 20, 0.3),
    ):
        scale = noise * rng.uniform(0.2, 2.5, 6000)
        truth = rng.normal(size=(6000, n, 1))
        form = icc(truth + scale[:, None, None] * rng.normal(size=(6000, n, 2))).form()
        columns = {"icc": form.value, "ci_low": form.ci_low, "ci_high": form.ci_high}
        family = np.array(families)[np.argsort(np.argsort(scale)) // 750]
        parts.append(pd.DataFrame(columns | {"design": design, "n_patients": n, "family": family}))
    pairs = []
    for title, unit, low, high in (
        ("Lesion volume\nbetween readers A and B", "ml", 0.5, 12),
        ("sTIL", "%", 1, 80),
    ):
        first = rng.uniform(low, high, 30)
        second = first * rng.normal(1.05, 0.1, 30)
        b = bland_altman(first, second)
        ends = ((x.value, x.ci_low, x.ci_high) for x in (b.bias, b.lower, b.upper))
        pairs.append(figures.AgreementPanel(title, unit, b.mean, b.difference, *ends, b.slope_p_value))
    return {
        "reproducibility": figures.ReproducibilityPanels(pd.concat(parts), "ICC(2,1)", 0.75),
        "bland-altman": figures.AgreementPanels(tuple(pairs)),
    }


def clusters(rng: np.random.Generator, n: int = 60) -> dict[str, object]:
    """Return three clusters of immune-cell scores and the consensus of their patients."""
    number = np.repeat([1, 2, 3], n // 3)
    patients = [f"sub-{i:03d}" for i in range(n)]
    heat = np.array([-0.9, 0.0, 1.0])[number - 1] + rng.normal(0, 0.4, n)
    zscores = pd.DataFrame(
        [heat * (0.9 - 0.2 * i) + rng.normal(0, 0.6, n) for i in range(len(CELLS))], list(CELLS), patients
    )
    together = np.clip((number[:, None] == number) * 0.75 + rng.uniform(0, 0.25, (n, n)), 0, 1)
    matrix = (together + together.T) / 2
    np.fill_diagonal(matrix, 1.0)
    pac = {"pac": [0.31, 0.12, 0.34, 0.33, 0.3], "pac_null": [0.4, 0.38, 0.36, 0.34, 0.31]}
    stability = pd.DataFrame(pac | {"pac_null_low": [0.2, 0.25, 0.27, 0.27, 0.26]}, index=range(2, 7))
    groups = pd.Series(np.where(heat + rng.normal(0, 0.8, n) > 0, "high", "low"), patients, dtype=object)
    groups.iloc[4] = np.nan
    stils = pd.Series(np.clip(20 + 18 * heat + rng.normal(0, 8, n), 0, 95), patients)
    return {
        "clusters": figures.ClusterHeatmap(zscores, pd.Series(number, patients), groups, "high", stils),
        "consensus": figures.ConsensusPicture(matrix, (20, 20, 20), 3, stability, 500),
    }


def tissue(rng: np.random.Generator) -> dict[str, object]:
    """Clinical numbers in both groups, and the score and twelve features against fifteen cells."""

    def values(shift: float, n: int) -> dict[str, np.ndarray]:
        return {"high": rng.normal(50 + shift, 10, n), "low": rng.normal(50 - shift, 10, n)}

    panels = (
        figures.AssociationPanel("stils", "p < .001, outside training", values=values(9, 20)),
        figures.AssociationPanel("ki67_percent", "p = .032, adjusted .12", values=values(4, 40)),
        figures.AssociationPanel("tumour_size_mm", "p = .41, adjusted .60", values=values(2, 2)),
        figures.AssociationPanel("years_of_follow_up", "p = .50, adjusted .60", values=values(1, 44)),
        figures.AssociationPanel("age", "p = .70, adjusted .70", values=values(1, 45)),
    )
    features = [
        f"{phase}_wavelet-{band}_{name}"
        for phase in ("phase1", "skewness", "kurtosis")
        for band, name in (
            ("LLL", "glszm_LowGrayLevelZoneEmphasis"),
            ("HLH", "firstorder_Skewness"),
            ("HHH", "glcm_Idmn"),
            ("LLH", "ngtdm_Strength"),
        )
    ]
    columns = ["Rad-TILs score", "sTIL (pathologists)", *features]
    shared = rng.normal(size=(len(CELLS), 1))
    values_of = np.tanh(0.18 * shared + 0.15 * rng.normal(size=(len(CELLS), len(columns))))
    rho = pd.DataFrame(values_of, index=list(CELLS), columns=columns)
    rho.iloc[3, 4] = np.nan
    p_adjusted = np.exp(-45 * rho.abs() ** 1.5)
    return {
        "associations": figures.AssociationPanels(panels, "high", "low", 2),
        "radiogenomic-map": figures.RadiogenomicPicture(rho, p_adjusted, 2, 116),
    }


def enrichment(rng: np.random.Generator) -> dict[str, object]:
    long = "Translation of replicase and assembly of the replication transcription complex of a virus"
    names = ("Interferon gamma signaling", long, "KEGG_CELL_CYCLE", "Antigen processing-Cross presentation")
    bars = tuple(
        figures.SetBar(name, value, p, f"{12 + i}/{40 + i}", value > 0)
        for i, (name, value, p) in enumerate(
            zip(names, (2.4, 1.3, -1.2, -2.1), (1e-9, 0.3, np.nan, 0.02), strict=True)
        )
    )
    ranking = pd.Series(np.sort(rng.normal(0, 2, 2000))[::-1], index=[f"G{i:04d}" for i in range(2000)])
    curves = []
    for name, pull, p in zip(
        names, (0.5, 0.1, -0.1, -0.4), ("< 1e-50", "= .3", "= .6", "= .02"), strict=True
    ):
        weights = np.exp(pull * ranking)
        walk = running_sum(ranking, rng.choice(ranking.index, 45, replace=False, p=weights / weights.sum()))
        curves.append(
            figures.RunningSumCurve(
                name,
                "reactome",
                walk.passed,
                walk.values,
                walk.hits,
                walk.peak,
                walk.es,
                3 * walk.es,
                p,
                tuple(GENES),
            )
        )
    panels = (("reactome: 1,563 sets tested", bars), ("kegg: 183 sets tested", bars[:2]))
    counted = tuple(
        figures.SetBar(bar.name, abs(bar.value), bar.p_adjusted, bar.count, bar.is_positive) for bar in bars
    )
    return {
        "enrichment": figures.SetBars(panels, "Normalised enrichment score", 0.05, "high", "low"),
        "running-sums": figures.RunningSums(tuple(curves), 2000, "limma's moderated t", "high", "low"),
        "over-representation": figures.SetBars(
            (("reactome", counted),), "Fold enrichment", 0.05, "high", "low"
        ),
    }


def mapped_lesion(
    rng: np.random.Generator, label: str, radius: int, *, with_map: bool = True, **other: object
) -> figures.MappedLesion:
    """A ball of a lesion of ``radius`` pixels and a smooth map of it."""
    y, x = np.mgrid[: 2 * radius + 17, : 2 * radius + 21] - float(radius + 9)
    inside = np.hypot(y, x * 0.9) + 1.5 * np.sin(x / 3) < radius
    grey = np.where(inside, 160.0 + 3 * y, 60.0) + rng.normal(0, 8, inside.shape)
    field = np.where(inside, 0.3 + 0.1 * np.sin(x / 4 + radius) + 0.01 * y, np.nan)
    field[inside & (x == 0) & (y > 2)] = np.nan
    rise = 40.0 + 8 * radius
    facts: dict[str, object] = {
        "patient": f"sub-{label.lower()}x7ay{radius}",
        "end": "highest" if label.startswith("H") else "lowest",
        "value": 0.31 if label.startswith("H") else 0.0204,
        "tils": "TILs high (60 %)",
        "grey": grey.astype(np.float32),
        "inside": inside,
        "map": field.astype(np.float32) if with_map else None,
        "pixel_mm": (0.8, 0.8),
        "window": (40.0, 210.0),
        "times_s": (-90.0, 0.0, 90.0, 180.0, 270.0),
        "percent": (0.0, rise, rise * 1.1, rise * 1.05, rise),
    }
    return figures.MappedLesion(label=label, **(facts | other))  # type: ignore[arg-type]


def voxels(rng: np.random.Generator) -> dict[str, object]:
    """Return both ends of a feature: as usual; many; some missing; of a shape; one lesion at each end."""
    names = ("pre", "post1", "post2", "post3", "post4")
    long = "kurtosis_wavelet-HHL_glszm_SmallAreaHighGrayLevelEmphasis"
    why = "not all of its preprocessed files are there"

    def lesions(*given: tuple[str, int], **other: object) -> tuple[figures.MappedLesion, ...]:
        return tuple(mapped_lesion(rng, label, radius, **other) for label, radius in given)

    def record(
        feature: str, shown: tuple[figures.MappedLesion, ...], *, has_map: bool = True, **other: object
    ) -> figures.FeatureMaps:
        usual: dict[str, object] = {
            "n_known": 57,
            "limits": (0.2, 0.4) if has_map else None,
            "is_clipped": True,
            "unit": "",
            "kernel": "5 × 5 × 5 voxels",
            "names": names,
            "has_times": True,
        }
        return figures.FeatureMaps(feature, shown, **(usual | other))  # type: ignore[arg-type]

    none = {"grey": None, "inside": None, "map": None, "times_s": None, "percent": (), "reason": why}
    return {
        "feature-maps-1": record(
            "phase2_wavelet-LLH_glcm_Idm", lesions(("H1", 12), ("H2", 7), ("L1", 10), ("L2", 16))
        ),
        "feature-maps-2": record(
            long,
            lesions(("H1", 6), ("H2", 9), ("H3", 8), ("L1", 7), ("L2", 20), ("L3", 20)),
            moment="kurtosis",
            unit="intensity of the filtered image",
        ),
        "feature-maps-3": record(
            "skewness_original_firstorder_Mean",
            (
                mapped_lesion(rng, "H1", 4),
                mapped_lesion(rng, "H2", 8, **none),
                mapped_lesion(rng, "L1", 9, map=None, reason="the ROI has one grey level", times_s=None),
                mapped_lesion(rng, "L2", 9, tils=""),
            ),
            has_times=False,
            is_clipped=False,
        ),
        "feature-maps-4": record(
            "shape_Sphericity",
            lesions(("H1", 9), ("H2", 5), ("L1", 14), ("L2", 11), with_map=False),
            has_map=False,
        ),
        "feature-maps-5": record("phase1_original_glcm_Idm", lesions(("H1", 9), ("L1", 14)), n_known=3),
    }


def examples(seed: int = 7) -> dict[str, object]:
    """Return one record per figure, by name."""
    rng = np.random.default_rng(seed)
    frame = scores(rng)
    curves = (roc_curve(frame, "training", (0.79, 0.97)), roc_curve(frame, "validation", (0.62, 0.98)))
    return {
        "flow": flow(),
        **quality(rng),
        "scores": figures.ScorePanels(frame, 0.487, {"training": 2.1e-6, "validation": 0.013}),
        "roc": figures.RocPanels(curves),
        **evaluation(frame),
        "enhancement-by-class": enhancement_by_class(np.random.default_rng(21)),
        "nomogram": nomogram(),
        "deviance": deviance(),
        "heatmap": heatmap(rng),
        **honesty(np.random.default_rng(3)),
        **second_readings(np.random.default_rng(9)),
        "sites": sites(np.random.default_rng(5)),
        "volcano": figures.Volcano(genes(rng), GENES, 0.05, 1.0, "high", "low"),
        **enrichment(np.random.default_rng(16)),
        "mean-variance": figures.MeanVariance(mean_variance(np.random.default_rng(14))),
        "immune-cells": boxes(rng, CELLS, "ssGSEA score"),
        "signatures": boxes(rng, ("t_cell_inflamed", "cytolytic_activity"), "Score"),
        "molecules": molecules(np.random.default_rng(11)),
        **expressed_molecules(np.random.default_rng(17)),
        **bars_of_classes(np.random.default_rng(18)),
        **clusters(np.random.default_rng(12)),
        **tissue(np.random.default_rng(15)),
        **voxels(np.random.default_rng(19)),
        "chance": figures.ChancePanels(
            (
                figures.ChancePanel(
                    "Genes", 412, tuple(rng.poisson(20, 200).tolist()), 1 / 201, "Genes that pass"
                ),
                figures.ChancePanel(
                    "Gene sets", 4, tuple(rng.poisson(3, 200).tolist()), 0.31, "Gene sets that pass"
                ),
            )
        ),
    }


if __name__ == "__main__":
    import time

    folder = Path(sys.argv[1])
    for name, record in examples().items():
        figure = figures.figure_named(name)
        for kind in ("png", "svg", "pdf"):
            start = time.perf_counter()
            data = figures.render(figure, record, kind, dpi=200)
            (folder / f"{name}.{kind}").write_bytes(data)
            print(name, kind, f"{time.perf_counter() - start:.2f} s", f"{len(data) / 1024:.0f} KiB")
        print(figure.legend(record))
