"""Links between pages are led to the page that has the anchor."""

from __future__ import annotations

from tilscope.report.linking import linked


def test_own_anchors_stay_others_get_their_page_and_absent_ones_become_words() -> None:
    pages = {
        "a.html": '<p id="x"><a href="#x">own</a> <a href="#y">other</a> <a href="#z">none</a></p>',
        "b.html": '<p id="y"></p><p id="x"></p><a href="#x">own</a>',
    }
    assert linked(pages) == {
        "a.html": '<p id="x"><a href="#x">own</a> <a href="b.html#y">other</a> <a >none</a></p>',
        "b.html": '<p id="y"></p><p id="x"></p><a href="#x">own</a>',
    }


def test_no_link_of_a_whole_report_leads_nowhere(page: str) -> None:
    assert 'href="cohort.html#' in page
    assert "<a >" not in page
