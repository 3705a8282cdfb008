"""Tests of the patients: Table 1, scanners and centres, and readings that were repeated."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from tilscope.report.content import ROLES, Content
from tilscope.report.register.family import Family, as_rows, one_row


def characteristics(found: pd.DataFrame | None) -> Iterator[Family]:
    """Yield the tests of Table 1, from the table as `tilscope.statistics.table_one` makes it."""
    if found is None:
        return
    tested = found[found["p_value"].notna()]
    if tested.empty:
        return
    level = tested["level"].where(tested["level"] == "missing", "")
    variable = tested["variable"] + level.map({"missing": ", share of missing values"}).fillna("")
    yield Family(
        "cohort",
        "Table 1: characteristics by role",
        "report/assets/tables/table_one.tsv",
        as_rows(
            variable=variable,
            compared=" against ".join(role for role in ROLES if role in found),
            n=tested["n"],
            test=tested["test"].str.removesuffix(", ordered levels"),
            value=tested["statistic"],
            effect=tested["effect"],
            effect_size=tested["effect_size"],
            p_value=tested["p_value"],
            note=tested["note"],
        ),
    )


def sites(content: Content) -> Iterator[Family]:
    """Yield whether the outcome depends on the site."""
    record = content.harmonisation
    if record is None or record.get("p_confounding") is None:
        return
    yield Family(
        "harmonisation",
        "Outcome by site",
        "signature/harmonisation.json p_confounding",
        one_row(
            "TIL level",
            compared=f"{len(record['counts'])} sites",
            n=sum(row["n_high"] + row["n_low"] for row in record["counts"]),
            test="Fisher exact",
            p_value=record["p_confounding"],
        ),
    )


def readings(content: Content) -> Iterator[Family]:
    """Yield whether second readings are shifted, and whether the shift grows with the size."""
    pairs = () if content.agreement is None else content.agreement["agreement"]
    asked = (
        ("bias", "bias_p_value", "second reading against first", "paired t", "mean difference"),
        ("slope", "slope_p_value", "difference over the mean of both", "slope is zero", "slope"),
    )
    for effect, name, compared, test, told in asked:
        found = [
            one_row(
                f"{pair['what']} ({pair['design']})",
                compared=compared,
                n=pair["n"],
                test=test,
                value=pair.get(f"{effect}_t"),
                effect=told if effect == "slope" else f"{told} ({pair['unit']})",
                effect_size=pair[effect]["value"],
                ci_low=pair[effect]["ci_low"],
                ci_high=pair[effect]["ci_high"],
                p_value=pair.get(name),
            )
            for pair in pairs
        ]
        if found:
            title = "Shift between readings" if effect == "bias" else "Shift that grows with the size"
            rows = pd.concat(found, ignore_index=True)
            yield Family("reproducibility", title, f"signature/reproducibility.json agreement.*.{name}", rows)
