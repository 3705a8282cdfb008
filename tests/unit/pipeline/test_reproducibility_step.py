"""Pathologists' agreement, from the clinical table to the record of the report."""

from __future__ import annotations

import pytest

from tilscope.pipeline.reproducibility_step import stil_agreement
from tilscope.study import Study

# Shrout & Fleiss, Psychol Bull 1979;86:420, table 2: six targets, four judges
RATINGS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


@pytest.fixture
def study(tmp_path):
    def write(rows, columns=("stils_1", "stils_2", "stils_3", "stils_4")):
        lines = ["\t".join(("participant_id", "stils", *columns))]
        lines += ["\t".join([f"sub-{i}", "10", *map(str, row)]) for i, row in enumerate(rows)]
        (tmp_path / "participants.tsv").write_text("\n".join(lines) + "\n")
        return Study(tmp_path)

    return write


def test_the_published_example_of_four_judges(study):
    found = stil_agreement(study([*RATINGS, [5, "n/a", 5, 5]]))
    assert found["readers"] == ["1", "2", "3", "4"]
    assert found["n_patients"] == 6  # the one without a reading takes no part
    values = {form["form"]: form["icc"] for form in found["forms"]}
    assert values == pytest.approx(
        {
            "ICC(1,1)": 0.17,
            "ICC(2,1)": 0.29,
            "ICC(3,1)": 0.71,
            "ICC(1,k)": 0.44,
            "ICC(2,k)": 0.62,
            "ICC(3,k)": 0.91,
        },
        abs=0.005,
    )
    assert len(found["agreement"]) == 6  # pairs of four
    first = found["agreement"][0]
    assert (first["design"], first["n"], first["unit"]) == ("between pathologists 1 and 2", 6, "%")
    # 2 - 9, 1 - 6, 4 - 8, 1 - 7, 5 - 10, 2 - 6: mean -31 / 6
    assert first["bias"]["value"] == pytest.approx(-31 / 6)
    assert "sub-" not in str(found)


def test_one_pathologist_or_two_patients_are_no_agreement(study):
    assert stil_agreement(study([[9], [6], [8]], ("stils_1",))) == {"agreement": []}
    assert stil_agreement(study([[9, 2], [6, 1]], ("stils_1", "stils_2"))) == {"agreement": []}
