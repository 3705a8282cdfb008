"""From voxel to gene: records of the figures, the section's words, what is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tilscope.radiomics import FAMILIES
from tilscope.report.content import read_content
from tilscope.report.feature_words import quantity_of, unit_of, words_of
from tilscope.report.files import read_arrays
from tilscope.report.pictures.voxels import feature_maps
from tilscope.report.results import Results
from tilscope.report.sections.section import Missing
from tilscope.report.sections.voxels import VOXELS
from tilscope.report.steps import CohortStep
from tilscope.vocabulary import FeatureParts, StudyError, feature_parts


@pytest.fixture(scope="module")
def content(study):
    return read_content(study.root)


def test_lesions_are_named_by_their_end_and_one_scale_serves_all(content):
    picture = feature_maps(content, 1)
    assert [lesion.label for lesion in picture.lesions] == ["H1", "H2", "L1", "L2"]
    values = [lesion.value for lesion in picture.lesions]
    table = content.features[picture.feature].dropna()
    known = table[table.index.isin(content.scores.index[content.scores["til_level"].notna()])]
    assert values[0] == pytest.approx(known.max())
    assert values[2] == pytest.approx(known.min())
    without, *others = picture.lesions
    assert (without.grey, without.map) == (None, None)
    assert without.reason == "not all of its preprocessed files are there"
    pooled = np.concatenate([one.map[np.isfinite(one.map)] for one in others])
    below, above = ((pooled < picture.limits[0]).mean(), (pooled > picture.limits[1]).mean())
    assert 0 < below < 0.02
    assert 0 < above < 0.02
    assert picture.is_clipped
    assert feature_maps(content, 4) is None  # the signature has three features
    assert feature_maps(replace(content, results={}), 1) is None


def test_a_flat_map_gets_a_scale_around_its_value(content):
    own = content.results["voxels"]
    flat = {k: np.where(np.isfinite(v), 5.0, v) if "_map-" in k else v for k, v in own.arrays.items()}
    picture = feature_maps(replace(content, results={"voxels": Results(own.record, {}, flat)}), 1)
    assert picture.limits == (4.5, 5.5)
    assert not picture.is_clipped


def test_the_page_follows_each_feature_to_its_genes(content, page):
    start = page.index('id="voxels"')
    section = page[start : page.index("</section>", start)]
    for number in (1, 2, 3):
        assert f"feature-maps-{number}.svg" in section
    assert "not a mechanism" in section
    assert "RUN-76: not all of its preprocessed files are there" in section
    assert "<script>" not in section
    view = VOXELS.view(content)
    first = view["features"][0]
    rows = content.results["radiogenomics"].tables["feature_genes"]
    own = rows[rows["feature"] == first["name"]]
    assert first["genes"]["first"]["name"] == own.loc[own["p_value"].idxmin(), "gene"]
    assert len(first["genes"]["table"].rows) == 10


def test_a_feature_with_which_no_gene_goes_says_so(content):
    own = content.results["radiogenomics"]
    none = Results(own.record | {"n_significant": {}}, own.tables)
    view = VOXELS.view(replace(content, results=content.results | {"radiogenomics": none}))
    assert {feature["genes"]["n_passing"] for feature in view["features"]} == {0}


def test_without_genes_or_maps_the_reason_is_told(content):
    only = {"voxels": content.results["voxels"]}
    ended = CohortStep("radiogenomics", "left out", reason="no expression matrix")
    view = VOXELS.view(replace(content, results=only, cohort=(ended,)))
    assert view["no_genes"].startswith("The step radiogenomics ")
    assert "no expression matrix" in view["no_genes"]
    assert view["features"][0]["genes"] is None
    ended = CohortStep("voxels", "left out", reason="the signature has no features")
    missing = VOXELS.view(replace(content, results={}, cohort=(ended,)))
    assert isinstance(missing, Missing)
    assert "the signature has no features" in missing.why


def test_every_feature_has_words_of_its_own():
    for family in FAMILIES:
        for feature in family.features:
            words = quantity_of(FeatureParts(family.name, feature.name))
            assert words != feature.name, (family.name, feature.name)
            assert words != "weight of "


@pytest.mark.parametrize(
    ("name", "words", "unit"),
    [
        (
            "phase2_original_glszm_SmallAreaHighGrayLevelEmphasis",
            "weight of small zones (fine) of high grey levels; in the image itself; phase 2 after contrast",
            "",
        ),
        (
            "variance_wavelet-LLH_firstorder_Mean",
            "mean intensity; in the image split by scale and direction (LLH: along each axis, L smoothed, H its "
            "detail); squared spread over the phases after contrast",
            "squared intensity of the filtered image",
        ),
        ("shape_Sphericity", "how round it is (1: a ball)", ""),
        ("phase1_original_firstorder_Median", "median intensity", "normalised intensity"),
    ],
)
def test_words_and_units_by_hand(name, words, unit):
    parts = feature_parts(name)
    assert words in words_of(parts)
    assert unit_of(parts) == unit


def test_damaged_arrays_are_refused_and_nothing_is_unpickled(tmp_path):
    (tmp_path / "maps.npz").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(StudyError, match="RUN-76"):
        read_arrays(tmp_path / "maps.npz")
    np.savez(tmp_path / "objects.npz", a=np.array([{}], dtype=object))
    with pytest.raises(StudyError, match="RUN-76"):
        read_arrays(tmp_path / "objects.npz")
