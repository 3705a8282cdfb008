"""The section on clusters: what is claimed with and without structure, and the order in which patients are drawn."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tilscope.report.content import read_content
from tilscope.report.pictures.clusters import cluster_bars, cluster_heatmap, consensus_picture
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
    assert CLUSTERS.badge(none) == "no clusters"
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
    assert "by k-means [@monti] and told by" in clustered(content)


def test_scores_without_clusters_say_how_to_make_them(content):
    results = {name: found for name, found in content.results.items() if name != "clusters"}
    assert isinstance(CLUSTERS.view(replace(content, results=results)), Missing)
    assert CLUSTERS.view(replace(content, results=results, gene_set_scores=None)) is None


def test_the_bars_have_every_clustered_patient_of_a_group_once(content):
    bars = cluster_bars(content)
    rad, stil = bars.panels
    expected = content.results["clusters"].record["groups"]["table"]
    assert rad.counts.columns.tolist() == ["low", "high"]
    for row, (_, counts) in zip(expected, rad.counts.iterrows(), strict=True):
        assert (counts["high"], counts["low"]) == (row["n_high"], row["n_low"])
    assert rad.told[:2] == ("Fisher exact", "p = .004")
    assert int(stil.counts.to_numpy().sum()) == 17
    assert stil.told[1] == "Jonckheere-Terpstra p = .002"
    none = changed(content, k="auto", number=0, best=2, clusters=[], groups=None, trends=[])
    assert cluster_bars(none) is None
    assert len(cluster_bars(changed(content, groups=None)).panels) == 1


def test_without_clusters_patients_who_are_often_together_are_neighbours(content):
    none = changed(content, k="auto", number=0, best=2, clusters=[], groups=None, trends=[])
    matrix = consensus_picture(none).matrix
    assert sorted(matrix.sum(axis=0)) == pytest.approx(sorted(consensus_picture(content).matrix.sum(axis=0)))
    together = (matrix > 0.5).astype(int)
    assert abs(together[:, 1:] - together[:, :-1]).sum(axis=1).max() <= 2  # each patient's own are one block
