"""From the honesty panel to the records that its figures draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tilscope.figures import AucRange, HonestyPanels, SelectionFrequency
from tilscope.report.content import Content
from tilscope.report.wording import CONTROL_NAMES, SIMPLE_NAMES

N_FEATURES = 15


def honesty_panels(content: Content) -> HonestyPanels | None:
    """Return the distributions and ranges of the panel."""
    panel = content.honesty
    if panel is None:
        return None
    areas = np.array([area for area in panel["splits"]["areas"] if area is not None], dtype=np.float64)
    nested, permutation = panel["nested"], panel["permutation"]
    shown = None if nested is None else tuple(nested[key] for key in ("auc", "ci_low", "ci_high"))
    return (
        HonestyPanels(
            split_auc=areas,
            own_auc=panel["single"]["auc"],
            nested=None if shown is None or None in shown else (shown[0], shown[1], shown[2]),
            permuted_auc=np.array([] if permutation is None else permutation["permuted"], dtype=np.float64),
            observed_auc=None if permutation is None else permutation["observed"],
            p_value=None if permutation is None else permutation["p_value"],
            ranges=tuple(_ranges(panel)),
        )
        if areas.size
        else None
    )


def _ranges(panel: Mapping[str, Any]) -> Iterator[AucRange]:
    yield _range("Signature", panel["splits"]["validation"])
    for name, row in panel["baselines"].items():
        if row["splits"]["n"]:
            yield _range(SIMPLE_NAMES.get(name, name), row["splits"])
    for name, row in panel["controls"].items():
        if row["splits"]["n"]:
            yield _range(CONTROL_NAMES.get(name, name).capitalize(), row["splits"], is_control=True)


def _range(label: str, summary: Mapping[str, Any], *, is_control: bool = False) -> AucRange:
    return AucRange(
        label, summary["mean"], summary["q025"], summary["q975"], int(summary["n"]), is_control=is_control
    )


def selection_frequency(content: Content) -> SelectionFrequency | None:
    """Return the most frequently selected features, and those of the signature."""
    if content.honesty is None:
        return None
    rows = [row for row in content.honesty["selection"] if row["share"] > 0 or row["is_in_signature"]]
    shown = [row for k, row in enumerate(rows) if k < N_FEATURES or row["is_in_signature"]]
    if not shown:
        return None
    return SelectionFrequency(
        tuple(row["feature"] for row in shown),
        tuple(float(row["share"]) for row in shown),
        tuple(bool(row["is_in_signature"]) for row in shown),
        int(content.honesty["splits"]["validation"]["n"]),
    )
