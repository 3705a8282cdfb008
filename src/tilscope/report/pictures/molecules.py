"""Records of the figures of molecules."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from tilscope.figures import GroupedBoxes, MoleculeBoxes, MoleculeForest, MoleculeHeatmap
from tilscope.report.content import Content
from tilscope.report.results import Results

TESTS = {
    "auto": "Welch's t-test where Shapiro-Wilk has p ≥ .05 in both groups, else Wilcoxon's rank-sum test",
    "auto-student": "Student's t-test where Shapiro-Wilk has p ≥ .05 in both groups, else Wilcoxon's rank-sum test",
    "t": "Student's t-test",
    "welch": "Welch's t-test",
    "wilcoxon": "Wilcoxon's rank-sum test",
}
# The molecules of the cell surface; all other lists are cytokines.
SURFACE = ("costimulators", "coinhibitors", "mhc_class_1", "mhc_class_2")


def molecule_forest(content: Content) -> MoleculeForest | None:
    """Return every tested molecule by family."""
    results = content.results.get("molecules")
    if results is None or "molecules" not in results.tables:
        return None
    record, table = results.record, results.tables["molecules"]
    titles = {listed["name"]: listed["title"] for listed in record["lists"]}
    frame = table[["gene", "p_adjusted"]].assign(
        family=table["list"].map(titles),
        r=table["rank_biserial"],
        ci_low=table["rank_biserial_ci_low"],
        ci_high=table["rank_biserial_ci_high"],
    )
    if frame["r"].isna().all():
        return None
    return MoleculeForest(
        frame,
        record["positive"],
        record["negative"],
        record["n_positive"],
        record["n_negative"],
        record["max_p_adjusted"],
        record["group_name"],
        record["families"] == "all",
    )


def molecule_heatmap(content: Content) -> MoleculeHeatmap | None:
    """Return the z-scores of every molecule that varies; patients by group, then by score."""
    found = _values(content)
    if found is None:
        return None
    results, values, groups = found
    families = list(_families(results, values))
    if not families:
        return None
    record = results.record
    scores = pd.Series(float("nan"), index=groups.index)
    if content.scores is not None:
        scores = content.scores["rad_tils_score"].reindex(groups.index)
    order = pd.DataFrame({"positive": groups == record["positive"], "score": scores}).sort_values(
        ["positive", "score"], kind="stable"
    )
    zscores = values[order.index]
    return MoleculeHeatmap(
        tuple((title, zscores.loc[rows["gene"]]) for _, title, rows in families),
        tuple(rows.set_index("gene")["p_adjusted"] for _, _, rows in families),
        groups[order.index],
        scores[order.index],
        record["positive"],
        record["negative"],
        TESTS.get(record["method"], record["method"]),
        _adjusted_over(results),
        _n_constant(results),
        record["group_name"],
    )


def molecule_boxes(content: Content) -> MoleculeBoxes | None:
    """Return the molecules of the cell surface: costimulators, coinhibitors, MHC."""
    return _boxes(content, is_surface=True)


def cytokine_boxes(content: Content) -> MoleculeBoxes | None:
    """Return the interleukins, chemokines, interferons and other cytokines."""
    return _boxes(content, is_surface=False)


def _boxes(content: Content, *, is_surface: bool) -> MoleculeBoxes | None:
    found = _values(content)
    if found is None:
        return None
    results, values, groups = found
    record = results.record
    families = tuple(
        (
            title,
            GroupedBoxes(
                values.loc[rows["gene"]].T,
                groups,
                record["positive"],
                record["negative"],
                {str(gene): float(p) for gene, p in zip(rows["gene"], rows["p_adjusted"], strict=True)},
                "z-score of log2 expression",
                record["group_name"],
                TESTS.get(record["method"], record["method"]),
                _adjusted_over(results),
            ),
        )
        for name, title, rows in _families(results, values)
        if (name in SURFACE) is is_surface
    )
    own = [listed for listed in record["lists"] if (listed["name"] in SURFACE) is is_surface]
    n_constant = sum(listed["n_present"] - listed["n_tested"] for listed in own)
    return MoleculeBoxes(families, n_constant) if families else None


def _values(content: Content) -> tuple[Results, pd.DataFrame, pd.Series] | None:
    """Return the results, the z-scores (genes x patients) and the groups; None where there are none."""
    results = content.results.get("molecules")
    if results is None or "expression" not in results.tables or content.groups is None:
        return None
    values = results.tables["expression"].set_index("gene")
    groups = content.groups[content.groups.index.isin(values.columns)]
    if not len(groups):
        return None
    values = values[groups.index]
    zscores = values.sub(values.mean(axis=1), axis=0).div(values.std(axis=1), axis=0)
    return results, zscores, groups


def _families(results: Results, values: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield each list's name, its title and its tested genes, the strongest excess in the positive group first."""
    tests = results.tables["molecules"].dropna(subset=["rank_biserial"])
    tests = tests[tests["gene"].isin(values.index)].sort_values(
        "rank_biserial", ascending=False, kind="stable"
    )
    for listed in results.record["lists"]:
        rows = tests[tests["list"] == listed["name"]]
        if len(rows):
            yield str(listed["name"]), str(listed["title"]), rows


def _adjusted_over(results: Results) -> str:
    return "all families together" if results.record["families"] == "all" else "each family"


def _n_constant(results: Results) -> int:
    return sum(listed["n_present"] - listed["n_tested"] for listed in results.record["lists"])
