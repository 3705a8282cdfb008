"""From the step ``enrichment`` to the records that its figures draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tilscope.figures import RunningSumCurve, RunningSums, SetBar, SetBars
from tilscope.report.content import Content
from tilscope.report.wording import number

METRICS = {
    "t": "limma's moderated t",
    "log2_fc": "log2 fold change",
    "signed_log10_p": "-log10 p with the sign of the fold change",
}
MAX_COLLECTIONS = 4
MAX_CURVES = {1: 9, 2: 6}  # by the number of collections; 3 each otherwise
TURN = ("up", "down", "immune")


def told_p(p: float, *, is_limit: bool = False) -> str:
    """Return a p value, as "< 1e-50" where it was not followed further."""
    if np.isnan(p):
        return "—"
    return f"< {p:.2g}" if is_limit else number(p, 2)


def plain_name(name: str, names: list[str]) -> str:
    """Return a set's name without the collection's own first word, where all sets begin with it."""
    first = names[0].split("_")[0] + "_"
    return name.removeprefix(first) if all(other.startswith(first) for other in names) else name


def first_sets(table: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return the sets with the smallest p, ``n`` of each direction, by their normalised score."""
    tested = table.dropna(subset=["p_value"])
    tested = tested.assign(size=-tested["nes"].abs()).sort_values(["p_value", "size"], kind="stable")
    both = pd.concat([tested[tested["nes"] > 0].head(n), tested[tested["nes"] < 0].head(n)])
    return both.sort_values("nes", ascending=False, kind="stable")


def enrichment_bars(content: Content) -> SetBars | None:
    """Return the first sets of each direction and collection."""
    results = content.results.get("enrichment")
    if results is None or "gsea" not in results.tables:
        return None
    panels = []
    for name, table in _collections(results.tables["gsea"]):
        names = table["gene_set"].astype(str).tolist()
        bars = tuple(
            SetBar(
                plain_name(str(row["gene_set"]), names),
                float(row["nes"]),
                float(row["p_adjusted"]),
                f"{row['n_leading']}/{row['set_size']}",
                bool(row["nes"] > 0),
            )
            for row in first_sets(table, int(results.record["settings"]["n_top"])).to_dict("records")
        )
        if bars:
            panels.append((f"{name}: {len(table):,} sets tested", bars))
    return _bars(panels, "Normalised enrichment score", results.record)


def over_representation_bars(content: Content) -> SetBars | None:
    """Return the first sets of the genes that are higher, and of those that are lower."""
    results = content.results.get("enrichment")
    if results is None or "over_representation" not in results.tables:
        return None
    record, panels = results.record, []
    words = {"up": record["positive"], "down": record["negative"]}
    for name, table in _collections(results.tables["over_representation"]):
        names = table["gene_set"].astype(str).tolist()
        for direction, group in words.items():
            rows = table[table["genes"] == direction].sort_values("p_value", kind="stable")
            bars = tuple(
                SetBar(
                    plain_name(str(row["gene_set"]), names),
                    float(row["fold_enrichment"]),
                    float(row["p_adjusted"]),
                    f"{row['n_hits']}/{row['set_size']}",
                    direction == "up",
                )
                for row in rows.head(int(record["settings"]["n_top"])).to_dict("records")
            )
            if bars:
                n_genes = int(rows["n_genes"].iloc[0])
                panels.append(
                    (f"{name}: {n_genes} {'gene' if n_genes == 1 else 'genes'} higher in {group}", bars)
                )
    return _bars(panels, "Fold enrichment", record)


def _collections(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(str(name), rows) for name, rows in table.groupby("collection", sort=True)][:MAX_COLLECTIONS]


def _bars(
    panels: list[tuple[str, tuple[SetBar, ...]]], value: str, record: Mapping[str, Any]
) -> SetBars | None:
    if not panels:
        return None
    return SetBars(
        tuple(panels), value, float(record["max_p_adjusted"]), record["positive"], record["negative"]
    )


def running_sums(content: Content) -> RunningSums | None:
    """Return the walks that the step kept: the first of each kind of each collection."""
    results = content.results.get("enrichment")
    if results is None or not results.record["curves"]:
        return None
    record = results.record
    names = sorted({curve["collection"] for curve in record["curves"]})[:MAX_COLLECTIONS]
    each = MAX_CURVES.get(len(names), 3) // len(TURN)
    all_names = {name: [c["gene_set"] for c in record["curves"] if c["collection"] == name] for name in names}
    edges = _leading_edges(results.tables.get("gsea"))
    curves = [
        _curve(curve, all_names[name], record, edges.get((name, str(curve["gene_set"])), ()))
        for name in names
        for why in TURN
        for curve in [c for c in record["curves"] if c["collection"] == name and c["why"] == why][:each]
    ]
    metric = METRICS[record["settings"]["ranking"]]
    return RunningSums(tuple(curves), int(record["n_ranked"]), metric, record["positive"], record["negative"])


def _leading_edges(table: pd.DataFrame | None) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the genes of each set's leading edge, the outermost first."""
    if table is None or "leading_edge" not in table:
        return {}
    known = table.dropna(subset=["leading_edge"])
    return {
        (str(collection), str(name)): tuple(gene for gene in str(genes).split("/") if gene)
        for collection, name, genes in zip(
            known["collection"], known["gene_set"], known["leading_edge"], strict=True
        )
    }


def _curve(
    curve: Mapping[str, Any], names: list[str], record: Mapping[str, Any], leading: tuple[str, ...]
) -> RunningSumCurve:
    smallest = float(record["settings"]["smallest_p"])
    p = told_p(float(curve["p_adjusted"]), is_limit=float(curve["p_value"]) <= smallest)
    return RunningSumCurve(
        plain_name(str(curve["gene_set"]), names),
        str(curve["collection"]),
        np.asarray(curve["passed"], dtype=np.int64),
        np.asarray(curve["values"], dtype=np.float64),
        np.asarray(curve["hits"], dtype=np.int64),
        int(curve["peak"]),
        float(curve["es"]),
        float(curve["nes"]),
        p if p.startswith("<") else f"= {p}",
        leading,
    )
