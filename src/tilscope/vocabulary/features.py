"""Names of features, and the table that carries them.

``[<phase>_]<image>_<family>_<Feature>`` as in PyRadiomics: ``phase1_wavelet-LLL_firstorder_Skewness``; the
time-domain moments put their own name first: ``skewness_original_glszm_LowGrayLevelZoneEmphasis``; shape
belongs to the ROI and has neither phase nor image: ``shape_MeshVolume``. ``phase1`` is the first
post-contrast phase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

ORIGINAL = "original"
WAVELET_BANDS = ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")
TIME_MOMENTS = ("mean", "variance", "kurtosis", "skewness")


SHAPE_FAMILIES = ("shape", "shape2D")
NAME = re.compile(rf"(?:phase([1-9]\d*)|({'|'.join(TIME_MOMENTS)}))_([^_]+)_([^_]+)_([^_]+)")
SHAPE_NAME = re.compile(rf"(?:{ORIGINAL}_)?({'|'.join(SHAPE_FAMILIES)})_([^_]+)")


@dataclass(frozen=True, slots=True)
class FeatureParts:
    """What the name of a feature says.

    Attributes
    ----------
    family, feature : str
        Such as ``glcm`` and ``Idm``.
    image : str
        Filtered image, such as ``wavelet-LLH``; empty for a shape.
    post_number : int or None
        Its phase, counted from 1 after contrast; None for a shape, or over all phases.
    moment : str
        Moment over the phases after contrast; empty where the feature is of one phase, or a shape.
    """

    family: str
    feature: str
    image: str = ""
    post_number: int | None = None
    moment: str = ""

    @property
    def is_shape(self) -> bool:
        """Tell whether it belongs to the outline, not to an image."""
        return self.family in SHAPE_FAMILIES

    @property
    def of_image(self) -> str:
        """Name of the feature of one image: ``wavelet-LLH_glcm_Idm``."""
        return f"{self.image}_{self.family}_{self.feature}"


def feature_parts(name: str) -> FeatureParts | None:
    """Return what a feature's name says; None for a name that is not one of a study's features."""
    if shape := SHAPE_NAME.fullmatch(name):
        return FeatureParts(shape[1], shape[2])
    found = NAME.fullmatch(name)
    if found is None or found[4] in SHAPE_FAMILIES:
        return None
    number = None if found[1] is None else int(found[1])
    return FeatureParts(found[4], found[5], found[3], number, found[2] or "")


def phase_prefix(post_number: int) -> str:
    """Return the prefix of the ``post_number``-th post-contrast phase, counted from 1."""
    return f"phase{post_number}"


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Features of a cohort, and what must never part from them.

    Attributes
    ----------
    values : DataFrame of float, participants x features
        Index: participant keys, sorted; columns: feature names in extraction order.
    settings_hash : str
        Hash of everything that shaped the values: extraction and preprocessing settings, phases, software.
    notes : dict
        Per participant, what the extraction warned about.
    roles : Series of "training", "validation" or "external", or None
        Role of each participant (others may stand in it, too); None where nobody has a role yet. A fit
        refuses rows of another role than training (``SIG-72``).
    sites : Series of str, or None
        Scanner or centre of each participant; None where all come from one, or it is not known.
    """

    values: pd.DataFrame
    settings_hash: str
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    roles: pd.Series | None = None
    sites: pd.Series | None = None

    def rows(self, participants: Iterable[str]) -> FeatureTable:
        """Return the table of these participants, in this order; roles and sites go with them."""
        keys = list(participants)
        return replace(
            self,
            values=self.values.loc[keys],
            notes={key: self.notes[key] for key in keys if key in self.notes},
            roles=None if self.roles is None else self.roles.reindex(keys),
            sites=None if self.sites is None else self.sites.reindex(keys),
        )

    def part(self, role: str) -> FeatureTable:
        """Return the rows of one role, in their order; none where nobody has a role."""
        if self.roles is None:
            return self.rows(())
        roles = self.roles.reindex(self.values.index)
        return self.rows(self.values.index[(roles == role).to_numpy()])
