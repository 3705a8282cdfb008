"""The clinical table: ids as text, sTIL usable or missing, everything doubtful refused or told."""

import numpy as np
import pytest

from tilscope.reading import read_participants, stil_reading_columns
from tilscope.vocabulary import TableError


@pytest.fixture
def table(tmp_path):
    """Write a table from text (or bytes) and read it."""

    def read(text, name="clinical.csv", encoding="utf-8"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read_participants(file)

    return read


@pytest.fixture
def rule_of(table):
    def read(text, *needles, **options):
        with pytest.raises(TableError) as caught:
            table(text, **options)
        for needle in needles:
            assert needle in str(caught.value)
        assert caught.value.file.endswith("clinical.csv")
        return caught.value.rule

    return read


def test_ids_stay_text(table):
    found = table("participant_id,stils,age\n001,20,44\nNA,35.5,51\n1E5,0,60\nnull,100,39\n")
    assert list(found.frame.index) == ["001", "NA", "1E5", "null"]
    assert found.frame.index.name == "participant_id"
    assert found.frame["stils"].tolist() == [20.0, 35.5, 0.0, 100.0]
    assert found.frame["age"].tolist() == [44.0, 51.0, 60.0, 39.0]
    assert found.warnings == ()


@pytest.mark.parametrize(
    "name", ["participant_id", "PatientID", "patient_id", "Patient ID", "pid", "Case.ID"]
)
@pytest.mark.parametrize("til", ["stils", "sTIL", "TIL_percent", "sTILs (%)", "TILs %"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_names_and_delimiters(table, name, til, mark):
    found = table(f"age{mark}{til}{mark}{name}\n44{mark}12.5{mark}P1\n51{mark}80{mark}P2\n")
    assert found.frame["stils"].tolist() == [12.5, 80.0]
    assert list(found.frame.index) == ["P1", "P2"]


def test_participant_id_wins_over_other_id_columns(table):
    found = table("sample,participant_id,stils\nS1,P1,10\nS2,P2,20\n")
    assert list(found.frame.index) == ["P1", "P2"]
    assert found.frame["sample"].tolist() == ["S1", "S2"]


@pytest.mark.parametrize(
    "cell", ["", "NA", "n/a", ">=20", "<1", "10-20", "101", "-1", "many", "1e9", "nan", "inf", "0x10", "1_0"]
)
def test_unusable_stil_is_missing_and_the_participant_is_named(table, cell):
    found = table(f"pid,stils\nP1,{cell}\nP2,35\n")
    assert np.isnan(found.frame.loc["P1", "stils"])
    assert found.frame.loc["P2", "stils"] == 35
    (warning,) = found.warnings
    assert warning.startswith("TAB-59 P1:")


def test_percent_signs_are_understood(table):
    assert table("pid,stils\nP1,20%\nP2,5 %\n").frame["stils"].tolist() == [20.0, 5.0]


def test_fractions_are_asked_about(table):
    found = table("pid,stils\nP1,0.2\nP2,0.65\n")
    assert "fractions" in found.warnings[0]


def test_no_stil_column_is_told(table):
    found = table("pid,age\nP1,50\n")
    assert found.frame["stils"].isna().all()
    assert found.warnings[0].startswith("TAB-59")


@pytest.mark.parametrize(
    "second", ["P1", "P1 ", " P1", "p1", '"P1  "'], ids=["same", "trailing", "leading", "case", "quoted"]
)
def test_duplicate_ids_are_refused_by_name(rule_of, second):
    assert rule_of(f"pid,stils\nP1,10\n{second},20\n", "'P1'") == "TAB-50"


def test_ids_that_only_look_alike_are_kept(table):
    assert list(table("pid,stils\n001,1\n01,2\n1,3\n1.0,4\n").frame.index) == ["001", "01", "1", "1.0"]


def test_outer_blanks_are_removed_and_told(table):
    found = table("pid,stils\nP1 ,10\nP2,20\n")
    assert list(found.frame.index) == ["P1", "P2"]
    assert found.warnings[0].startswith("TAB-50")


def test_empty_id(rule_of):
    assert rule_of("pid,stils\nP1,10\n,20\n", "row 2") == "TAB-50"


@pytest.mark.parametrize(
    "text",
    [
        "pid,stils,age\nP1,10,50\nP2,20\n",
        "pid,stils,age\nP1,10,50\nP2,20,51,9\n",
        "pid,stils,age\nP1,10,50\nP2,20,5",
        "pid,stils,age\nP1,12,5,50\n",
        'pid,stils,age\nP1,"10,50\nP2,20,51\n',
        "pid,stils,stils\nP1,10,50\n",
        "pid\nP1\n",
        "pid,stils\n",
        "",
        "\n\n",
    ],
    ids=[
        "short",
        "long",
        "cut",
        "decimal comma",
        "quote",
        "column twice",
        "one column",
        "no rows",
        "empty",
        "blank",
    ],
)
def test_ragged_cut_or_empty_tables(rule_of, text):
    assert rule_of(text) == "TAB-51"


def test_ragged_row_is_named_by_its_line(rule_of):
    assert rule_of("pid,stils\nP1,10\n\nP2\n", "line 4", "1 cells", "2 (comma") == "TAB-51"


def test_no_id_column(rule_of):
    assert rule_of("name,stils\nA,10\n", "participant_id") == "TAB-49"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_announce_themselves(table, encoding):
    found = table("pid,stils,site\nP1,10,Zürich\n", encoding=encoding)
    assert found.frame.loc["P1", "site"] == "Zürich"
    assert found.frame.loc["P1", "stils"] == 10


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le"])
def test_encodings_that_do_not_are_refused(rule_of, encoding):
    assert rule_of("pid,stils,site\nP1,10,Zürich\n", "UTF-8", encoding=encoding) == "TAB-52"


def test_decimal_comma_in_a_semicolon_table(table):
    found = table("pid;stils;age\nP1;12,5;44,25\nP2;80;51\n")
    assert found.frame["stils"].tolist() == [12.5, 80.0]
    assert found.frame["age"].tolist() == [44.25, 51.0]


def test_mixed_decimal_marks(rule_of):
    assert rule_of("pid;stils\nP1;12,5\nP2;12.5\n", "'12,5'", "'12.5'") == "TAB-52"


def test_quoted_cells_may_hold_the_delimiter_and_windows_line_ends(table):
    found = table('pid,stils,note\r\nP1,10,"left, upper"\r\nP2,20,"say ""hi"""\r\n')
    assert found.frame["note"].tolist() == ["left, upper", 'say "hi"']


def test_other_columns_stay_as_they_are(table):
    found = table("pid,stils,code,ki67,stage\nP1,10,01,30,T1\nP2,20,02,NA,\n").frame
    assert found["code"].tolist() == ["01", "02"]
    assert found["ki67"].iloc[0] == 30
    assert np.isnan(found["ki67"].iloc[1])
    assert found["stage"].iloc[0] == "T1"
    assert found["stage"].isna().iloc[1]


def test_missing_file(tmp_path):
    with pytest.raises(TableError) as caught:
        read_participants(tmp_path / "absent.csv")
    assert caught.value.rule == "TAB-00"


@pytest.mark.parametrize(
    ("header", "readers"),
    [
        ("id,stils,stils_1,stils_2", {"1": "stils_1", "2": "stils_2"}),
        ("id,stils,sTIL.Reader.A,sTIL_reader_B", {"A": "sTIL.Reader.A", "B": "sTIL_reader_B"}),
        ("id,stils,til_percent_pathologist_X,TIL%_rater_7", {"X": "til_percent_pathologist_X", "7": "TIL%_rater_7"}),
        ("id,stils,stils_a,age", {}),  # one reading alone
        ("id,stils,tils,til_class,stilsab", {}),
    ],
)  # fmt: skip
def test_columns_of_single_pathologists_are_known_by_name(header, readers):
    assert stil_reading_columns(header.split(",")) == readers


def test_readings_of_single_pathologists_are_percentages(tmp_path):
    file = tmp_path / "clinical.csv"
    file.write_text("id,stils,stils_1,stils_2\nx1,20,15%,25\nx2,10,,120\nx3,5,5,5\n")
    table = read_participants(file)
    np.testing.assert_array_equal(table.frame["stils_1"], [15.0, np.nan, 5.0])
    np.testing.assert_array_equal(table.frame["stils_2"], [25.0, np.nan, 5.0])
    assert [w for w in table.warnings if "stils_" in w] == [
        "TAB-59 x2: stils_2 '120' is outside 0 to 100 percent; not used"
    ]
