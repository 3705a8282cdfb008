"""Functional tumour volume: the part of a volume of interest that takes up contrast medium fast enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tilscope.vocabulary import DceSeries, GeometryError, Roi, SeriesError, SettingsRecord, Volume

BRIGHT_PERCENTILE = 95.0


class FunctionalVolumeSettings(SettingsRecord):
    """Which voxels of the lesion count as functional tumour volume."""

    pe_threshold_percent: float = Field(
        70.0, ge=0.0, le=1000.0, description="Least percentage enhancement in the early phase."
    )
    ser_threshold: float = Field(
        0.0, ge=0.0, le=10.0, description="Signal enhancement ratio that a voxel must exceed."
    )
    background_percent: float = Field(
        0.0,
        ge=0.0,
        lt=100.0,
        description=(
            "Voxels whose pre-contrast signal is not above this percentage of its 95th percentile in the volume "
            "of interest are background and do not count."
        ),
    )
    early_phase: str = Field(
        "post1", description="Phase of the percentage enhancement.", pattern=r"^post[1-9][0-9]?$"
    )
    late_phase: str = Field(
        "last",
        description="Phase that the enhancement ratio compares with: post2, post3, ... or last.",
        pattern=r"^(last|post[1-9][0-9]?)$",
    )


@dataclass(frozen=True, slots=True, eq=False)
class KineticMaps:
    """Enhancement of every voxel.

    Attributes
    ----------
    percent_enhancement : ndarray, shape (z, y, x)
        PE = 100 (S1 - S0) / S0; NaN where S0 is not positive.
    enhancement_ratio : ndarray, shape (z, y, x)
        SER = (S1 - S0) / (S2 - S0): above 1 where signal washes out; NaN where S2 equals S0.
    """

    percent_enhancement: NDArray[np.float64]
    enhancement_ratio: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FunctionalVolume:
    """The functional tumour volume of one lesion.

    Attributes
    ----------
    voxels : int
        Number of voxels of the volume of interest that count.
    volume_ml : float
    pe_threshold_percent, ser_threshold, background_percent : float
        As of the settings.
    early_phase, late_phase : str
        Names of the phases that were compared.
    """

    voxels: int
    volume_ml: float
    pe_threshold_percent: float
    ser_threshold: float
    background_percent: float
    early_phase: str
    late_phase: str


def kinetic_maps(
    pre: NDArray[np.float32], early: NDArray[np.float32], late: NDArray[np.float32]
) -> KineticMaps:
    """Return percentage enhancement and signal enhancement ratio.

    Parameters
    ----------
    pre, early, late : ndarray, shape (z, y, x)
        Signal before contrast (S0), early (S1) and late (S2) after it, aligned, in one unit with a true zero:
        before any z-score.

    References
    ----------
    Hylton et al., Radiology 2012;263:663-672 (PE, SER, functional tumour volume).
    """
    s0, s1, s2 = (phase.astype(np.float64) for phase in (pre, early, late))
    nowhere = np.full(s0.shape, np.nan)
    percent = np.divide(100.0 * (s1 - s0), s0, out=nowhere.copy(), where=s0 > 0.0)
    return KineticMaps(percent, np.divide(s1 - s0, s2 - s0, out=nowhere, where=s2 != s0))


def functional_voxels(
    maps: KineticMaps, voi: NDArray[np.bool_], settings: FunctionalVolumeSettings | None = None
) -> NDArray[np.bool_]:
    """Return the voxels of a volume of interest with PE >= 70 % and SER > 0; a NaN does not count.

    Parameters
    ----------
    maps : KineticMaps
        Own maps, or a vendor's.
    voi : ndarray of bool, shape (z, y, x)
    settings : FunctionalVolumeSettings, optional
        Their thresholds; the background needs the pre-contrast image (`functional_tumour_volume`).
    """
    chosen = FunctionalVolumeSettings() if settings is None else settings
    return np.asarray(
        voi
        & (maps.percent_enhancement >= chosen.pe_threshold_percent)
        & (maps.enhancement_ratio > chosen.ser_threshold)
    )


def functional_tumour_volume(
    series: DceSeries, roi: Roi, settings: FunctionalVolumeSettings | None = None
) -> FunctionalVolume:
    """Measure the functional tumour volume inside an ROI.

    Parameters
    ----------
    series : DceSeries
        Registered phases on the ROI's grid, before z-scoring. A bias field that is one for all phases cancels out
        of PE and SER, so that it does not matter whether it was corrected.
    roi : Roi
        Volume of interest: the lesion's mask, or a box around it.
    settings : FunctionalVolumeSettings, optional

    Returns
    -------
    FunctionalVolume
        Of several pre-contrast phases, the mean is S0.

    Raises
    ------
    SeriesError
        IMG-03: no pre-contrast phase, or the early phase is missing, or no phase follows it.
    GeometryError
        ROI-42: the phases do not lie on the ROI's grid.
    """
    chosen = FunctionalVolumeSettings() if settings is None else settings
    names = series.phase_names
    late_name = names[-1] if chosen.late_phase == "last" else chosen.late_phase
    _refuse_phases(series, chosen.early_phase, late_name)
    if any(phase.grid.shape != roi.grid.shape for phase in series.phases):
        raise GeometryError(
            "ROI-42",
            "a phase lies on another grid than the ROI",
            expected=roi.grid.shape,
            remedy="Use the registered phases and their ROI.",
        )
    pre = mean_pre_contrast(series).array
    voi = roi.mask & (pre > _background(pre, roi.mask, chosen))
    maps = kinetic_maps(pre, series.phase(chosen.early_phase).array, series.phase(late_name).array)
    n_voxels = int(np.count_nonzero(functional_voxels(maps, voi, chosen)))
    return FunctionalVolume(
        n_voxels,
        n_voxels * roi.grid.voxel_volume_mm3 / 1000.0,
        chosen.pe_threshold_percent,
        chosen.ser_threshold,
        chosen.background_percent,
        chosen.early_phase,
        late_name,
    )


def mean_pre_contrast(series: DceSeries) -> Volume:
    """Return the mean of the pre-contrast phases; one phase is taken as it is."""
    pre = series.phases[: series.n_pre]
    if len(pre) == 1:
        return pre[0]
    return pre[0].with_array(np.mean([phase.array for phase in pre], axis=0, dtype=np.float64))


def _background(
    pre: NDArray[np.float32], voi: NDArray[np.bool_], settings: FunctionalVolumeSettings
) -> float:
    if not voi.any():
        return 0.0
    return settings.background_percent / 100.0 * float(np.percentile(pre[voi], BRIGHT_PERCENTILE))


def _refuse_phases(series: DceSeries, early: str, late: str) -> None:
    names = series.phase_names
    is_usable = (
        series.n_pre >= 1
        and {early, late} <= set(names)
        and names.index(late) > names.index(early) >= series.n_pre
    )
    if not is_usable:
        raise SeriesError(
            "IMG-03",
            "the functional tumour volume needs a pre-contrast, an early and a later phase",
            found=", ".join(names),
            expected=f"{early} and a later phase",
            remedy="Name the phases in study.toml ([functional_volume]), or do without this measure.",
        )
