"""AnnData of each modality and MuData of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from tilscope.pipeline.exporting.gathering import Gathered
from tilscope.pipeline.exporting.modalities import all_observations, modalities
from tilscope.reading.annotated_files import encode_anndata, encode_mudata


def h5ad_files(gathered: Gathered) -> list[tuple[str, Callable[[], bytes]]]:
    """Return ``radiomics.h5ad`` and ``rna.h5ad``, as far as there are such modalities."""
    return [(f"{name}.h5ad", partial(_anndata, gathered, name)) for name in modalities(gathered)]


def h5mu_files(gathered: Gathered) -> list[tuple[str, Callable[[], bytes]]]:
    """Return ``study.h5mu``, or nothing where there is no modality."""
    return [("study.h5mu", partial(_mudata, gathered))] if modalities(gathered) else []


def _anndata(gathered: Gathered, name: str) -> bytes:
    matrix = modalities(gathered)[name]
    return encode_anndata(replace(matrix, obs=all_observations(gathered), uns=gathered.facts))


def _mudata(gathered: Gathered) -> bytes:
    return encode_mudata(modalities(gathered), all_observations(gathered), gathered.facts)
