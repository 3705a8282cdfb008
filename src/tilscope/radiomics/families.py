"""The table of contents: add a family by adding its record here (and its name to ``settings.FamilyName``)."""

from __future__ import annotations

from tilscope.radiomics.family import Family
from tilscope.radiomics.firstorder import FIRSTORDER
from tilscope.radiomics.glcm import GLCM
from tilscope.radiomics.gldm import GLDM
from tilscope.radiomics.glrlm import GLRLM
from tilscope.radiomics.glszm import GLSZM
from tilscope.radiomics.ngtdm import NGTDM
from tilscope.radiomics.settings import Settings
from tilscope.radiomics.shape import SHAPE
from tilscope.radiomics.shape2d import SHAPE_2D

FAMILIES: tuple[Family, ...] = (SHAPE, SHAPE_2D, FIRSTORDER, GLCM, GLDM, GLRLM, GLSZM, NGTDM)


def selected_families(settings: Settings, scope: str) -> tuple[Family, ...]:
    """Return the families of a scope that the settings ask for, in the fixed order."""
    return tuple(f for f in FAMILIES if f.scope == scope and f.name in settings.families)
