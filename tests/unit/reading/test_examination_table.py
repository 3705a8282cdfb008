"""The table of examinations is read strictly, and refusals quote no id."""

import pytest

from tilscope.reading import read_examinations
from tilscope.vocabulary import TableError


def written(tmp_path, text):
    file = tmp_path / "examinations.csv"
    file.write_text(text)
    return file


def test_one_examination_per_patient(tmp_path):
    found = read_examinations(written(tmp_path, "study_uid;patient_id\n1.2.840.1; 001\n2.25.7;H-2\n"))
    assert {patient: (c.study_uid, c.row) for patient, c in found.items()} == {
        "001": ("1.2.840.1", 1),
        "H-2": ("2.25.7", 2),
    }


REFUSED = {
    "another column": ("TAB-49", "patient_id,study_uid,age\nZQ-1,1.2.3,50\n"),
    "no column of examinations": ("TAB-49", "patient_id,uid\nZQ-1,1.2.3\n"),
    "a patient twice": ("TAB-50", "patient_id,study_uid\nZQ-1,1.2.3\nZQ-1,1.2.4\n"),
    "no patient": ("TAB-50", "patient_id,study_uid\n,1.2.3\n"),
    "no uid": ("TAB-51", "patient_id,study_uid\nZQ-1,\n"),
    "a date": ("TAB-51", "patient_id,study_uid\nZQ-1,2020-01-02\n"),
    "too long": ("TAB-51", f"patient_id,study_uid\nZQ-1,1.{'2' * 63}\n"),
    "ragged": ("TAB-51", "patient_id,study_uid\nZQ-1\n"),
    "cut": ("TAB-51", "patient_id,study_uid\nZQ-1,1.2.3"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_anything_else_is_refused(tmp_path, how):
    rule, text = REFUSED[how]
    with pytest.raises(TableError) as caught:
        read_examinations(written(tmp_path, text))
    assert caught.value.rule == rule
    assert "ZQ-1" not in str(caught.value)
