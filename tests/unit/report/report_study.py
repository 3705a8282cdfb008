"""A study folder with lifelike results, written as plain files; ``python report_study.py FOLDER`` builds its report."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from tilscope import figures
from tilscope.biology import IMMUNE_CELL_MARKERS, MOLECULE_LISTS
from tilscope.pipeline.biology import ASSOCIATIONS, ENRICHMENT, MOLECULES, RADIOGENOMICS
from tilscope.pipeline.performance_record import performance_record
from tilscope.pipeline.voxels import VOXELS
from tilscope.signature import CohortSummary, Signature, SignatureFeature, evaluate
from tilscope.statistics import compare_columns
from tilscope.study import Study, encode_tsv, parse_settings

SCRIPT = "<script>document.title='stolen'</script>"
FEATURES = {
    "phase1_wavelet-LLL_firstorder_Skewness": -0.652,
    "skewness_wavelet-LLL_glcm_Idmn": -0.943,
    "mean_original_firstorder_Entropy": 1.21,
}
SETS = (
    "Activated B cell",
    "Activated CD8 T cell",
    "Natural killer cell",
    "Macrophage",
    "Mast cell",
    "Neutrophil",
)

EXPRESSION_RECORD = {
    "scale": "log2",
    "offset": 1.0,
    "n_genes": 15_500,
    "n_samples_file": 21,
    "n_samples": 20,
    "n_participants_without": 4,
    "decisions": {
        "layout": "15,528 rows x 21 samples, tab-separated",
        "identifiers": "15,412 of 15,528 names look like HGNC symbols",
        "scale": "log2 values: values from 0 to 15.2, 0% negative",
        "duplicates": "3 genes occurred more than once; the row with the highest mean is kept (highest-mean)",
    },
    "counted": {
        "rows_read": 15_528,
        "genes": 15_500,
        "renamed": 12,
        "mapped": 0,
        "unmapped": 0,
        "merged": 3,
        "dropped": 25,
        "constant": 7,
    },
    "notes": ["TAB-58 12 earlier names of genes were replaced: 'IL8 -> CXCL8', 'INDO -> IDO1' and 10 more"],
}


def _gallery() -> ModuleType:
    file = Path(__file__).parents[1] / "figures" / "gallery.py"
    spec = importlib.util.spec_from_file_location("figure_gallery", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_study(root: Path, *, n: int = 30, seed: int = 3, pictures: int = 4) -> Study:
    """Write a whole study: ``n`` patients, two of them quarantined, one without sTIL, one called ``<script>``."""
    rng = np.random.default_rng(seed)
    study = Study(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / "study.toml").write_text('profile = "recommended"\n')
    keys = [f"sub-{i:03d}" for i in range(1, n + 1)]
    done = keys[: n - 3]
    latent = pd.Series(rng.normal(0, 1, len(done)), index=done)
    _tables(study, keys, latent, rng)
    _status(study, keys)
    scores = _signature(study, latent, rng)
    _biology(study, scores, latent, rng)
    _molecules(study, scores, latent, np.random.default_rng(seed + 100))
    _map(study)
    _voxels(study)
    _gene_sets(study)
    _robustness(study, rng)
    _provenance(study, done)
    _quality_control(study, done, rng, pictures)
    return study


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def write_tsv(path: Path, frame: pd.DataFrame, *, index: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_tsv(frame, index=index))


def _tables(study: Study, keys: list[str], latent: pd.Series, rng: np.random.Generator) -> None:
    n = len(keys)
    stils = pd.Series(np.nan, index=keys)
    stils[latent.index] = np.clip(20 + 15 * latent + rng.normal(0, 6, len(latent)), 1, 90).round()
    frame = pd.DataFrame(
        {
            "stils": stils,
            "age": np.round(rng.normal(52, 11, n)),
            "menopause": rng.choice(["pre", "post"], n),
            "t_stage": rng.choice(["T1", "T2", "T3"], n, p=[0.35, 0.5, 0.15]),
            "remark": [f"note {i} {SCRIPT}" for i in range(n)],
            "site": [SCRIPT if i == 0 else "A" for i in range(n)],
        },
        index=pd.Index(keys, name="participant_id"),
    )
    frame.loc[keys[3], "age"] = np.nan
    write_tsv(study.participants_file, frame)


def _status(study: Study, keys: list[str]) -> None:
    blank = dict.fromkeys(("rule", "message", "found", "expected", "remedy", "file"))
    patients: dict[str, Any] = {key: blank | {"state": "done", "step": "extract"} for key in keys}
    patients[keys[-1]] = {
        "state": "quarantined",
        "step": "import",
        "rule": "ROI-42",
        "message": "the mask lies on another grid than the image",
        "found": "an offset of 4.2 mm",
        "expected": "less than 0.35 mm",
        "remedy": "Export the mask on the image's own grid.",
        "file": "/data/hospital/Miller Anna/mask.nii.gz",
    }
    patients[keys[-2]] = patients[keys[-1]] | {
        "rule": "IMG-15",
        "step": "register",
        "message": f"the phases lie on different grids {SCRIPT}",
        "file": None,
    }
    patients[keys[-3]] = blank | {
        "state": "set aside",
        "step": "extract",
        "rule": "TAB-59",
        "message": "no usable sTIL percentage",
        "remedy": "Complete the clinical table.",
    }
    steps = {
        name: {"done": len(keys) - 2, "up to date": 0, "failed": 0, "seconds": 31.5, "peak_mib": 410.0}
        for name in ("register", "extract")
    }
    write_json(study.status_file, {"patients": patients, "counts": {}, "steps": steps})


def _signature(study: Study, latent: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    participants = pd.read_csv(study.participants_file, sep="\t", index_col=0, na_values=["n/a"])
    level = pd.Series(
        np.where(participants.loc[latent.index, "stils"] >= 20, "high", "low"), index=latent.index
    )
    values = pd.DataFrame(
        {name: np.sign(c) * latent * 0.8 + rng.normal(0, 0.7, len(latent)) for name, c in FEATURES.items()},
        index=latent.index,
    ).rename_axis("participant_id")
    values["shape_MeshVolume"] = rng.lognormal(8, 0.5, len(latent))
    role = pd.Series(np.where(np.arange(len(latent)) % 10 < 7, "training", "validation"), index=latent.index)
    training = values[role == "training"]
    signature = Signature(
        name="rad-tils",
        features=tuple(
            SignatureFeature(
                name=f,
                coefficient=c,
                training_min=float(training[f].min()),
                training_max=float(training[f].max()),
            )
            for f, c in FEATURES.items()
        ),
        intercept=0.1234567,
        cutoff=0.48,
        origin="logistic",
        settings_hash="ab" * 32,
        cohort=CohortSummary(
            n_training=len(training),
            n_positive=int((level[training.index] == "high").sum()),
            n_negative=int((level[training.index] == "low").sum()),
        ),
    )
    score = signature.score(values)
    frame = pd.DataFrame(
        {
            "role": role,
            "til_percent": participants.loc[latent.index, "stils"],
            "til_level": level,
            "rad_tils_score": score,
            "rad_tils_level": signature.classify(score),
        }
    ).rename_axis("participant_id")
    folder = study.signature_folder
    write_tsv(folder / "scores.tsv", frame)
    (folder / "signature.json").write_text(signature.to_json())
    write_json(
        folder / "performance.json",
        {
            r: _performance(frame[frame["role"] == r], r)
            for r in ("training", "validation")
            if (frame["role"] == r).any()
        },
    )
    _stability(folder, signature)
    write_json(folder / "leak_proof.json", _leak_proof(list(training.index), len(frame) - len(training)))
    write_json(folder / "honesty.json", honesty_record(list(FEATURES)))
    path = _gallery().deviance()
    write_json(
        folder / "path.json",
        {
            "alpha": 0.5,
            "lambdas": path.lambdas.tolist(),
            "mean_deviance": path.mean_deviance.tolist(),
            "sd_deviance": path.sd_deviance.tolist(),
            "n_selected": path.n_selected.tolist(),
            "lambda_min": path.lambda_min,
            "lambda_1se": path.lambda_1se,
        },
    )
    study.feature_table_file.parent.mkdir(parents=True, exist_ok=True)
    values.to_parquet(study.feature_table_file)
    return frame


def _stability(folder: Path, signature: Signature) -> None:
    names = [*signature.feature_names, "original_glcm_Idmn"]
    shares = np.linspace(0.97, 0.4, len(names))
    frame = pd.DataFrame(
        {
            "first_frequency": shares,
            "path_frequency": shares - 0.1,
            "in_signature": [*["yes"] * (len(names) - 1), "no"],
        },
        index=pd.Index(names, name="feature"),
    )
    write_tsv(folder / "stability.tsv", frame)
    record = {
        "n_resamples": 100,
        "n_first": 73,
        "n_features": 6710,
        "threshold": 0.9,
        "n_stable": 1,
        "most_false": 0.99,
    }
    write_json(folder / "stability.json", record | {"reason": None})


def honesty_record(features: list[str]) -> dict[str, Any]:
    """Return a honesty panel as the step writes it."""
    area = {
        "n": 20,
        "mean": 0.71,
        "sd": 0.06,
        "median": 0.72,
        "q025": 0.6,
        "q975": 0.81,
        "min": 0.58,
        "max": 0.84,
    }
    low = area | {"mean": 0.52, "q025": 0.4, "q975": 0.63}
    repeat = {"auc": 0.72, "variance": 0.002, "pooled_auc": 0.7, "pooled_ci_low": 0.6, "pooled_ci_high": 0.79}
    simple = {
        "columns": ["shape_MeshVolume"],
        "terms": ["shape_MeshVolume"],
        "how": "logistic regression",
        "splits": low,
        "auc": 0.55,
        "ci_low": 0.31,
        "ci_high": 0.77,
        "difference": 0.2,
        "difference_low": -0.1,
        "difference_high": 0.5,
        "z": 1.31,
        "p_value": 0.19,
        "n": 9,
    }
    return {
        "single": {
            "auc": 0.75, "ci_low": 0.5, "ci_high": 0.9, "n_positive": 5, "n_negative": 4,
            "share_of_splits_below": 0.7,
        },
        "splits": {
            "validation": area, "training": area, "areas": [0.58, 0.7, None, 0.84], "n_empty": 3,
            "n_left_out": {"n": 4, "most": 2}, "median_features": 3.0,
        },
        "nested": {
            "auc": 0.72, "ci_low": 0.62, "ci_high": 0.8, "spread": 0.01, "n_folds": 10,
            "repeats": [repeat | {"n_empty": 0}] * 2,
        },
        "permutation": {
            "observed": 0.73, "p_value": 0.03, "n_folds": 5, "mean": 0.5, "sd": 0.05, "permuted": [0.45, 0.5, 0.74],
        },
        "selection": [
            {"feature": name, "share": 0.9 - 0.2 * k, "is_in_signature": k < 3}
            for k, name in enumerate([*features, "phase1_original_glcm_Contrast"])
        ],
        "baselines": {"volume": simple},
        "clinical_left_out": {"note": "is text of 30 values"},
        "controls": {
            "moved": {"splits": low, "signature": area, "areas": [0.5], "n_patients": 28, "n_without": 2},
            "shuffled": {"splits": low, "signature": area, "areas": [0.5], "n_patients": 30, "n_without": 0},
        },
        "failures": [{"kind": "splits", "reason": "TAB-60: too few", "n": 1}],
        "verdict": {
            "light": "good", "headline": "There is a signal.", "sentences": ["Nested: .72."], "rules": ["A rule."],
        },
    }  # fmt: skip


def _leak_proof(training: list[str], n_others: int) -> dict[str, Any]:
    entries = (("screening", False), ("penalty", True), ("cut-off", False))
    return {
        "fitted": [
            {"what": what, "how": "by hand", "uses_outcome": sees, "participants": training}
            for what, sees in entries
        ],
        "replaced": {"n_training": len(training), "n_replaced": n_others, "signature_sha256": "cd" * 32},
    }


def _performance(rows: pd.DataFrame, role: str) -> dict[str, Any]:
    found = evaluate(rows["til_level"], rows["rad_tils_score"], 0.48, role=role)
    return performance_record(found)


DESIGN = {
    "positive": "high",
    "negative": "low",
    "n_positive": 13,
    "n_negative": 12,
    "model": {
        "formula": "mean of low + difference high minus low + age (per unit)",
        "covariates": ["age"],
        "missing": {"age": 2},
        "n_left_out": 2,
        "residual_df": 22,
        "mean_variance": "weights of the single counts from the trend of the variance over the mean count (voom)",
        "robust": True,
        "prior_df": 3.9071,
        "counts": {
            "method": "voom", "n_genes": 20124, "n_kept": 15731, "library_size": [35.9e6, 94.0e6],
            "tmm_factor": [0.638, 1.307],
            "filter": {"min_count": 10.0, "min_total_count": 15.0, "large_n": 10, "min_fraction": 0.7},
        },
    },
}  # fmt: skip


def _biology(study: Study, scores: pd.DataFrame, latent: pd.Series, rng: np.random.Generator) -> None:
    folder, gallery = study.biology_folder, _gallery()
    genes = gallery.genes(rng, 1200).rename_axis("gene")
    genes["mean_expression"], genes["t"], genes["b"] = 6.5, np.sign(genes["log2_fc"]) * 2.0, 0.3
    passes = (genes["p_adjusted"] <= 0.05) & (genes["log2_fc"].abs() >= 1)
    genes["direction"] = np.where(passes, np.where(genes["log2_fc"] > 0, "up", "down"), "none")
    genes["t"] = genes["log2_fc"] * 4
    genes["ci_low"], genes["ci_high"] = genes["log2_fc"] - 0.8, genes["log2_fc"] + 0.8
    write_tsv(folder / "differential_expression.tsv", genes.sort_values("p_value"))
    write_tsv(folder / "mean_variance.tsv", gallery.mean_variance(rng).rename_axis("gene"))
    write_json(folder / "design.json", DESIGN | {"named_genes": list(gallery.GENES)})
    _pathways(study, gallery)
    sets = pd.DataFrame(
        {s: latent * (1.2 - 0.35 * i) + rng.normal(0, 0.6, len(latent)) for i, s in enumerate(SETS)},
        index=latent.index,
    )
    immune = pd.DataFrame(
        {s: latent + rng.normal(0, 0.6, len(latent)) for s in ("t_cell_inflamed", "cytolytic_activity")},
        index=latent.index,
    )
    _clusters(study, sets, scores["rad_tils_level"])
    for name, tests, values in (("ssgsea", "immune_cells", sets), ("signatures", "signature_tests", immune)):
        write_tsv(folder / f"{name}.tsv", values.T.rename_axis("name"))
        found = compare_columns(values, scores["rad_tils_level"], "high", family=tests, confidence=0.95)
        if name == "ssgsea":
            found["n_present"], found["n_genes"] = range(5, 5 + len(found)), 12
        write_tsv(folder / f"{tests}.tsv", found, index=False)


def _gene_sets(study: Study) -> None:
    """Write two collections as the step does: one that fits, one of another species and without a licence."""
    folder = study.biology_folder / "gene_sets"
    fits = {
        "name": "cells", "uses": ["cells"], "licence": f"CC BY 4.0 {SCRIPT}", "source": "Bindea 2013",
        "version": "2013", "sha256": "ab" * 32, "n_sets": 2, "n_genes": 7, "n_present": 6, "fraction": 6 / 7,
        "n_scorable": 1, "mismatch": None, "renamed": {"INDO": "IDO1"},
    }  # fmt: skip
    mouse = fits | {
        "name": "mouse", "uses": ["pathways"], "licence": "", "source": "", "version": "", "n_sets": 1, "n_genes": 4,
        "n_present": 0, "fraction": 0.0, "n_scorable": 0, "renamed": {},
        "mismatch": "the expression matrix has 0 of the 4 genes of the sets, less than 50%: the sets name symbols of "
        "mouse or rat (Cd8a), the matrix human symbols (CD8A)",
    }  # fmt: skip
    record = {
        "n_genes_matrix": 21_000,
        "min_overlap": 0.5,
        "min_genes": 5,
        "collections": [fits, mouse],
        "notes": [],
    }
    write_json(folder / "gene_sets.json", record)
    rows = [
        ("cells", f"T cells {SCRIPT}", 5, 5, 1.0, ""),
        ("cells", "B cells", 2, 1, 0.5, "MS4A1"),
        ("mouse", "T cells of the mouse", 4, 0, 0.0, "Cd8a, Cd4, Cd3e, Cd2"),
    ]
    columns = ["collection", "gene_set", "n_genes", "n_present", "fraction", "missing"]
    write_tsv(folder / "coverage.tsv", pd.DataFrame(rows, columns=columns), index=False)


def _clusters(study: Study, sets: pd.DataFrame, groups: pd.Series) -> None:
    """Write three clusters as the step ``clusters`` does: cut along the mean z-score."""
    folder, n = study.biology_folder / "clusters", len(sets)
    z = (sets - sets.mean()) / sets.std()
    cluster = (z.mean(axis=1).rank().sub(1) * 3 // n + 1).astype(int)
    patients = pd.DataFrame({"cluster": cluster, "consensus": 0.8, "mean_z": z.mean(axis=1)})
    rows, by_group = [], []
    for k, members in patients.groupby("cluster"):
        high, low = ((groups[members.index] == level).sum() for level in ("high", "low"))
        rows.append({"cluster": k, "n": len(members), "mean_z": members["mean_z"].mean(), "consensus": 0.8})
        share = {"share": high / (high + low), "share_low": 0.1, "share_high": 0.9}
        by_group.append({"cluster": k, "n_high": int(high), "n_low": int(low), **share})
    number = {"pac_null": 0.4, "pac_null_low": 0.2, "gain": 0.1, "p_value": 0.3, "silhouette": 0.2}
    trend = {"variable": "til_percent", "n": n, "statistic": 3.1, "p_value": 0.002, "reason": None}
    record = {
        "method": "kmeans", "k": 3, "number": 3, "best": 3, "p_structure": 0.3, "is_structured": False, "n_null": 60,
        "resamples": 500, "fraction": 0.8, "n_patients": n, "n_sets": sets.shape[1], "n_training": 19,
        "numbers": [{"k": k, "pac": 0.3} | number for k in range(2, 7)],
        "agreement": {"mean": 0.61, "low": 0.3, "high": 0.9}, "clusters": rows,
        "groups": {
            "positive": "high", "negative": "low", "table": by_group, "test": "Fisher exact", "p_value": 0.004,
            "reason": None, "cramers_v": {"value": 0.5, "low": 0.2, "high": 0.8},
            "trend": {"test": "Cochran-Armitage", "statistic": 10.8, "p_value": 0.001, "reason": None}, "n_without": 0,
        },
        "trends": [trend | {f"median_{k}": 10.0 * k for k in (1, 2, 3)}],
        "left_out": {SCRIPT: "the set has no score"}, "notes": [],
    }  # fmt: skip
    write_json(folder / "clusters.json", record)
    write_tsv(folder / "clusters.tsv", patients.rename_axis("participant_id"))
    write_tsv(folder / "zscores.tsv", z.T.rename_axis("gene_set"))
    together = (cluster.to_numpy()[:, None] == cluster.to_numpy()) * 0.7 + 0.2
    write_tsv(
        folder / "consensus.tsv",
        pd.DataFrame(together, sets.index, sets.index).rename_axis("participant_id"),
    )


def _molecules(study: Study, scores: pd.DataFrame, latent: pd.Series, rng: np.random.Generator) -> None:
    """Let the step compare a few molecules of a small matrix."""
    genes = [gene for listed in MOLECULE_LISTS for gene in listed.genes[:6]]
    genes += [gene for cells in IMMUNE_CELL_MARKERS[:5] for gene in cells.genes]
    names = list(dict.fromkeys(genes))
    noise = rng.normal(6, 1, (len(names), len(latent)))
    expression = pd.DataFrame(noise, index=names, columns=latent.index)
    expression.loc[["CCL5", "CD8A"]] += 2.5 * latent
    expression.loc["HLA-DRA", scores.index[scores["rad_tils_level"] == "high"]] += 5.0
    expression.loc["IL18"] = 0.0
    folder = study.biology_folder / "expression"
    write_json(folder / "expression.json", EXPRESSION_RECORD)
    expression.to_parquet(folder / "expression.parquet")
    write_tsv(
        study.signatures_file,
        pd.DataFrame({"signature": "my score", "gene": ["CD8A", "IL33"], "weight": [0.6, -0.2]}),
        index=False,
    )
    for path, data in MOLECULES.make(study, "").files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _pathways(study: Study, gallery: ModuleType) -> None:
    """Let the step test two collections: one with a planted set, one that does not fit the matrix."""
    others = [f"GENE{i}" for i in range(600)]
    sets = {f"HALLMARK_NOISE_{i}": others[20 * i : 20 * i + 20] for i in range(8)}
    sets |= {"HALLMARK_INTERFERON_RESPONSE": gallery.GENES, "HALLMARK_FEW": others[:4]}
    study.gene_set_folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("hallmark", sets), ("mouse", {SCRIPT: [f"Gm{i}" for i in range(30)]})):
        lines = ["\t".join((label, "", *members)) for label, members in content.items()]
        (study.gene_set_folder / f"{name}.gmt").write_text("\n".join(lines) + "\n")
    for path, data in ENRICHMENT.make(study, "").files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _map(study: Study) -> None:
    """Let the steps compare the clinical table and the features with the score and the matrix."""
    for step in (ASSOCIATIONS, RADIOGENOMICS):
        for path, data in step.make(study, "").files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _voxels(study: Study) -> None:
    """Let the step choose features and patients, and make up their lesions: all but the first of them has one."""
    gallery, rng = _gallery(), np.random.default_rng(21)
    record = json.loads(VOXELS.make(study, "").files[study.biology_folder / "voxels" / "voxels.json"])
    arrays: dict[str, np.ndarray] = {}
    rows = [(k, row) for k, one in enumerate(record["features"], start=1) for row in one["patients"]]
    without = rows[0][1]["participant_id"]
    for number, row in rows:
        patient = row["participant_id"]
        if patient == without:
            continue
        lesion = gallery.mapped_lesion(rng, row["end"][0].upper(), 5 + int(patient[-1]))
        known = lesion.map[np.isfinite(lesion.map)]
        row |= {"reason": None, "voxels_without": 3, "map_mean": float(known.mean())}
        row |= {"map_min": float(known.min()), "map_max": float(known.max())}
        record["patients"][patient] = {
            "phases": ["pre", "post1", "post2", "post3", "post4"],
            "times_s": list(lesion.times_s),
            "percent_enhancement": list(lesion.percent),
            "slice": 9,
            "pixel_mm": list(lesion.pixel_mm),
            "voxels": 1200,
            "volume_ml": 0.9,
        }
        arrays |= {f"{patient}_{name}": getattr(lesion, name) for name in ("grey", "inside")}
        arrays[f"{patient}_map-{number}"] = lesion.map
    folder = study.biology_folder / "voxels"
    write_json(folder / "voxels.json", record)
    np.savez_compressed(folder / "maps.npz", **arrays)


def _provenance(study: Study, done: list[str]) -> None:
    settings = parse_settings({"cohort": {"name": f"Breast MRI & TILs {SCRIPT}"}})
    write_json(
        study.provenance_file,
        {
            "profile": "recommended",
            "settings": settings.model_dump(mode="json"),
            "seed": 2022,
            "versions": {
                "tilscope": "0.1.0",
                "python": "3.11.7",
                "numpy": "2.3.0",
                "picsl-greedy": "1.4.1",
                "antspyx": "0.6.3",
            },
            "steps": {
                "register": {"version": 1, "keys": dict.fromkeys(done, "0f" * 32)},
                "extract": {"version": 1, "keys": dict.fromkeys(done, "1e" * 32)},
                "signature": {"version": 1, "keys": {"cohort": "2d" * 32}},
            },
            "inputs": {"images/sub-001/phase-0.nii.gz": "3c" * 32},
        },
    )


def _quality_control(study: Study, done: list[str], rng: np.random.Generator, pictures: int) -> None:
    drawn: list[list[tuple[dict[str, Any], bytes]]] = []
    rows = {}
    for index, key in enumerate(done):
        if index < pictures:
            drawn.append(_draw(_gallery(), rng))
        shown = drawn[index % pictures]
        folder = study.qc_folder(key)
        folder.mkdir(parents=True, exist_ok=True)
        for record, data in shown:
            (folder / record["file"]).write_bytes(data)
        flags = ["ROI-47: the mask has 2 components", "REG-02 post2: +7%"] if index == 1 else []
        measures = {
            "roi_voxels": int(rng.integers(400, 9000)),
            "roi_volume_ml": float(rng.uniform(0.4, 9)),
            "roi_components": 2 if index == 1 else 1,
            "roi_phase": "post2",
            "extreme_jacobian": 1.071 if index == 1 else float(rng.uniform(0.97, 1.03)),
        }
        rows[key] = (
            {"state": "done"}
            | measures
            | {
                "n_flags": len(flags),
                "several_components": "yes" if flags else "no",
                "volume_changed": "yes" if flags else "no",
                "flags": "; ".join(flags) or None,
            }
        )
        write_json(
            folder / "qc.json",
            measures
            | {
                "patient": key,
                "phases": ["pre", "post1", "post2", "post3", "post4"],
                "times_s": [-90, 0, 90, 180, 270],
                "phase_key": "AcquisitionNumber",
                "spacing_mm": [1.1, 0.7, 0.7],
                "shape": [160, 512, 512],
                "registration": [
                    {
                        "phase": p,
                        "displacement_mm": float(rng.uniform(0.2, 3)),
                        "jacobian": float(rng.uniform(0.97, 1.03)),
                        "similarity_before": 0.81,
                        "similarity_after": 0.95,
                        "notes": [],
                    }
                    for p in ("pre", "post2", "post3", "post4")
                ],
                "enhancement_percent": [0.0, *(80 + 30 * rng.random(4) + 10 * np.arange(4)).round(1)],
                "normalisation": {"statistics": "reference-phase", "scope": "body"},
                "pictures": [record for record, _ in shown],
                "flags": flags,
                "notes": [f"IMG-09: {SCRIPT}"] if index == 1 else [],
            },
        )
    for key, rule in ((f"sub-{len(done) + 2:03d}", "IMG-15"), (f"sub-{len(done) + 3:03d}", "ROI-42")):
        rows[key] = {"state": "quarantined", "rule": rule, "reason": f"it cannot be used {SCRIPT}"}
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("participant_id")
    write_tsv(study.derivatives / "qc.tsv", frame)
    write_json(study.derivatives / "qc.json", QC_COLUMNS)


QC_COLUMNS = {
    "state": {"Description": "How the patient stands."},
    "extreme_jacobian": {"Description": "J.", "LongName": "Jacobian", "Decimals": 3, "Flags": ["volume_changed"]},
    "roi_volume_ml": {"Description": "V.", "LongName": "Lesion (mL)", "Units": "mL", "Decimals": 2},
    "roi_voxels": {"Description": "N.", "LongName": "Voxels", "Decimals": 0},
    "roi_components": {
        "Description": "P.", "LongName": "Parts", "Decimals": 0, "Flags": ["several_components"]
    },
    "roi_phase": {"Description": "D.", "LongName": "Drawn on", "Decimals": 2},
    "volume_changed": {"Description": "Does it keep its volume?", "LongName": "volume changed", "Rule": "REG-02"},
    "several_components": {"Description": "Do all parts belong?", "LongName": "several parts", "Rule": "ROI-47"},
}  # fmt: skip


def _draw(gallery: ModuleType, rng: np.random.Generator) -> list[tuple[dict[str, Any], bytes]]:
    """Return each picture of a patient as qc.json tells it, and its file."""
    drawn = []
    for name, record in gallery.quality(rng).items():
        figure = figures.figure_named(name)
        data = figures.render_small(figure, record, dpi=100)
        for phase, is_extra in (("pre", False), ("post3", True)) if name == "flicker" else (("", False),):
            told = {
                "file": f"{name}-{phase}.png" if phase else f"{name}.png",
                "title": figure.title,
                "legend": figure.legend(record),
                "size": [int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")],
                "phase": phase,
                "is_extra": is_extra,
            }
            drawn.append((told, data))
    return drawn


def _robustness(study: Study, rng: np.random.Generator) -> None:
    folder = study.biology_folder / "robustness"
    found = {"mean": 21.3, "most": 160, "false_share": 0.02}
    dealt = np.minimum(rng.poisson(20, 200) * rng.integers(0, 3, 200), 160).tolist()
    row = {"n": 25, "n_genes": 1031, "n_reference": 980, "n_shared": 902, "t_correlation": 0.91}
    record = {
        "model": "limma's moderated t on log2 values",
        "n": 25,
        "fdr": 0.05,
        "log2_fc": 1.0,
        "score": row,
        "covariates": [
            {"name": "purity"} | row | {"n": 23, "n_genes": 12, "n_shared": 9, "t_correlation": None}
        ],
        "left_out": {SCRIPT: f"TAB-67: there is no covariate {SCRIPT}"},
        "genes": found | {"observed": 412, "p_value": 1 / 201, "by_chance": dealt},
        "sets": found
        | {"observed": 3, "p_value": 0.4, "by_chance": rng.poisson(3, 200).tolist(), "mean": 3.1, "most": 8},
        "set_alpha": 0.05,
    }
    write_json(folder / "robustness.json", record)
    sets = pd.DataFrame(
        {"es": [0.61, -0.4, 0.2], "p_value": [0.005, 0.03, 0.7], "p_adjusted": [0.015, 0.045, 0.7]},
        index=pd.Index(SETS[:3], name="gene_set"),
    )
    write_tsv(folder / "sets.tsv", sets)


if __name__ == "__main__":
    import time

    from tilscope.report import build

    target = Path(sys.argv[1])
    made = make_study(target, n=int(sys.argv[2]) if len(sys.argv) > 2 else 30)
    start = time.perf_counter()
    print(build(made), f"{time.perf_counter() - start:.1f} s")
