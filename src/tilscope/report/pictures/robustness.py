"""The record of the figure that shows what permuted labels find."""

from __future__ import annotations

from typing import Any

from tilscope.figures import ChancePanel, ChancePanels
from tilscope.report.content import Content

TITLES = {
    "genes": ("Genes", "Genes that pass FDR and fold change"),
    "sets": ("Gene sets", "Gene sets with a permutation p of at most .05"),
}


def chance_panels(content: Content) -> ChancePanels | None:
    """Return a panel for genes and one for sets, where they were permuted."""
    results = content.results.get("robustness")
    if results is None:
        return None
    found = [_panel(results.record[kind], *TITLES[kind]) for kind in TITLES if results.record.get(kind)]
    return ChancePanels(tuple(found)) if found else None


def _panel(row: dict[str, Any], title: str, unit: str) -> ChancePanel:
    return ChancePanel(title, row["observed"], tuple(row["by_chance"]), row["p_value"], unit)
