"""PyRadiomics parameter files: followed, or refused by name."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tilscope.radiomics import Settings
from tilscope.vocabulary import SettingsError


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        file = tmp_path / "params.yaml"
        file.write_text(text, encoding="utf-8")
        return Settings.from_pyradiomics(file)

    return read_text


def test_a_whole_file(read):
    settings = read(
        """
        imageType:
          Original: {}
          Wavelet: {wavelet: db2, level: 1}
        featureClass:
          shape:
          firstorder: []
          glcm: [Idmn, 'MCC']
        setting:
          binWidth: 5
          voxelArrayShift: 300
          distances: [1, 2]
          symmetricalGLCM: true
          label: 1
          minimumROISize: 50
          minimumROIDimensions: 3
          normalize: false
          resampledPixelSpacing:
          interpolator: sitkBSpline
          force2D: false
        """
    )
    assert settings == Settings(
        bin_width=5.0,
        voxel_array_shift=300.0,
        distances=(1, 2),
        wavelet="db2",
        image_types=("original", "wavelet"),
        families=("shape", "firstorder", "glcm"),
        features={"glcm": ("Idmn", "MCC")},
        min_voxels=51,
        min_dimensions=3,
    )


def test_an_empty_file_takes_the_original_image_and_all_families(read):
    assert read("") == Settings(image_types=("original",))


def test_json_and_bin_count(read):
    assert read('{"setting": {"binCount": 32}, "imageType": {"Original": {}}}').n_bins == 32


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("setting: {binWith: 25}", "SET-21", "setting.binWith"),
        ("setting: {geometryTolerance: 0.1}", "SET-21", "setting.geometryTolerance"),
        ("setting: {gldm_a: 1}", "SET-21", "setting.gldm_a"),
        ("setting: {normalize: true}", "SET-22", "setting.normalize"),
        ("setting: {resampledPixelSpacing: [2, 2, 2]}", "SET-22", "setting.resampledPixelSpacing"),
        ("setting: {force2D: true}", "SET-22", "setting.force2D"),
        ("setting: {weightingNorm: euclidean}", "SET-22", "weightingNorm"),
        ("setting: {symmetricalGLCM: false}", "SET-22", "symmetricalGLCM"),
        ("setting: {label: 2}", "SET-22", "setting.label"),
        ("setting: {label: true}", "SET-22", "setting.label"),
        ("setting: {preCrop: true}", "SET-22", "preCrop"),
        ("setting: {binWidth: wide}", "SET-22", "setting.binWidth"),
        ("setting: {binWidth: -1}", "SET-22", "bin_width"),
        ("setting: {distances: [0]}", "SET-22", "distances"),
        ("setting: {wavelet: coif99}", "SET-22", "wavelet"),
        ("imageType: {LoG: {sigma: [2.0]}}", "SET-23", "imageType.LoG"),
        ("imageType: {Wavelet: {binWidth: 10}}", "SET-21", "imageType.Wavelet.binWidth"),
        ("imageType: {Wavelet: {level: 2}}", "SET-22", "imageType.Wavelet.level"),
        ("imageType: [Original]", "SET-20", "imageType"),
        ("featureClass: {shape2D: }", "SET-23", "featureClass.shape2D"),
        ("featureClass: {firstorder: [StandardDeviation]}", "SET-23", "StandardDeviation"),
        ("featureClass: {glcm: Idmn}", "SET-22", "featureClass.glcm"),
        ("voxelSetting: {kernelRadius: 1}", "SET-21", "voxelSetting"),
        ("setting: {binWidth: 5, binWidth: 10}", "SET-20", "'binWidth' twice"),
        ("setting: [", "SET-20", "cannot be read"),
    ],
)
def test_what_is_not_followed_is_refused_by_name(read, text, rule, words):
    with pytest.raises(SettingsError, match=rule) as caught:
        read(text)
    assert words in str(caught.value)
    assert caught.value.file.endswith("params.yaml")
    assert caught.value.remedy


def test_missing_file(tmp_path):
    with pytest.raises(SettingsError, match="SET-20"):
        Settings.from_pyradiomics(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "fields",
    [
        {"bin_width": 0},
        {"n_bins": 1},
        {"wavelet": "no such"},
        {"families": ("glcmm",)},
        {"families": ("glcm", "glcm")},
        {"image_types": ()},
        {"features": {"glcm": ("Nothing",)}},
        {"features": {"nothing": ()}},
        {"distances": (1, 1)},
        {"binwidth": 25},
    ],
)
def test_impossible_settings(fields):
    with pytest.raises(ValidationError):
        Settings(**fields)
