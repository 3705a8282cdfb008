"""IBSI-1: our features of the digital phantom against the consensus values, with PyRadiomics' definitions and IBSI's.

The expected numbers are read from the published file; the table that the package ships must say the same.
"""

from __future__ import annotations

import csv
import re

import nibabel
import numpy as np
import pytest

from tilscope.radiomics import FAMILIES, extract
from tilscope.radiomics.ibsi import NOT_IN_IBSI, REASONS, WITHOUT_FEATURE, conformity
from tilscope.radiomics.ibsi.conformity import ConformityRow, agrees, phantom_settings
from tilscope.radiomics.ibsi.consensus import ONE_MATRIX, PER_DIRECTION, Consensus, consensus_values
from tilscope.radiomics.ibsi.phantom import SPACING_MM, phantom_image, phantom_mask

N_VALUES = 14 + 17 + 4 * (25 + 16) + 2 * (16 + 5 + 15)


@pytest.fixture(scope="module")
def phantom(real_data):
    return real_data / "ibsi-digital-phantom"


@pytest.fixture(scope="module")
def published(phantom):
    """Value and tolerance by tag; tags without consensus are left out."""
    with (phantom / "reference_values.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return {
        row["tag"]: (float(row["reference value"]), float(row["tolerance"]))
        for row in rows
        if row["reference value"]
    }


@pytest.fixture(scope="module")
def rows():
    return {row.consensus.tag: row for row in conformity()}


def is_without_feature(tag):
    return any(re.fullmatch(pattern, tag) for pattern in WITHOUT_FEATURE)


def test_the_shipped_phantom_is_the_published_one(phantom):
    image, mask = (nibabel.load(phantom / f"{name}.nii.gz") for name in ("image", "mask"))
    np.testing.assert_array_equal(phantom_image(), np.asarray(image.dataobj).T)
    np.testing.assert_array_equal(phantom_mask(), np.asarray(mask.dataobj).T == 1)
    assert image.header.get_zooms() == SPACING_MM
    assert phantom_mask().sum() == 74


def test_the_shipped_table_says_what_was_published(published):
    shipped = consensus_values()
    assert len(shipped) == len({entry.tag for entry in shipped}) == N_VALUES
    assert {entry.tag: (entry.value, entry.tolerance) for entry in shipped} == {
        entry.tag: published[entry.tag] for entry in shipped
    }


def test_every_published_value_is_compared_or_said_to_have_no_feature(published):
    shipped = {entry.tag for entry in consensus_values()}
    assert {tag for tag in published if not is_without_feature(tag)} == shipped
    assert not any(is_without_feature(tag) for tag in shipped)
    for pattern in WITHOUT_FEATURE:
        assert any(re.fullmatch(pattern, tag) for tag in published), pattern


def test_every_feature_of_ours_is_compared_or_said_to_be_unknown_to_ibsi():
    ours = {f"{f.name}_{name}" for f in FAMILIES if f.name != "shape2D" for name in f.all_names}
    compared = {entry.feature for entry in consensus_values()}
    assert compared | set(NOT_IN_IBSI) == ours
    assert not compared & set(NOT_IN_IBSI)


@pytest.mark.parametrize("entry", consensus_values(), ids=lambda entry: entry.tag)
def test_ibsi_definitions_give_the_consensus(entry, rows, published):
    value, tolerance = published[entry.tag]
    assert float(f"{rows[entry.tag].ibsi:.3g}") == pytest.approx(value, abs=tolerance, rel=1e-9)


@pytest.mark.parametrize("entry", consensus_values(), ids=lambda entry: entry.tag)
def test_default_definitions_give_the_consensus_or_differ_as_documented(entry, rows, published):
    value, tolerance = published[entry.tag]
    row = rows[entry.tag]
    matches = float(f"{row.default:.3g}") == pytest.approx(value, abs=tolerance, rel=1e-9)
    assert matches == (entry.feature not in REASONS)
    assert row.verdict == ("match" if matches else "documented")
    assert row.reason == ("" if matches else REASONS[entry.feature])


def test_documented_differences_are_what_their_reasons_say(rows):
    kurtosis = rows["stat_kurt"]
    assert kurtosis.default == kurtosis.ibsi + 3.0
    for axis in ("maj", "min", "least"):  # the major axis differs too, within the tolerance
        row = rows[f"morph_pca_{axis}_axis"]
        assert row.ibsi == pytest.approx(row.default * np.sqrt(74 / 73), rel=1e-12)
    others = {t for t in rows if t != "stat_kurt" and not re.fullmatch(r"morph_pca_\w+", t)}
    assert all(rows[tag].default == rows[tag].ibsi for tag in others)


def test_aggregations_are_told_apart(rows):
    """The four aggregations have values of their own: a mix-up could not pass."""
    for tag in ("cm_info_corr1", "cm_corr", "rlm_glnu", "rlm_lre"):
        values = [rows[tag + aggregation.suffix].ibsi for aggregation in PER_DIRECTION]
        assert len({f"{value:.3g}" for value in values}) == 4
    for tag in ("szm_lze", "ngt_coarseness", "ngl_hde"):
        assert f"{rows[tag + '_3D'].ibsi:.3g}" != f"{rows[tag + '_2_5D'].ibsi:.3g}"


def test_values_are_those_of_the_engine(rows):
    image, mask = phantom_image(), phantom_mask()
    for aggregation in (*PER_DIRECTION, *ONE_MATRIX):
        values = extract(image, mask, SPACING_MM, phantom_settings(aggregation, ibsi=True))
        for row in rows.values():
            if row.consensus.aggregation is aggregation:
                assert values[f"original_{row.consensus.feature}"] == row.ibsi


def test_a_wrong_value_is_told():
    def row(default, ibsi, feature="glcm_Contrast"):
        entry = Consensus("Grey level co-occurrence", "cm_contrast", PER_DIRECTION[0], feature, 5.32)
        return ConformityRow(entry, default, ibsi)

    assert row(5.324, 5.316).verdict == "match"  # three significant digits
    assert row(5.326, 5.32).verdict == "differs"  # nobody knows why
    assert row(5.326, 5.32, "firstorder_Kurtosis").verdict == "documented"
    assert row(5.32, 5.33).verdict == "differs"  # IBSI's definitions must match
    assert row(8.32, 5.33, "firstorder_Kurtosis").verdict == "differs"


def test_tolerances_count_from_the_published_value():
    entry = Consensus("Morphology", "morph_pca_min_axis", ONE_MATRIX[0], "shape_MinorAxisLength", 9.31, 0.06)
    assert [agrees(value, entry) for value in (9.244, 9.246, 9.37, 9.376)] == [False, True, True, False]
