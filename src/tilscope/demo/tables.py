"""The hospital's tables: clinical data, expression and immune-cell gene sets."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from tilscope.demo.genes import IMMUNE_SETS, NULL_SETS, all_genes, planted_genes
from tilscope.demo.plan import NO_STILS, HospitalPlan, PatientPlan
from tilscope.demo.second_reading import second_percent

N_GENES = 2400
_CLINICAL, _EXPRESSION, _PATHOLOGIST = 1, 2, 3
#: log2 units per unit of planted score.
_SLOPE = (0.75, 1.15)
_NULL_MODULES, _MODULE_SD = 24, 0.45


def write_tables(folder: Path, plan: HospitalPlan) -> None:
    """Write ``clinical.csv``, ``expression.tsv.gz`` and ``immune-cells.gmt`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    clinical = clinical_table(plan).to_csv(index=False, lineterminator="\n")
    (folder / "clinical.csv").write_bytes(clinical.encode())
    text = expression_table(plan).to_csv(sep="\t", lineterminator="\n", float_format="%.3f")
    (folder / "expression.tsv.gz").write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
    lines = ["\t".join((name, "planted demo set", *genes)) for name, genes in gene_sets().items()]
    (folder / "immune-cells.gmt").write_bytes(("\n".join(lines) + "\n").encode())


def gene_sets() -> dict[str, tuple[str, ...]]:
    """Return the immune-cell sets and the null sets, mixed by name."""
    return dict(sorted((IMMUNE_SETS | NULL_SETS).items()))


def clinical_table(plan: HospitalPlan) -> pd.DataFrame:
    """Return one row per patient: the columns that the paper's Table 1 needs, all text or whole numbers.

    Two pathologists read the sTIL; the first one's percentage counts.
    """
    rng, pathologist = plan.rng(_CLINICAL), plan.rng(_PATHOLOGIST)
    rows = [_clinical_row(rng, patient) for patient in plan.patients]
    for row, patient in zip(rows, plan.patients, strict=True):
        again = second_percent(patient.stils, pathologist)
        row["stils_reader_1"] = row["stils"]
        row["stils_reader_2"] = "" if patient.fault == NO_STILS else f"{again:g}"
    return pd.DataFrame(rows)


def _clinical_row(rng: Generator, patient: PatientPlan) -> dict[str, object]:
    age = int(np.clip(round(rng.normal(53, 11)), 26, 82))
    inflamed = 1.0 / (1.0 + np.exp(-(1.2 * patient.latent_til - 0.9)))
    others = np.array([0.45, 0.0, 0.25, 0.15, 0.15]) * (1.0 - inflamed)
    others[1] = 1.0 - others.sum()
    return {
        "patient_id": patient.patient_id,
        "age": age,
        "menopause": "post" if age > rng.normal(50, 3) else "pre",
        "T": rng.choice(["T1", "T2", "T3"], p=[0.35, 0.55, 0.10]),
        "N": rng.choice(["N0", "N1", "N2", "N3"], p=[0.55, 0.27, 0.10, 0.08]),
        "ki67": int(np.clip(5 * round(rng.normal(55 + 5 * patient.latent_til, 18) / 5), 5, 95)),
        "stils": "" if patient.fault == NO_STILS else f"{patient.stils:g}",
        "subtype": rng.choice(["BLIS", "IM", "LAR", "MES", "Unknown"], p=others),
    }


def expression_table(plan: HospitalPlan) -> pd.DataFrame:
    """Return log2 expression, genes x sequenced patients (columns: patient ids).

    Planted genes follow the score with slopes of 0.75 to 1.15 log2 units; every other gene is noise around
    its own mean, with correlated modules (each null set is one of them).
    """
    rng = plan.rng(_EXPRESSION)
    patients = [patient for patient in plan.patients if patient.has_expression]
    genes = all_genes(N_GENES)
    latent = np.array([patient.latent_til for patient in patients])
    mean = rng.uniform(3.5, 10.5, len(genes))
    sd = rng.uniform(0.45, 0.95, len(genes))
    values = mean[:, None] + sd[:, None] * rng.standard_normal((len(genes), len(patients)))
    values += _modules(rng, genes, len(patients))
    row = {gene: index for index, gene in enumerate(genes)}
    planted = [row[gene] for gene in planted_genes()]
    slopes = rng.uniform(*_SLOPE, len(planted))
    purity = 0.25 * rng.standard_normal(len(patients))
    values[planted] += slopes[:, None] * (latent + purity)[None, :]
    table = pd.DataFrame(np.clip(values, 0.0, 20.0), index=pd.Index(genes, name="gene"))
    table.columns = pd.Index([patient.patient_id for patient in patients])
    return table.iloc[rng.permutation(len(genes))]


def _modules(rng: Generator, genes: tuple[str, ...], n_samples: int) -> NDArray[np.float64]:
    """Return what genes of one module share: the null sets, and random modules among the rest."""
    place = {gene: index for index, gene in enumerate(genes)}
    rest = np.array([index for gene, index in place.items() if gene.startswith("GENE")])
    members = [np.array([place[gene] for gene in names]) for names in NULL_SETS.values()]
    members += [rng.choice(rest, 30, replace=False) for _ in range(_NULL_MODULES)]
    shared = np.zeros((len(genes), n_samples))
    for module in members:
        shared[module] += _MODULE_SD * rng.standard_normal(n_samples)[None, :]
    return shared
