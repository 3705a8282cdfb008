"""PyRadiomics-compatible features on arrays: image types x families, and their moments over time.

::

    Lesion (mask, box)                    shape            once per lesion
    image -> original, wavelet-LLH ...    firstorder       per image of each phase
          -> GrayImage (values, levels)   glcm
                                          time moments     per feature over the phases

Pure: arrays in, names and numbers out; double precision; one thread.
"""

from tilscope.radiomics.extraction import (
    Extraction,
    extract,
    extract_image,
    extract_series,
    image_feature_names,
    series_feature_names,
)
from tilscope.radiomics.families import FAMILIES
from tilscope.radiomics.family import Family, Feature
from tilscope.radiomics.images import IMAGE_TYPES
from tilscope.radiomics.maps import Maps, MapSettings, feature_maps
from tilscope.radiomics.settings import Settings
from tilscope.radiomics.time_domain import column_moments, time_moments

__all__ = [
    "FAMILIES",
    "IMAGE_TYPES",
    "Extraction",
    "Family",
    "Feature",
    "MapSettings",
    "Maps",
    "Settings",
    "column_moments",
    "extract",
    "extract_image",
    "extract_series",
    "feature_maps",
    "image_feature_names",
    "series_feature_names",
    "time_moments",
]
