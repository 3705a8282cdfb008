"""The register of tests: whatever p value the study stored stands in it once, with what its source says of it."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tilscope.report import read_content
from tilscope.report.content import Content
from tilscope.report.register import families, listed
from tilscope.report.register.family import Family, as_rows
from tilscope.report.results import Results
from tilscope.report.sections.tests import TESTS
from tilscope.study import Study

# p values that stand in a file for a second time.
COPIES = {"biology/enrichment/enrichment.json curves.*.p_value": "biology/enrichment/gsea.tsv p_value"}
ALONE = ("p", "p_structure", "p_confounding")


@pytest.fixture(scope="module")
def content(study: Study) -> Content:
    return read_content(study.root)


def is_p(name: str) -> bool:
    """Tell whether a column or key holds p values (or adjusted ones of which the plain ones are not stored)."""
    return name in ALONE or name.endswith("p_value") or name.startswith("p_adjusted_")


def in_json(value: Any, place: tuple[str, ...] = ()) -> Counter[str]:
    """Count the p values of a record by place; items of a list have the same place."""
    if isinstance(value, dict):
        return sum((in_json(v, (*place, key)) for key, v in value.items()), Counter())
    if isinstance(value, list):
        return sum((in_json(v, (*place, "*")) for v in value), Counter())
    return Counter({".".join(place): 1}) if place and is_p(place[-1]) and value is not None else Counter()


def stored(derivatives: Path) -> Counter[str]:
    """Count the p values of every file, by file and column or place."""
    found: Counter[str] = Counter()
    for file in derivatives.rglob("*.tsv"):
        table = pd.read_csv(file, sep="\t", na_values=["n/a"], keep_default_na=False)
        for column in filter(is_p, map(str, table)):
            found[f"{file.relative_to(derivatives).as_posix()} {column}"] = int(table[column].notna().sum())
    for file in derivatives.rglob("*.json"):
        for place, n in in_json(json.loads(file.read_text())).items():
            found[f"{file.relative_to(derivatives).as_posix()} {place}"] = n
    return found


def by_source(found: tuple[Family, ...]) -> Counter[str]:
    return sum((Counter({family.source: len(family.done)}) for family in found), Counter())


def named_as(place: str, sources: Counter[str]) -> str:
    """Return the source that tells this place: names of roles and models are a ``*`` in it."""
    parts = place.split(".")
    for source in sources:
        own = source.split(".")
        if len(own) == len(parts) and all(
            o in (p, p.split(" ")[0] + " *", "*") or (o.endswith(" *") and p.startswith(o[:-1]))
            for o, p in zip(own, parts, strict=True)
        ):
            return source
    return place


def test_every_p_value_that_the_study_stored_is_in_the_register_once(study: Study, content: Content) -> None:
    sources = by_source(families(content))
    found: Counter[str] = Counter()
    for place, n in stored(study.derivatives).items():
        if place not in COPIES and n:
            found[named_as(place, sources)] += n
    assert len(found) > 20
    assert found == sources, "a result with p values has no collector in report/register"


def test_table_one_is_in_the_register(study: Study, content: Content) -> None:
    file = study.report_file.parent / "assets" / "tables" / "table_one.tsv"
    written = pd.read_csv(file, sep="\t", na_values=["n/a"])
    (own,) = families(dataclasses.replace(content, **NOTHING), written)
    assert len(own.done) == int(written["p_value"].notna().sum()) > 5
    assert "age, share of missing values" in set(own.rows["variable"])
    assert own.section == "cohort"


NOTHING: dict[str, Any] = {
    "agreement": None, "harmonisation": None, "performance": (), "honesty": None, "genes": None,
    "gene_set_tests": None, "signature_tests": None, "results": {},
}  # fmt: skip


# Tests that have no statistic of their own, or whose step stores none.
WITHOUT = {"Fisher exact", "Fisher (simulated)", "Monte Carlo, one-sided"}


def test_every_test_that_has_a_statistic_shows_it(study: Study, content: Content) -> None:
    file = study.report_file.parent / "assets" / "tables" / "table_one.tsv"
    found = listed(families(content, pd.read_csv(file, sep="\t", na_values=["n/a"])))
    done = found[found["p_value"].notna()]
    assert set(done.loc[done["value"].isna(), "test"]) <= WITHOUT
    assert (done.loc[done["value"].notna(), "statistic"] != "").all()


def test_a_study_without_tests_has_no_register(content: Content) -> None:
    empty = dataclasses.replace(content, participants=None, **NOTHING)
    (presented,) = TESTS.present(empty)
    assert presented.missing is not None
    assert TESTS.files(empty) == {}
    assert TESTS.badge(empty) is None


def test_second_readings_sites_and_other_models_are_in_the_register(content: Content) -> None:
    estimate = {"value": 0.4, "ci_low": -0.1, "ci_high": 0.9}
    pair = {
        "what": "volume",
        "unit": "mL",
        "design": "test-retest",
        "n": 12,
        "bias": estimate,
        "slope": estimate,
    }
    robust = dict(content.results["robustness"].record)
    robust["covariates"] = [{"name": "purity", "n": 15}]
    columns = [f"{what}_{model}" for what in ("effect", "t", "p_adjusted") for model in ("score", "purity")]
    genes = pd.DataFrame({"gene": ["A", "B"]} | {column: [0.1, 0.2] for column in columns})
    found = families(
        dataclasses.replace(
            content,
            **NOTHING
            | {
                "agreement": {"agreement": [pair | {"bias_p_value": 0.1, "slope_p_value": None}] * 2},
                "harmonisation": {"counts": [{"n_high": 3, "n_low": 4}] * 2, "p_confounding": 0.6},
                "results": {"robustness": Results(robust, {"genes": genes})},
            },
        )
    )
    told = {family.name: family for family in found}
    assert told["Shift between readings"].n_tests == 2
    assert "Shift that grows with the size" not in told  # none was done
    assert told["Outcome by site"].rows.loc[0, ["n", "p_value"]].tolist() == [14, 0.6]
    adjusted_only = told["Genes: groups, purity in the model"]
    assert (adjusted_only.n_tests, adjusted_only.n_with_p, adjusted_only.source) == (
        2, 0, "biology/robustness/genes.tsv p_adjusted_purity",
    )  # fmt: skip
    assert adjusted_only.done["n"].tolist() == [15, 15]


def test_totals_are_told_and_belong_to_the_rows(content: Content) -> None:
    rows = as_rows(variable=pd.Series(list("abcd")), p_value=[0.01, 0.04, 0.2, float("nan")], p_adjusted=0.5)
    family = Family(
        "genes", "f", "s", rows.assign(p_adjusted=[0.03, 0.06, 0.2, float("nan")]), "Benjamini-Hochberg"
    )
    assert (family.n_tests, family.n_with_p, family.n_below, family.n_passed) == (3, 3, 2, 1)
    assert family.by_chance == pytest.approx(0.15)
    top = dataclasses.replace(family, n_ran=100)
    assert (top.n_tests, top.by_chance, top.is_partly_stored) == (100, pytest.approx(5.0), True)

    view = TESTS.view(content)
    assert isinstance(view, dict)
    n_tests = sum(cell.sort for cell in (row[1] for row in view["families"].rows))
    assert view["sentences"][0].startswith(
        f"{n_tests:,} statistical tests in {len(view['families'].rows)} families"
    )
    assert view["n_unlisted"] + len(view["tests"].rows) == n_tests


def test_the_file_has_every_row_and_is_safe_to_open(content: Content) -> None:
    genes = content.genes
    assert genes is not None
    poisoned = genes.rename(index={str(genes.index[0]): "=cmd|' /C calc'!A0"})
    data = TESTS.files(dataclasses.replace(content, genes=poisoned))["tests.tsv"]
    written = pd.read_csv(BytesIO(data), sep="\t", na_values=["n/a"], keep_default_na=False)
    for column in written.select_dtypes(exclude="number"):
        assert not written[column].astype(str).str.match(r"^[=+\-@]").any()
    assert "'=cmd|' /C calc'!A0" in set(written["variable"])
    assert len(written) == len(listed(families(content))) + 7  # the rows of Table 1
    first = written[written["family"] == "Genes between the groups"].iloc[0]
    assert first["p_value"] == pytest.approx(float(genes["p_value"].iloc[0]), rel=1e-5)
    assert first["value"] == pytest.approx(float(genes["t"].iloc[0]), rel=1e-5)


def test_the_page_shows_the_register(page: str) -> None:
    assert "Register of statistical tests" in page
    assert "Nothing was adjusted across the whole report" in page
