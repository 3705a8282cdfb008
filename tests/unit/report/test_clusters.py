"""The section on clusters: what is claimed with and without structure, and the order in which patients are drawn."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tilscope.report.content import read_content
from tilscope.report.pictures.clusters import cluster_heatmap, consensus_picture
from tilscope.report.results import Results
from tilscope.report.sections.clusters import CLUSTERS, clustered
from tilscope.report.sections.section import Missing


@pytest.fixture(scope="module")
def content(study):
    return read_content(study.root)


def changed(content, **record):
    results = content.results["clusters"]
    return replace(
        content, results=content.results | {"clusters": Results(results.record | record, results.tables)}
    )


def test_a_given_number_without_structure_is_called_a_convention(content):
    view = CLUSTERS.view(content)
    assert (
        "3 clusters of 17 tumours by k-means, a number that the settings give: no more stable"
        in view["headline"]
    )
    assert view["light"] == "unsure"
    assert any("convention" in sentence for sentence in view["cautions"])
    assert any("19 of the patients also fitted the signature" in sentence for sentence in view["cautions"])


def test_no_clusters_is_an_answer(content):
    none = changed(content, k="auto", number=0, best=2, clusters=[], groups=None, trends=[], p_structure=0.95)
    view = CLUSTERS.view(none)
    assert view["headline"].startswith("No clusters: for none of 2 to 6 clusters are these 17 tumours")
    assert "(p = .950)" in view["headline"]
    assert view["clusters"] is None
    assert view["tests"] is None
    assert CLUSTERS.badge(none) == "none"
    assert cluster_heatmap(none).cluster is None
    assert consensus_picture(none).number == 2


def test_structure_is_claimed_only_where_it_was_found(content):
    found = changed(content, k="auto", is_structured=True, p_structure=0.016)
    view = CLUSTERS.view(found)
    assert "more stable than in 60 random cohorts without clusters (p = .016)" in view["headline"]
    assert not any("convention" in sentence for sentence in view["cautions"])


def test_patients_are_drawn_from_the_coldest_cluster_to_the_hottest(content):
    picture = cluster_heatmap(content)
    assert picture.cluster.is_monotonic_increasing
    means = picture.zscores.mean()
    for _, patients in means.groupby(picture.cluster):
        assert patients.is_monotonic_increasing
    assert sum(consensus_picture(content).sizes) == len(means)


def test_groups_of_each_cluster_are_on_the_page(content, page):
    rows = content.results["clusters"].record["groups"]["table"]
    text = re.sub(r"\s+", " ", page[page.index('id="clusters"') :])
    for row in rows:
        assert f'>{row["n_high"]}</td> <td class="number">{row["n_low"]}</td>' in text
    assert "Cochran-Armitage" in text
    assert "Monti et al. 2003" in clustered(content)


def test_scores_without_clusters_say_how_to_make_them(content):
    results = {name: found for name, found in content.results.items() if name != "clusters"}
    assert isinstance(CLUSTERS.view(replace(content, results=results)), Missing)
    assert CLUSTERS.view(replace(content, results=results, gene_set_scores=None)) is None
