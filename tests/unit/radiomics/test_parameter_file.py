"""PyRadiomics parameter files: followed, or refused by name."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from tilscope.radiomics import FAMILIES, Settings
from tilscope.radiomics.parameter_file import read_parameter_file
from tilscope.radiomics.parameter_keys import SETTING_KEYS
from tilscope.vocabulary import SettingsError

IN_SPACE = tuple(family.name for family in FAMILIES if family.name != "shape2D")


@pytest.fixture
def write(tmp_path):
    def write_text(text, name="params.yaml"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return write_text


@pytest.fixture
def read(write):
    return lambda text, name="params.yaml": Settings.from_pyradiomics(write(text, name))


def test_every_setting(read):
    settings = read(
        """
        imageType:
          Original: {}
        featureClass:
          shape:
          firstorder: []
          glcm: [Idmn, 'MCC']
        setting:
          minimumROIDimensions: 3
          minimumROISize: 50
          correctMask: false
          additionalInfo: false
          label: 3
          label_channel: 0
          binWidth: 5
          binCount:
          normalize: true
          normalizeScale: 100
          removeOutliers: 3
          resampledPixelSpacing: [1, 2.5, 0]
          interpolator: sitkLanczosWindowedSinc
          padDistance: 7
          distances: [1, 2]
          force2D: true
          force2Ddimension: 1
          resegmentRange: [-3, 3.5]
          resegmentMode: sigma
          resegmentShape: true
          preCrop: true
          sigma: [1, 2.0]
          start_level: 1
          level: 2
          wavelet: db2
          gradientUseSpacing: false
          lbp2DRadius: 2
          lbp2DSamples: 12
          lbp2DMethod: ror
          lbp3DLevels: 3
          lbp3DIcosphereRadius: 1.5
          lbp3DIcosphereSubdivision: 2
          voxelArrayShift: 300
          symmetricalGLCM: false
          weightingNorm: euclidean
          gldm_a: 1
        """
    )
    assert settings == Settings(
        image_types=("original",),
        families=("shape", "firstorder", "glcm"),
        features={"glcm": ("Idmn", "MCC")},
        min_dimensions=3,
        min_voxels=51,
        label=3,
        bin_width=5.0,
        normalize=True,
        normalize_scale=100.0,
        outlier_sd=3.0,
        resampled_spacing_mm=(0.0, 2.5, 1.0),
        interpolator="lanczos",
        pad_voxels=7,
        distances=(1, 2),
        slice_axis="y",
        resegment_range=(-3.0, 3.5),
        resegment_mode="sigma",
        resegment_shape=True,
        pre_crop=True,
        log_sigma_mm=(1, 2.0),
        wavelet_first_level=1,
        wavelet_levels=2,
        wavelet="db2",
        gradient_use_spacing=False,
        lbp_2d_radius=2.0,
        lbp_2d_samples=12,
        lbp_2d_method="ror",
        lbp_3d_levels=3,
        lbp_3d_radius=1.5,
        lbp_3d_subdivisions=2,
        voxel_array_shift=300.0,
        symmetric_glcm=False,
        weighting_norm="euclidean",
        gldm_alpha=1,
    )
    assert [type(sigma) for sigma in settings.log_sigma_mm] == [int, float]  # as it stands in feature names


def test_what_the_file_leaves_out_is_as_in_pyradiomics(write):
    file = read_parameter_file(write("{}"))

    assert Settings(**file.settings) == Settings(
        image_types=("original",), families=IN_SPACE, label=1, min_voxels=2, min_dimensions=2
    )
    assert file.diagnostics
    assert file.voxel is None


@pytest.mark.parametrize("text", ["imageType: {}", "featureClass: {}", "setting: {}"])
def test_an_empty_section_is_one_left_out(read, text):
    assert read(text) == read("{}")


def test_json_and_yaml_are_one(read):
    sections = {"setting": {"binCount": 32, "removeOutliers": None}, "imageType": {"Original": {}}}
    text = json.dumps(sections, indent="\t")
    assert read(text, "params.json") == read("setting: {binCount: 32}") != read("{}")


def test_no_interpolator_means_no_resampling(read):
    settings = read("setting: {interpolator: , resampledPixelSpacing: [1, 1, 1]}")
    assert settings.resampled_spacing_mm is None


@pytest.mark.parametrize(
    ("word", "interpolator"),
    [
        ("sitkNearestNeighbor", "nearest"),
        ("sitkLinear", "linear"),
        ("sitkBSpline", "bspline"),
        ("sitkGaussian", "gaussian"),
        ("sitkLabelGaussian", "label-gaussian"),
        ("sitkHammingWindowedSinc", "hamming"),
        ("sitkBlackmanWindowedSinc", "blackman"),
        ("1", "nearest"),
        ("3", "bspline"),
        ("10", "blackman"),
    ],
)
def test_interpolators(read, word, interpolator):
    assert read(f"setting: {{interpolator: {word}}}").interpolator == interpolator


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("setting: {binWidth: 1e1}", "bin_width", 10.0),  # a number in YAML 1.2, text in PyYAML
        ("setting: {padDistance: 010}", "pad_voxels", 10),  # 8 in YAML 1.1
        ("setting: {weightingNorm: no_weighting}", "weighting_norm", "no_weighting"),
        ("setting: {weightingNorm: }", "weighting_norm", None),
        ("setting: {force2D: true}", "slice_axis", "z"),
        ("setting: {force2D: false, force2Ddimension: 2}", "slice_axis", None),
        ("setting: {minimumROISize: }", "min_voxels", 2),
        ("setting: {minimumROISize: 26}", "min_voxels", 27),
        ("setting: {minimumROIDimensions: 1}", "min_dimensions", 1),
        ("setting: &all {binWidth: 3}\nimageType: {Original: *all}", "bin_width", 3.0),
    ],
)
def test_values(read, text, field, value):
    assert getattr(read(text), field) == value


def test_an_image_type_has_settings_of_its_own(read):
    settings = read(
        """
        setting: {binWidth: 25, wavelet: haar, level: 2}
        imageType:
          Original: {binWidth: 5, weightingNorm: infinity}
          Wavelet: {binCount: 16, wavelet: db2, distances: [1, 3]}
        """
    )
    assert settings.per_image == {
        "original": {"bin_width": 5.0, "weighting_norm": "infinity"},
        "wavelet": {"n_bins": 16, "distances": (1, 3)},
    }
    assert (settings.bin_width, settings.wavelet, settings.wavelet_levels) == (25.0, "db2", 2)
    assert settings.for_image("wavelet").n_bins == 16


def test_image_types_have_the_order_of_tilscope(read):
    assert read("imageType: {Wavelet: {}, Original: {}}").image_types == ("original", "wavelet")


def test_voxel_settings_and_diagnostics(write):
    file = read_parameter_file(
        write(
            "setting: {additionalInfo: false}\n"
            "voxelSetting: {kernelRadius: 2, maskedKernel: false, initValue: nan, voxelBatch: 1000}"
        )
    )
    assert not file.diagnostics
    assert math.isnan(file.voxel.pop("initValue"))
    assert file.voxel == {"kernelRadius": 2, "maskedKernel": False, "voxelBatch": 1000}
    assert read_parameter_file(write("voxelSetting: {}")).voxel == {}


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("setting: {binWith: 25}", "SET-21", "setting.binWith: is not supported here"),
        ("setting: {kernelRadius: 1}", "SET-21", "setting.kernelRadius"),
        ("setting: {geometryTolerance: 0.1}", "SET-22", "setting.geometryTolerance"),
        ("setting: {correctMask: true}", "SET-22", "setting.correctMask"),
        ("setting: {label_channel: 1}", "SET-22", "setting.label_channel"),
        ("setting: {label: true}", "SET-22", "setting.label: value is not supported, found True"),
        ("setting: {normalize: yes}", "SET-22", "found 'yes', expected true or false"),
        ("setting: {binWidth: '25'}", "SET-22", "found '25', expected a number above 0"),
        ("setting: {binWidth: -1}", "SET-22", "setting.binWidth"),
        ("setting: {binWidth: .inf}", "SET-22", "setting.binWidth"),
        ("setting: {binCount: 1}", "SET-22", "setting.binCount"),
        ("setting: {voxelArrayShift: 1.5}", "SET-22", "setting.voxelArrayShift"),
        ("setting: {padDistance: 5.0}", "SET-22", "setting.padDistance"),
        ("setting: {distances: [0]}", "SET-22", "setting.distances"),
        ("setting: {distances: 1}", "SET-22", "setting.distances"),
        ("setting: {distances: [1, 1]}", "SET-22", "setting.distances"),
        ("setting: {resampledPixelSpacing: [2, 2]}", "SET-22", "expected a list of 3"),
        ("setting: {resampledPixelSpacing: [2, 2, -1]}", "SET-22", "resampledPixelSpacing"),
        ("setting: {resegmentRange: [1, 2, 3]}", "SET-22", "expected a list of 1 or 2"),
        ("setting: {interpolator: sitkBSplineResampler}", "SET-22", "setting.interpolator"),
        ("setting: {interpolator: 11}", "SET-22", "setting.interpolator"),
        ("setting: {interpolator: true}", "SET-22", "setting.interpolator"),
        ("setting: {weightingNorm: eucl}", "SET-22", "euclidean, manhattan, infinity"),
        ("setting: {wavelet: coif99}", "SET-22", "setting.wavelet"),
        ("setting: {level: 99}", "SET-22", "setting.level"),
        ("imageType: {Wavelet: {level: 99}}", "SET-22", "imageType.Wavelet.level"),
        ("imageType: {Wavelet: {distances: [2, 2]}}", "SET-22", "imageType.Wavelet.distances"),
        ("imageType: {Wavelet: {binWidth: true}}", "SET-22", "imageType.Wavelet.binWidth"),
        ("imageType: {Wavelet: {normalize: true}}", "SET-21", "imageType.Wavelet.normalize"),
        ("imageType: {Wavelet: {force2D: true}}", "SET-21", "imageType.Wavelet.force2D"),
        ("imageType: {Original: {sigma: [1]}}", "SET-21", "imageType.Original.sigma"),
        ("imageType: {original: {}}", "SET-23", "imageType.original"),
        ("imageType: {Original: }", "SET-20", "imageType.Original: must be a table of keys, found None"),
        ("imageType: [Original]", "SET-20", "imageType"),
        ("imageType: ", "SET-20", "imageType"),
        ("setting: ", "SET-20", "setting"),
        ("", "SET-20", "the file"),
        ("1: 2", "SET-20", "the file"),
        ("featureClass: {texture: }", "SET-23", "featureClass.texture"),
        ("featureClass: {shape2D: }", "SET-23", "featureClass.shape2D"),
        ("featureClass: {glcm: Idmn}", "SET-22", "featureClass.glcm"),
        ("featureClass: {glcm: [idmn]}", "SET-23", "no feature 'idmn'"),
        ("featureClass: {glcm: [[Idmn]]}", "SET-23", "no feature ['Idmn']"),
        ("featureClass: {glcm: [Idmn, Idmn]}", "SET-23", "Idmn is there twice"),
        ("featureClass: {glcm: [Idmn, Homogeneity2]}", "SET-23", "Homogeneity2: it equals Idm"),
        ("featureClass: {glcm: [SumVariance]}", "SET-23", "ClusterTendency"),
        ("featureClass: {gldm: [DependencePercentage]}", "SET-23", "it is always 1"),
        ("imageType: {LoG: {}}", "SET-22", "imageType.LoG: has no sigma"),
        ("voxelSetting: {binWidth: 1}", "SET-21", "voxelSetting.binWidth"),
        ("voxelSetting: {initValue: zero}", "SET-22", "voxelSetting.initValue"),
        ("settings: {}", "SET-21", "settings"),
        ("setting: {binWidth: 5, binWidth: 10}", "SET-20", "'binWidth' twice"),
        ("setting: [", "SET-20", "cannot be read"),
        ("[" * 10_000, "SET-20", "cannot be read"),
        ("setting: {padDistance: !!int 5x}", "SET-20", "cannot be read"),
        ("setting: !!python/object:os.system {}", "SET-20", "cannot be read"),
    ],
)
def test_what_is_not_followed_is_refused_by_name(read, text, rule, words):
    with pytest.raises(SettingsError, match=rule) as caught:
        read(text)
    assert words in str(caught.value)
    assert caught.value.file.endswith("params.yaml")
    assert caught.value.remedy


def test_json_is_as_strict(read):
    with pytest.raises(SettingsError, match=r"SET-20.*'binWidth' twice"):
        read('{"setting": {"binWidth": 5, "binWidth": 10}}', "params.json")
    with pytest.raises(SettingsError, match=r"SET-22.*binWidth"):
        read('{"setting": {"binWidth": NaN}}', "params.json")


def test_a_small_file_cannot_make_a_huge_message(read):
    laughs = ["a0: &a0 [1]"] + [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 12)]
    with pytest.raises(SettingsError) as caught:
        read("setting: {binWidth: *a11}".join(["\n".join(laughs) + "\n", ""]))
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("firstorder", "StandardDeviation"),
        ("shape", "Compactness1"),
        ("shape", "Compactness2"),
        ("shape", "SphericalDisproportion"),
    ],
)
def test_redundant_features_that_have_a_value_are_there_by_name_only(read, family, name):
    assert read(f"featureClass: {{{family}: [{name}]}}").features == {family: (name,)}
    assert name not in {f.name: f.feature_names for f in FAMILIES}[family]


def test_every_family_within_slices_includes_shape_2d(read):
    assert read("setting: {force2D: true}").families == tuple(family.name for family in FAMILIES)


def test_the_documented_table_is_the_table_of_keys():
    page = (Path(__file__).parents[3] / "docs" / "python.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (?:`(\w+)`|-) \|", page, re.MULTILINE)
    assert rows == [(key.name, key.field or "") for key in SETTING_KEYS]


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
        {"per_image": {"wavelet": {"normalize": True}}},
        {"per_image": {"wavelet": {"bin_width": -1}}},
        {"resampled_spacing_mm": (1, 1, -1)},
        {"resegment_range": ()},
        {"log_sigma_mm": (2, 2.0)},
        {"image_types": ("log",)},
    ],
)
def test_impossible_settings(fields):
    with pytest.raises(ValidationError):
        Settings(**fields)
