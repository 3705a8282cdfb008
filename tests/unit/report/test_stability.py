"""How the report tells the selection frequencies."""

from __future__ import annotations

import dataclasses

import pytest

from tilscope.report import read_content
from tilscope.report.content import Content
from tilscope.report.sections.signature import view
from tilscope.study import Study


@pytest.fixture(scope="module")
def content(study: Study) -> Content:
    return read_content(study.root)


def test_each_feature_of_the_signature_has_its_frequency(content: Content) -> None:
    shown = view(content)
    assert isinstance(shown, dict)
    assert shown["table"].columns[-1] == "Stability"
    assert shown["table"].rows[0][-1].text == "97 %"
    assert [row[3].text for row in shown["stable"].rows][-1] == "no"


def test_without_resamples_nothing_is_said(content: Content) -> None:
    assert content.stability_record is not None
    for changes in (
        {"stability": None, "stability_record": None},
        {"stability_record": content.stability_record | {"reason": "too few"}},
    ):
        shown = view(dataclasses.replace(content, **changes))
        assert isinstance(shown, dict)
        assert shown["table"].columns[-1] == "Range in training"
        assert shown["stability"] is shown["stable"] is None


def test_the_page_gives_the_bound(page: str) -> None:
    assert (
        "1 feature of 6,710 reaches 90 %; of features that say nothing, at most 1.0 would on average." in page
    )
