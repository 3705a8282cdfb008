"""`tilscope check` looks at the expression matrix before a run."""

import gzip

import pandas as pd
import pytest

from tilscope.pipeline import check_study
from tilscope.study import Study, create_study

KEYS = ["sub-aaaa2222", "sub-bbbb3333", "sub-cccc4444"]


@pytest.fixture
def finding(tmp_path):
    def look(frame):
        create_study(tmp_path / "study")
        study = Study(tmp_path / "study")
        study.participants_file.write_text("participant_id\tstils\n" + "".join(f"{k}\t10\n" for k in KEYS))
        study.expression_file.write_bytes(gzip.compress(frame.to_csv(sep="\t").encode()))
        (found,) = (f for f in check_study(study).findings if "expression matrix" in f.text)
        return found

    return look


@pytest.fixture
def matrix():
    return pd.DataFrame([[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]], index=["CD8A", "ESR1"], columns=KEYS)


def test_what_is_recognised_is_told(finding, matrix):
    found = finding(matrix)
    assert "log2 values: values from 1.5 to 6.5" in found.text
    assert "2 of 2 names look like HGNC symbols" in found.text
    assert "3 samples of patients" in found.text


def test_a_near_miss_is_told_by_its_number_and_key(finding, matrix):
    found = finding(matrix.rename(columns={KEYS[1]: "SUB.BBBB3333"}))
    assert found.light == "warning"
    assert f"column 2 may be {KEYS[1]}" in found.text
    assert "SUB.BBBB3333" not in found.text


def test_a_matrix_that_the_step_would_refuse(finding, matrix):
    found = finding(matrix.round().astype(int))
    assert (found.light, found.rule) == ("warning", "TAB-56")
    assert "[expression] scale" in found.text
