"""Exports: what other programs read back is what the study holds, with its types; nothing private goes along."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import zipfile
from pathlib import Path

import h5py
import numpy as np
import openpyxl
import pandas as pd
import pytest
from pyarrow import parquet

from tilscope.pipeline.exporting import FORMATS, export_request, export_study
from tilscope.pipeline.exporting import excel_files as excel
from tilscope.pipeline.exporting.dictionary import Meaning
from tilscope.pipeline.exporting.export_table import ExportTable
from tilscope.pipeline.exporting.features import parts_of
from tilscope.pipeline.exporting.gathering import Gathered
from tilscope.pipeline.exporting.typed_tables import typed
from tilscope.reading import open_expression
from tilscope.study import Study
from tilscope.vocabulary import SettingsError, StudyError


def _made_up():
    file = Path(__file__).with_name("export_study.py")
    spec = importlib.util.spec_from_file_location("export_study", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE = _made_up()
STRANGE, OTHER, BOTH, _, TISSUE = MADE.KEYS


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return MADE.make(tmp_path_factory.mktemp("made") / "study")


@pytest.fixture(scope="module")
def done(study, tmp_path_factory):
    """All formats of the study."""
    place = tmp_path_factory.mktemp("out") / "export"
    return export_study(study, export_request(study, place))


@pytest.fixture(scope="module")
def folder(done):
    return done.files[0].parent


@pytest.fixture(scope="module")
def book(folder):
    return openpyxl.load_workbook(folder / "tables.xlsx")


def rows_of(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def csv_rows(file):
    return list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8"), newline="")))


def test_everybody_stands_once_with_what_is_known(folder):
    people = pd.read_parquet(folder / "parquet" / "participants.parquet").set_index("participant_id")
    assert list(people.index) == sorted(MADE.KEYS)
    assert people["state"].fillna("").tolist() == ["done"] * 4 + [""]
    assert people.loc[STRANGE, ["role", "rad_tils_score"]].tolist() == ["training", MADE.THIRD]
    assert people.loc[BOTH, "tme_cluster"] == 1
    assert people["code"].tolist() == ["007", "1-Mar", "007", "007", "1-Mar"]
    assert people.loc[OTHER, ["stils", "age", "er/pr"]].isna().tolist() == [True, True, False]
    assert "remark" not in people


def test_free_text_and_linkage_go_nowhere(study, done):
    assert done.notes == ("PHI-88: 1 clinical column(s) of free text left out: remark",)
    for file in done.files:
        data = file.read_bytes()
        if file.suffix == ".xlsx":
            with zipfile.ZipFile(file) as archive:
                data = b"".join(archive.read(name) for name in archive.namelist())
        assert MADE.PRIVATE.encode() not in data
        assert str(study.root).encode() not in data


def test_results_of_a_step_that_was_left_out_are_not_read(done, folder):
    assert not (folder / "csv" / "pathway_gsea.csv").exists()
    assert "not there: pathway_gsea, pathway_overlap (step enrichment: no gene sets)" in done.missing


def test_csv_by_the_book(folder):
    text = (folder / "csv" / "participants.csv").read_bytes().decode("utf-8")
    assert text.count("\r\n") == text.count("\n") == len(MADE.KEYS) + 1
    for file in (folder / "csv").glob("*.csv"):
        for row in csv_rows(file):
            assert not [cell for cell in row if cell[:1] in "=+@\t\r" and cell[:1]], file.name
    people = csv_rows(folder / "csv" / "participants.csv")
    assert people[1][0] == f"'{STRANGE}"
    assert [row[people[0].index("er/pr")] for row in people[1:]] == ["'+", "'-", "", "'+", "'+"]


def test_csv_numbers_keep_every_digit(folder):
    rows = {row[0]: row[1:] for row in csv_rows(folder / "csv" / "features.csv")}
    assert rows["participant_id"] == list(MADE.FEATURES)
    assert [float(cell) for cell in rows["sub-b"]] == [1.0, MADE.THIRD, 1e-300]
    assert rows[f"'{STRANGE}"] == ["2.0", "", "1.2345678901234568e+16"]


def test_parquet_has_types_and_meanings(folder):
    schema = parquet.read_schema(folder / "parquet" / "participants.parquet")
    kinds = {name: str(schema.field(name).type) for name in ("code", "age", "stils", "tme_cluster")}
    assert kinds == {"code": "string", "age": "int64", "stils": "double", "tme_cluster": "int64"}
    assert schema.field("age").metadata[b"unit"] == b"years"
    assert schema.field("code").metadata[b"description"] == b"Code of the kit"
    genes = pd.read_parquet(folder / "parquet" / "expression.parquet")
    assert list(genes["gene"]) == list(MADE.GENES)


def test_excel_keeps_genes_and_codes_as_text(book):
    genes = book["genes"]
    named = {row[0].value: row[0] for row in genes.iter_rows(min_row=2)}
    assert list(named) == list(MADE.GENES[1:])
    assert {(cell.data_type, cell.number_format) for cell in named.values()} == {("s", "@")}
    people = rows_of(book["participants"])
    assert [row[people[0].index("code")] for row in people[1:]] == ["007", "1-Mar", "007", "007", "1-Mar"]
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "b"}  # no formula, no error, no date


def test_excel_numbers_are_exact_and_missing_ones_empty(book):
    rows = {row[0]: row[1:] for row in rows_of(book["features"])}
    assert rows["sub-b"] == [1, MADE.THIRD, 1e-300]
    assert rows[STRANGE] == [2, None, 12345678901234567.0]
    assert rows["sub-1E5"] == [3, 0.1, -2.5]
    known = rows_of(book["feature_information"])
    assert [row[known[0].index("in_signature")] for row in known[1:]] == [False, True, False]


def test_excel_sheets_explain_themselves(book):
    assert book.sheetnames[0] == "about"
    about = rows_of(book["about"])
    assert about[1][:2] == ["study", "Café"]
    told = {row[0]: row[2:4] for row in about[1:] if row[2] is not None}
    assert told.pop("participants") == [5, len(rows_of(book["participants"])[0])]
    assert set(told) == set(book.sheetnames) - {"about", "participants", "columns"}
    columns = {(row[0], row[1]): row[2:] for row in rows_of(book["columns"])}
    assert columns["participants", "age"] == ["Age at diagnosis", "years", "integer"]
    assert columns["features", "(every other)"][2] == "number"
    for sheet in book:
        assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", sheet.dimensions)


def test_excel_too_wide_is_turned_and_too_large_is_told():
    wide = pd.DataFrame(np.ones((2, 17_000)), columns=[f"f{k}" for k in range(17_000)])
    wide.insert(0, "participant_id", ["sub-a", "sub-b"])
    large = pd.DataFrame({"gene": np.zeros(1_048_576)})
    long = pd.DataFrame({"gene_set": ["y"], "hits": ["G" * 40_000], "n": [2**60]})
    tables = (
        ExportTable("wide", "Wide", wide, cells=Meaning("Feature")),
        ExportTable("large", "Large", large),
        ExportTable("long", "Long", long),
    )
    data = excel.encode_workbook(Gathered(tables, {"study": "s", "profile": "p"}, (), ()))
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    assert book.sheetnames == ["about", "wide", "long", "columns"]
    assert next(book["wide"].iter_rows(max_row=1, values_only=True)) == ("name", "sub-a", "sub-b")
    remarks = {row[0]: row[4] for row in book["about"].iter_rows(values_only=True)}
    assert remarks["wide"] == "turned: one column per participant_id"
    assert "not in this workbook" in remarks["large"]
    assert "1 text(s) cut to 32,767" in remarks["long"]
    assert list(book["long"].iter_rows(min_row=2, values_only=True)) == [("y", "G" * 32_767, str(2**60))]


def test_annotated_files_hold_both_modalities(folder):
    with h5py.File(folder / "study.h5mu") as store:
        names = [name.decode() for name in store["obs/_index"][()]]
        assert names == [STRANGE, OTHER, BOTH, TISSUE]
        # =cmd, sub-1E5, sub-b have features; =cmd, sub-1E5, sub-b, sub-d have expression
        assert store["obsmap/radiomics"][()].tolist() == [1, 2, 3, 0]
        assert store["obsmap/rna"][()].tolist() == [1, 2, 3, 4]
        rna = store["mod/rna"]
        genes = [name.decode() for name in rna["var/_index"][()]]
        assert genes == list(MADE.GENES)
        # counts of =cmd stand in the last column of the matrix
        assert rna["layers/counts"][0].tolist() == [3, 7, 11, 15, 19, 23]
        np.testing.assert_array_equal(rna["X"][0], np.log2(np.array([4, 8, 12, 16, 20, 24.0])))
        assert list(rna["obsm/gene_set_scores"].attrs["column-order"]) == ["T_NK cells", "2"]
        assert rna["var/direction/codes"][()].tolist() == [-1, 0, 0, 0, 0, 0]
        var = store["mod/radiomics/var"]
        assert var["in_signature"][()].tolist() == [False, True, False]
        assert var["coefficient"][1] == -0.5
        assert var["smallest_icc"][1] == 0.9
        assert math.isnan(var["smallest_icc"][0])
        assert store["uns/signature/name"][()].decode() == "rad-tils"
        assert len(store["uns/signature/sha256"][()]) == 64


def test_rna_comes_back_by_the_door_of_expression(folder):
    back = open_expression(folder / "rna.h5ad", "counts")
    assert back.samples == (STRANGE, OTHER, BOTH, TISSUE)
    assert dict(zip(back.genes, back.values[:, 0], strict=True))["SEPT2"] == 15


def test_equal_studies_give_equal_bytes(study, folder, tmp_path):
    export_study(study, export_request(study, tmp_path / "again"))
    files = sorted(file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    assert len(files) > 20
    for file in files:
        assert (tmp_path / "again" / file).read_bytes() == (folder / file).read_bytes(), file


def test_dictionary_tells_every_column(folder):
    told = {table["name"]: table for table in json.loads((folder / "tables.json").read_text())["tables"]}
    assert set(told) == {file.stem for file in (folder / "parquet").iterdir()}
    columns = {column["name"]: column for column in told["participants"]["columns"]}
    assert columns["stils"]["unit"] == "percent of the stromal area"
    assert [columns[name]["type"] for name in ("code", "age", "stils")] == ["string", "integer", "number"]
    assert told["features"]["other_columns"]["n"] == 3
    for table in told.values():
        frame = pd.read_parquet(folder / "parquet" / f"{table['name']}.parquet")
        assert (table["n_rows"], table["n_columns"]) == frame.shape
        beside = json.loads((folder / "csv" / f"{table['name']}.json").read_text())
        assert set(beside) == set(frame.columns)
        assert all(column["Description"] for column in beside.values())


def test_places_that_are_refused(study, tmp_path):
    with pytest.raises(StudyError, match=r"RUN-75.*sourcedata"):
        export_request(study, study.source_folder / "x")
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="RUN-75"):
        export_request(study, tmp_path / "file")
    for place, names in (("a.csv", ()), ("a.h5ad", ()), ("a.xlsx", ("csv",)), ("a", ("pickle",))):
        with pytest.raises(SettingsError, match="SET-05"):
            export_request(study, tmp_path / place, names)
    link = tmp_path / "link"
    link.symlink_to(study.source_folder)
    with pytest.raises(StudyError, match="RUN-75"):
        export_request(study, link / "x.xlsx")


def test_one_file_by_its_ending_and_never_over_another(study, tmp_path):
    place = tmp_path / "mine.XLSX"
    done = export_study(study, export_request(study, place))
    assert done.files == (place,)
    assert openpyxl.load_workbook(place, read_only=True).sheetnames[0] == "about"
    with pytest.raises(StudyError, match=r"RUN-75.*--force"):
        export_study(study, export_request(study, place))


def test_study_without_results(tmp_path):
    empty = Study(tmp_path / "empty")
    empty.root.mkdir()
    with pytest.raises(StudyError, match="RUN-76"):
        export_study(empty, export_request(empty, tmp_path / "out"))
    empty.participants_file.write_text("participant_id\tstils\nsub-a\t5\n")
    done = export_study(empty, export_request(empty, tmp_path / "out"))
    assert [line for line in done.missing if "h5mu" in line] == [
        "not written: h5mu (the study has no features or expression)"
    ]
    with pytest.raises(StudyError, match=r"RUN-76.*features or expression"):
        export_study(empty, export_request(empty, tmp_path / "a.h5mu"))


def test_without_h5py_the_other_formats_are_written(study, tmp_path, monkeypatch):
    monkeypatch.setattr("tilscope.pipeline.exporting.writing.find_spec", lambda _: None)
    request = export_request(study, tmp_path)
    assert {form.name for form in request.formats} == {"parquet", "csv", "xlsx"}
    assert "h5ad, h5mu" in request.left_out[0]
    assert len(export_request(study, tmp_path, ("h5mu",)).formats) == 1  # named: SET-27 when it is written


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "n/a", "-2"], "Int64"),
        (["1", "2.5", "1e-9", "inf"], "float64"),
        (["007", "1"], "str"),
        (["1-Mar", "2"], "str"),
        (["nan", "1"], "str"),
        (["'=1", "n/a"], "str"),
        (["n/a", ""], "str"),
        (["12345678901234567890", "1"], "float64"),
    ],
)
def test_types_of_columns(cells, kind):
    column = typed(pd.Series(cells))
    assert str(column.dtype) == kind
    assert column.isna().tolist() == [cell in ("n/a", "") for cell in cells]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("phase1_wavelet-LLL_firstorder_Skewness", ("phase1", None, "wavelet-LLL", "firstorder", "Skewness")),
        ("mean_original_glcm_Idmn", (None, "mean", "original", "glcm", "Idmn")),
        ("original_glcm_Idmn", (None, None, "original", "glcm", "Idmn")),
        ("shape_MeshVolume", (None, None, None, "shape", "MeshVolume")),
        ("volume", (None, None, None, None, "volume")),
    ],
)
def test_parts_of_a_name(name, parts):
    assert tuple(parts_of(name).values()) == parts


def test_formats_have_names_of_their_own():
    assert len({form.name for form in FORMATS}) == len(FORMATS)
