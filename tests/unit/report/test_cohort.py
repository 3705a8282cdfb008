"""Which columns of the clinical table the report may print."""

from __future__ import annotations

import pandas as pd
import pytest

from tilscope.report.sections.cohort import shareable


@pytest.mark.parametrize(
    ("cells", "is_hidden"),
    [
        (["a", "b", "c", "d"] * 2, False),
        (["a", "b", "c", "d", "e", "a", "b", "c"], True),
        (["Anna", "Berta", *[None] * 6], True),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], False),
    ],
)
def test_text_with_more_values_than_half_of_the_patients_is_hidden(
    cells: list[object], is_hidden: bool
) -> None:
    frame, hidden = shareable(pd.DataFrame({"remark": cells}))
    assert hidden == (("remark",) if is_hidden else ())
    assert list(frame) == ([] if is_hidden else ["remark"])


def test_more_than_twelve_values_are_free_text() -> None:
    cells = [f"level {k % 13}" for k in range(100)]
    assert shareable(pd.DataFrame({"remark": cells}))[1] == ("remark",)
    assert shareable(pd.DataFrame({"remark": cells[:12] * 8}))[1] == ()
