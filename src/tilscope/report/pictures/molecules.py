"""Records of the figure of molecules."""

from __future__ import annotations

from tilscope.figures import MoleculeForest
from tilscope.report.content import Content


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
