"""Names of features, and the table that carries them.

``[<phase>_]<image>_<family>_<Feature>`` as in PyRadiomics: ``phase1_wavelet-LLL_firstorder_Skewness``; the
time-domain moments put their own name first: ``skewness_original_glszm_LowGrayLevelZoneEmphasis``; shape
belongs to the ROI and has neither phase nor image: ``shape_MeshVolume``. ``phase1`` is the first
post-contrast phase.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

ORIGINAL = "original"
WAVELET_BANDS = ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")
TIME_MOMENTS = ("mean", "variance", "kurtosis", "skewness")


def phase_prefix(post_number: int) -> str:
    """Return the prefix of the ``post_number``-th post-contrast phase, counted from 1."""
    return f"phase{post_number}"


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Features of a cohort.

    Attributes
    ----------
    values : DataFrame of float, participants x features
        Index: participant keys, sorted; columns: feature names in extraction order.
    settings_hash : str
        Hash of everything that shaped the values: extraction and preprocessing settings, phases, software.
    notes : dict
        Per participant, what the extraction warned about.
    """

    values: pd.DataFrame
    settings_hash: str
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
