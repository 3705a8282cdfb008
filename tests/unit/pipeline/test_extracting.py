"""The parts of `tilscope extract`: names of cases, chosen ROIs, formats, diagnostics."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from types import ModuleType

import numpy as np
import pytest
from rich.console import Console

from tilscope import pipeline, study
from tilscope.pipeline import Bars, checked_output, encode_features, extraction_request, one_case, read_cases
from tilscope.pipeline.case_tables import ExtractedRow, ExtractedTable, cases_of
from tilscope.pipeline.diagnostics import diagnose, diagnostic_names
from tilscope.pipeline.drawn_regions import drawn_regions
from tilscope.pipeline.executing import Job, OnDask
from tilscope.pipeline.extracting import ExtractionCase, RegionRow, extract_case
from tilscope.radiomics import Settings
from tilscope.radiomics.preparing import Case, prepared
from tilscope.reading import encode_nifti_mask
from tilscope.vocabulary import Grid, Roi, RoiError, SettingsError, StudyError, TableError

GRID = Grid((4, 5, 6), (2.0, 1.0, 0.5), (10.0, 20.0, 30.0))


@pytest.fixture
def labels(tmp_path):
    """A NIfTI mask of the labels 1, 2 and 7."""
    import nibabel as nib

    array = np.zeros(GRID.shape, np.int16)
    array[1, 1:3, 1:3], array[2, 3, 3:5], array[3, 4, 5] = 1, 2, 7
    affine = np.diag([-0.5, -1.0, 2.0, 1.0])
    affine[:3, 3] = (-10.0, -20.0, 30.0)
    file = tmp_path / "labels.nii"
    image = nib.Nifti1Image(array.T, affine)
    image.set_sform(affine, 1)
    nib.save(image, file)
    return file, array


@pytest.mark.parametrize("room", [pipeline, study], ids=lambda room: room.__name__)
def test_every_public_name_is_there(room):
    """These rooms import their modules when they are asked for; no name may be missing, or be a module."""
    things = {name: getattr(room, name, None) for name in room.__all__}
    assert [name for name, thing in things.items() if thing is None or isinstance(thing, ModuleType)] == []
    with pytest.raises(AttributeError, match="nothing"):
        _ = room.nothing


class TestRegions:
    def test_a_chosen_label(self, labels):
        file, array = labels
        (region,) = drawn_regions(file, GRID, "2")
        np.testing.assert_array_equal(region.mask, array == 2)
        np.testing.assert_array_equal(region.labels, array)
        assert region.labels.dtype == np.uint32

    def test_all_of_them(self, labels):
        regions = drawn_regions(labels[0], GRID, "all")
        assert [(r.label, int(r.mask.sum())) for r in regions] == [("1", 4), ("2", 2), ("7", 1)]

    @pytest.mark.parametrize(
        ("wanted", "what"), [(None, "none is chosen"), ("3", "no label 3"), ("a", "no label a")]
    )
    def test_anything_else_is_refused_with_the_list(self, labels, wanted, what):
        with pytest.raises(RoiError, match=what) as refused:
            drawn_regions(labels[0], GRID, wanted)
        assert refused.value.rule == "ROI-37"
        assert refused.value.found == "1, 2, 7"
        assert "--label all" in str(refused.value)

    def test_a_cropped_mask_is_placed_and_its_label_is_still_checked(self, tmp_path):
        small = GRID.cropped((1, 1, 1), (3, 4, 5))
        mask = np.ones(small.shape, bool)
        file = tmp_path / "small.nii.gz"
        file.write_bytes(encode_nifti_mask(Roi(mask, small)))
        (region,) = drawn_regions(file, GRID, None)
        expected = np.zeros(GRID.shape, bool)
        expected[1:3, 1:4, 1:5] = True
        np.testing.assert_array_equal(region.mask, expected)
        with pytest.raises(RoiError, match="no label 2"):
            drawn_regions(file, GRID, "2")


class TestTable:
    def test_columns_names_and_phases(self, tmp_path):
        file = tmp_path / "cases.csv"
        file.write_text(
            "Case,Image,Image2,Mask,Label,age\nA,a1.nii,a2.nii,m.nii,,50\nB,b1.nii,b2.nii,m.nii,3,\n"
        )
        table = read_cases(file, "2")
        assert table.header == ("Case", "Image", "Image2", "Mask", "Label", "age")
        assert table.cases == (
            ExtractionCase("A", ("a1.nii", "a2.nii"), "m.nii", "2", tmp_path),
            ExtractionCase("B", ("b1.nii", "b2.nii"), "m.nii", "3", tmp_path),
        )

    def test_without_an_id_the_number_is_the_name_and_repeated_ids_get_it_too(self, tmp_path):
        file = tmp_path / "cases.csv"
        file.write_text("Image,Mask\na,b\nc,d\n")
        assert [c.name for c in read_cases(file).cases] == ["case 1", "case 2"]
        file.write_text("id,Image,Mask\nA,a,b\nA,c,d\nB,e,f\n")
        assert [c.name for c in read_cases(file).cases] == ["A (case 1)", "A (case 2)", "B"]

    @pytest.mark.parametrize(
        ("text", "rule"),
        [("Image,mask\na,b\n", "TAB-62"), ("Image,Mask\n", "TAB-51"), ("Image,Mask\na\n", "TAB-51")],
    )
    def test_a_table_that_is_none_is_refused(self, tmp_path, text, rule):
        file = tmp_path / "cases.csv"
        file.write_text(text)
        with pytest.raises(TableError) as refused:
            read_cases(file)
        assert refused.value.rule == rule


class TestFormats:
    ROW = RegionRow(
        "1",
        1,
        {"f_a": 0.1 + 0.2, "f_b": float("nan")},
        {"d_Size": (3, 2, 1), "d_S": {"b": 1}},
        ("ROI-35: x",),
    )
    FAILED = RegionRow(
        error={
            "rule": "IMG-00",
            "file": "c.nii",
            "message": "not there",
            "found": None,
            "expected": None,
            "remedy": "Look.",
        }
    )

    @pytest.fixture
    def table(self):
        case = ExtractionCase("A", ("a.nii",), "m.nii")
        rows = (
            ExtractedRow(case, ("a.nii", "m.nii", "=1+1"), self.ROW),
            ExtractedRow(case, ("c.nii", "m.nii", "-5"), self.FAILED),
        )
        return ExtractedTable(("Image", "Mask", "note"), rows, ("d_Size", "d_S", "f_a", "f_b"))

    def test_csv(self, table):
        rows = list(csv.reader(io.StringIO(encode_features(table, "csv").decode())))
        assert rows[0] == ["Image", "Mask", "note", "reason", "warnings", "d_Size", "d_S", "f_a", "f_b"]
        assert rows[1] == [
            "a.nii", "m.nii", "'=1+1", "", "ROI-35: x", "(3, 2, 1)", '{"b": 1}', "0.30000000000000004", "nan",
        ]  # fmt: skip
        assert rows[2] == ["c.nii", "m.nii", "-5", "IMG-00: c.nii: not there. Look.", "", "", "", "", ""]

    def test_json_is_strict(self, table):
        text = encode_features(table, "json").decode()
        assert "NaN" not in text
        first, second = json.loads(text)
        assert first["f_a"] == 0.1 + 0.2
        assert first["f_b"] is None
        assert first["d_Size"] == [3, 2, 1]
        assert "reason" not in first
        assert "f_a" not in second

    def test_txt_is_as_pyradiomics_prints(self, table):
        lines = encode_features(table, "txt").decode().splitlines()
        assert lines[0] == "Case-1_Image: a.nii"
        assert "Case-1_d_Size: (3, 2, 1)" in lines
        assert lines[-1] == "Case-2_reason: IMG-00: c.nii: not there. Look."

    def test_where_it_goes_is_checked_first(self, tmp_path):
        assert checked_output(None, None, force=False) is None
        assert checked_output(tmp_path / "x.JSON", None, force=False) == "json"
        assert checked_output(tmp_path / "x.dat", "tsv", force=False) == "tsv"
        with pytest.raises(SettingsError, match="ending"):
            checked_output(tmp_path / "x.dat", None, force=False)
        (tmp_path / "x.csv").touch()
        with pytest.raises(StudyError, match="exists already"):
            checked_output(tmp_path / "x.csv", None, force=False)
        assert checked_output(tmp_path / "x.csv", None, force=True) == "csv"
        with pytest.raises(StudyError, match="folder"):
            checked_output(tmp_path, "csv", force=True)


class TestDiagnostics:
    def test_by_hand(self):
        image = np.zeros(GRID.shape, np.int16)
        image[0, 0, 0], image[1, 1, 1] = -6, 126
        mask = np.zeros(GRID.shape, bool)
        mask[1, 1, 1:4], mask[3, 4, 5] = True, True
        case = Case(image, mask, GRID)
        labels = np.where(mask, 1, 0).astype(np.uint32)
        facts = diagnose([case], [case], labels, Settings())

        assert facts["diagnostics_Image-original_Hash"] == hashlib.sha1(image.tobytes()).hexdigest()
        assert facts["diagnostics_Image-original_Size"] == (6, 5, 4)
        assert facts["diagnostics_Image-original_Spacing"] == (0.5, 1.0, 2.0)
        assert facts["diagnostics_Image-original_Mean"] == 1.0
        assert facts["diagnostics_Image-original_Minimum"] == -6.0
        assert facts["diagnostics_Mask-original_BoundingBox"] == (1, 1, 1, 5, 4, 3)
        assert facts["diagnostics_Mask-original_VoxelNum"] == 4
        assert facts["diagnostics_Mask-original_VolumeNum"] == 2
        assert facts["diagnostics_Mask-original_CenterOfMassIndex"] == (2.75, 1.75, 1.5)
        assert facts["diagnostics_Mask-original_CenterOfMass"] == (11.375, 21.75, 33.0)

    @pytest.mark.parametrize("n_phases", [1, 3])
    def test_names_are_known_beforehand(self, n_phases, rng):
        settings = Settings(
            resampled_spacing_mm=(1.0, 1.0, 1.0), resegment_range=(-1e9, 1e9), interpolator="linear"
        )
        mask = np.zeros(GRID.shape, bool)
        mask[1:3, 1:4, 1:5] = True
        cases = [Case(rng.normal(size=GRID.shape), mask, GRID) for _ in range(n_phases)]
        ready = [prepared(c.image, c.mask, c.grid, settings) for c in cases]
        facts = diagnose(cases, ready, mask.astype(np.uint32), settings)
        assert tuple(facts) == diagnostic_names(settings, n_phases)


class TestRequest:
    def test_defaults(self):
        assert extraction_request(None).settings == Settings()
        assert extraction_request(None).has_diagnostics
        assert not extraction_request(None, diagnostics=False).has_diagnostics

    def test_parameter_file(self, tmp_path):
        file = tmp_path / "p.yaml"
        file.write_text(
            "setting:\n  binWidth: 7\n  additionalInfo: false\nvoxelSetting:\n  kernelRadius: 2\n"
        )
        request = extraction_request(file)
        assert request.settings.bin_width == 7
        assert request.settings.image_types == ("original",)
        assert not request.has_diagnostics
        assert extraction_request(file, diagnostics=True).has_diagnostics
        assert "voxelSetting" in request.notes[0]

    def test_toml_and_study_folder(self, tmp_path):
        (tmp_path / "study.toml").write_text("[radiomics]\nbin_width = 11\n")
        assert extraction_request(tmp_path / "study.toml").settings.bin_width == 11
        assert extraction_request(tmp_path).settings.bin_width == 11

    def test_no_such_file(self, tmp_path):
        with pytest.raises(SettingsError, match="no such settings file"):
            extraction_request(tmp_path / "nowhere.yaml")


def test_a_fault_is_a_row_with_the_users_own_words(tmp_path):
    (tmp_path / "private").mkdir()
    case = ExtractionCase("A", ("x/a.nii",), "x/m.nii", None, tmp_path / "private")
    (row,) = extract_case(case, extraction_request(None))
    assert row.error["rule"] == "IMG-00"
    assert row.error["file"] == "x/a.nii"
    assert row.features == {}


def test_one_case_is_named_after_its_first_image():
    table = one_case(["in/a.nii", "in/b.nii"], "m.nii")
    assert table.header == ("Image", "Image2", "Mask")
    assert table.cases[0].name == "a.nii"


def test_a_worker_that_dies_is_told_and_writes_no_quarantine_outside_a_study(tmp_path):
    class Lost:
        def exception(self):
            return MemoryError()

    job = Job("0", [], is_of_study=False)
    outcome = OnDask(None)._outcome(tmp_path, Lost(), "extract", job)
    assert outcome.failed
    assert outcome.error["rule"] == "RUN-78"
    assert list(tmp_path.iterdir()) == []


def test_a_bar_of_something_short_is_never_seen():
    stream = io.StringIO()
    with Bars(Console(file=stream, force_terminal=False)) as bars:
        bars.add("extract", 2, after_s=60.0)
        move = bars.follow("extract")
        move(1, 2)
        move(2, 2)
        bars.follow("something else")(1, 1)
    assert stream.getvalue() == ""


class TestWordsOfACase:
    @pytest.mark.parametrize(
        ("files", "images", "mask"),
        [
            (["a.nrrd", "b.nrrd", "m.nrrd"], [], None),
            ([], ["a.nrrd", "b.nrrd"], "m.nrrd"),
            (["b.nrrd", "m.nrrd"], ["a.nrrd"], None),
            (["b.nrrd"], ["a.nrrd"], "m.nrrd"),
        ],
    )
    def test_in_order_or_by_name(self, files, images, mask):
        table = cases_of(files, images=images, mask=mask)
        assert not table.is_batch
        assert (table.cases[0].images, table.cases[0].mask) == (("a.nrrd", "b.nrrd"), "m.nrrd")

    @pytest.mark.parametrize(
        ("files", "images", "mask"),
        [([], [], None), (["a.nrrd"], [], None), ([], ["a.nrrd", "b.nrrd"], None), ([], [], "m.nrrd")],
    )
    def test_half_a_case_is_refused(self, files, images, mask):
        with pytest.raises(SettingsError, match="SET-05"):
            cases_of(files, images=images, mask=mask)
