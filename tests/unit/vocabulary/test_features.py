"""What the names of features say."""

from __future__ import annotations

import pytest

from tilscope.radiomics import series_feature_names
from tilscope.vocabulary import FeatureParts, feature_parts


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("phase2_wavelet-LLH_glcm_Idm", FeatureParts("glcm", "Idm", "wavelet-LLH", 2)),
        (
            "skewness_original_glszm_ZoneEntropy",
            FeatureParts("glszm", "ZoneEntropy", "original", None, "skewness"),
        ),
        (
            "phase12_log-sigma-1-5-mm-3D_ngtdm_Busyness",
            FeatureParts("ngtdm", "Busyness", "log-sigma-1-5-mm-3D", 12),
        ),
        ("shape_MeshVolume", FeatureParts("shape", "MeshVolume")),
        ("original_shape_Sphericity", FeatureParts("shape", "Sphericity")),
        ("shape2D_Perimeter", FeatureParts("shape2D", "Perimeter")),
    ],
)
def test_names_by_hand(name, parts):
    assert feature_parts(name) == parts


@pytest.mark.parametrize(
    "name", ["original_glcm_Idm", "phase0_original_glcm_Idm", "phase1_original_shape_Sphericity", "age", ""]
)
def test_other_names_say_nothing(name):
    assert feature_parts(name) is None


def test_every_feature_of_a_series_is_understood():
    """Of an image's feature and phase or moment the name is made again; a shape has neither."""
    for name in series_feature_names(3):
        parts = feature_parts(name)
        assert parts is not None, name
        if parts.is_shape:
            assert (parts.image, parts.post_number, parts.moment) == ("", None, "")
        else:
            first = parts.moment or f"phase{parts.post_number}"
            assert f"{first}_{parts.of_image}" == name
