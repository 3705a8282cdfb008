"""The Methods text: what ran, as it ran; sound sentences under any settings; references that a program can read."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilscope.report import read_content
from tilscope.report.content import Biology, Content
from tilscope.report.sections import methods as package
from tilscope.report.sections.methods import METHODS, paragraphs, written
from tilscope.report.sections.methods.citing import numbered
from tilscope.report.sections.methods.references import REFERENCES
from tilscope.study import Study, parse_settings


@pytest.fixture(scope="module")
def content(study: Study) -> Content:
    return read_content(study.root)


def with_settings(content: Content, **rooms: dict[str, object]) -> Content:
    settings = content.settings
    merged = settings | {room: settings[room] | changes for room, changes in rooms.items()}
    return dataclasses.replace(content, provenance=content.provenance | {"settings": merged})


def methods(content: Content) -> str:
    return " ".join(paragraphs(content))


def test_methods_name_the_engines_and_rules_of_the_defaults(content: Content) -> None:
    text = methods(content)
    assert "greedy, picsl-greedy 1.4.1; local cross-correlation in windows of radius 2 voxels" in text
    assert "by N3 [2] in tilscope's own implementation" in text
    assert (
        "z-scored over the voxels of the body, every phase by the mean and standard deviation of the first "
        "post-contrast phase, and multiplied by 100" in text
    )
    assert "20 % or more" in text
    assert "largest penalty within one standard error of the smallest mean deviance" in text


def test_methods_follow_the_settings(content: Content) -> None:
    text = methods(
        with_settings(
            content,
            registration={"method": "syn"},
            bias={"method": "n4"},
            normalisation={"scope": "image", "statistics": "per-phase", "scale": 1.0},
            selection={"lambda_rule": "lambda_min"},
            biology={"alpha": 0.75},
        )
    )
    assert "ANTs SyN, antspyx 0.6.3; mutual information; 40, 20 and 0 iterations" in text
    assert "by N4 (antspyx 0.6.3)" in text
    assert "all voxels, each phase by its own mean and standard deviation, and multiplied by 1." in text
    assert "penalty of the smallest mean deviance" in text
    assert "ssGSEA (α = 0.75)" in text
    assert "greedy" not in text
    assert "N3" not in text
    text = methods(with_settings(content, registration={"method": "none"}, bias={"method": "none"}))
    assert "without registration" in text
    assert "No bias field was corrected" in text


def with_origin(content: Content, origin: str, *warnings: str) -> Content:
    assert content.signature is not None
    changes: dict[str, object] = {"origin": origin, "warnings": warnings}
    if origin == "empty":
        changes["features"] = ()
    return dataclasses.replace(content, signature=content.signature.model_copy(update=changes))


def test_methods_say_logistic_regression_only_where_it_made_the_weights(content: Content) -> None:
    assert "3 features were selected by an elastic net" in methods(content)
    assert "and weighed by logistic regression, as for" in methods(content)
    note = (
        "TAB-65: logistic regression on the 3 selected features is separated; "
        "the coefficients are those of the elastic net"
    )
    text = methods(with_origin(content, "elastic_net", note))
    assert (
        "weighed by the elastic net's own coefficients (logistic regression on them had no solution: " in text
    )
    assert "they separate the classes). The median" in text
    text = methods(with_settings(with_origin(content, "elastic_net"), selection={"refit": "elastic_net"}))
    assert "weighed by the elastic net's own coefficients. The median" in text
    assert "logistic" not in text


def test_methods_of_an_empty_signature_claim_no_weights(content: Content) -> None:
    text = methods(with_origin(content, "empty"))
    assert "selected no feature: every patient's score is the share of high TILs" in text
    assert "logistic" not in text
    assert "weighed" not in text
    unfitted = dataclasses.replace(with_origin(content, "empty"), path=None)
    assert "no feature passed the screening" in methods(unfitted)


def test_methods_tell_the_penalty_that_was_used(content: Content) -> None:
    path = {"lambdas": [0.5, 0.25, 0.125], "lambda_min": 0.125, "lambda_1se": 0.25, "chosen": 1}
    assert "deviance, λ = 0.25)" in methods(dataclasses.replace(content, path=path))
    raised = dataclasses.replace(content, path=path | {"chosen": 0})
    assert "raised to λ = 0.5 for at most 2 features)" in methods(
        with_settings(raised, selection={"max_features": 2})
    )


BIOLOGY: dict[str, Any] = {
    "genes": None, "gene_set_tests": None, "signature_tests": None, "signature_scores": None, "results": {},
}  # fmt: skip
NO_SIGNATURE: dict[str, Any] = {
    "signature": None, "performance": (), "honesty": None, "stability_record": None, "scores": None, "path": None,
}  # fmt: skip
BROKEN = re.compile(
    r"[{}]|\bNone\b|\bnan\b| {2}|\.\.|\(\)|\( | \)| [,;]| \.(?!\d)|,,|;;|\(,|, \)|\[@[a-z0-9,]+\]"
)
DOUBLED = re.compile(r"\b([A-Za-z]+) \1\b")


def assert_sound(text: str) -> None:
    """Fail on what an editor would strike: holes of templates, doubled words, blanks, unbalanced brackets."""
    told = text.replace("<script>document.title='stolen'</script>", "X")
    found = BROKEN.search(told) or DOUBLED.search(told)
    assert found is None, told[max(0, found.start() - 60) : found.end() + 60]
    assert told.count("(") == told.count(")")
    for paragraph in told.splitlines():
        assert paragraph.endswith("."), paragraph[-80:]
        assert paragraph[0].isupper()


CHOICES = {
    "profile": st.sampled_from(["recommended", "paper-2022"]),
    "registration": st.sampled_from(["greedy", "syn", "affine", "none"]),
    "bias": st.sampled_from(["n3", "n4", "none"]),
    "scope": st.sampled_from(["image", "body", "roi"]),
    "n_bins": st.sampled_from([None, 32]),
    "images": st.sampled_from([["original"], ["original", "wavelet", "log"]]),
    "alpha": st.sampled_from([1.0, [0.1, 0.5]]),
    "cutoff": st.sampled_from(["median", "youden"]),
    "max_features": st.sampled_from([None, 2]),
    "group_rule": st.sampled_from(["signature-cutoff", "cohort-median"]),
    "set_scores": st.sampled_from(["ssgsea", "gsva"]),
    "counts": st.booleans(),
    "drops": st.sets(st.sampled_from(["biology", "signature", "features", "versions", "sizes", "roles"])),
}


def studied(content: Content, chosen: dict[str, Any]) -> Content:
    """Return the made-up study as if it had been run with other settings, or only in part."""
    given_settings = parse_settings(
        {
            "profile": chosen["profile"],
            "registration": {"method": chosen["registration"]},
            "bias": {"method": chosen["bias"]},
            "normalisation": {"scope": chosen["scope"]},
            "radiomics": {"image_types": chosen["images"]}
            | ({"n_bins": chosen["n_bins"]} if chosen["n_bins"] else {})
            | ({"log_sigma_mm": [2.0]} if "log" in chosen["images"] else {}),
            "selection": {"alpha": chosen["alpha"], "cutoff": chosen["cutoff"]}
            | ({"max_features": chosen["max_features"]} if chosen["max_features"] else {}),
            "biology": {"group_rule": chosen["group_rule"], "set_scores": chosen["set_scores"]},
        }
    )
    drops, model = chosen["drops"], content.biology.model
    design = dataclasses.replace(
        content.biology,
        set_scores=chosen["set_scores"],
        model=model if chosen["counts"] else model | {"counts": None, "covariates": [], "robust": False},
    )
    if "sizes" in drops:
        design = dataclasses.replace(design, n_positive=None, n_negative=None)
    changes: dict[str, Any] = {"biology": design, "profile": chosen["profile"]}
    changes |= {} if "biology" not in drops else BIOLOGY
    changes |= {} if "signature" not in drops else NO_SIGNATURE
    if "roles" in drops and "signature" not in drops:
        changes["performance"] = tuple(
            dataclasses.replace(row, role="external") for row in content.performance[:1]
        )
    if "features" in drops:
        changes |= {"n_features": None, "qc": {}}
    kept = {} if "versions" in drops else {k: content.provenance[k] for k in ("versions", "seed")}
    changes["provenance"] = kept | {"settings": given_settings.model_dump(mode="json")}
    return dataclasses.replace(content, **changes)


def test_any_settings_make_sound_sentences(content: Content) -> None:
    # few genes, and no Table 1 or map: their tests do not follow these settings
    assert content.genes is not None
    results = {
        name: found for name, found in content.results.items() if name not in ("radiogenomics", "enrichment")
    }
    small = dataclasses.replace(content, participants=None, genes=content.genes.head(3), results=results)

    @settings(max_examples=40, deadline=None)
    @given(chosen=st.fixed_dictionaries(CHOICES))
    def holds(chosen: dict[str, Any]) -> None:
        text = written(studied(small, chosen))
        assert_sound("\n".join(told for _, told in text.paragraphs))
        drops, headings = chosen["drops"], {heading for heading, _ in text.paragraphs}
        assert ("Gene expression" in headings) == ("biology" not in drops)
        assert ("Signature" in headings) == ("signature" not in drops)
        assert ("Images" in headings) == ("features" not in drops)

    holds()


def test_the_whole_text_is_sound(content: Content) -> None:
    assert_sound("\n".join(paragraphs(content)))


def test_what_did_not_run_is_not_told(content: Content) -> None:
    text = methods(dataclasses.replace(content, participants=None, **BIOLOGY, **NO_SIGNATURE))
    for word in ("gene", "elastic", "AUC", "DeLong", "ssGSEA", "statistical test", "imputed"):
        assert word not in text, word
    assert "Every phase was registered" in text


def test_the_cut_off_and_the_mixing_are_those_of_the_settings(content: Content) -> None:
    text = methods(with_settings(content, selection={"cutoff": "youden", "alpha": [0.1, 0.5]}))
    assert "The training score of the largest Youden index was frozen as the cut-off." in text
    assert "α = 0.5, chosen of 0.1 and 0.5" in text
    assert "median training score" not in text


def test_citations_are_numbered_by_first_mention() -> None:
    told, cited = numbered(
        ["A [@zou,friedman] and b [@su].", "Again [@su], new [@cox,zou]; a column [@age] of 5%."]
    )
    assert told == ("A [1,2] and b [3].", "Again [3], new [1,4]; a column [@age] of 5 %.")
    assert [reference.key for reference in cited] == ["zou", "friedman", "su", "cox"]


def test_every_number_in_the_text_has_its_reference_and_the_reverse(content: Content) -> None:
    text = written(content)
    numbers = [
        int(n)
        for _, told in text.paragraphs
        for mark in re.findall(r"\[([\d,]+)\]", told)
        for n in mark.split(",")
    ]
    assert sorted(set(numbers)) == list(range(1, len(text.references) + 1))
    first = list(dict.fromkeys(numbers))
    assert first == sorted(first)
    assert len(first) > 20


def test_every_reference_is_cited_by_some_sentence() -> None:
    folder = Path(package.__file__).parents[1]
    source = "".join(
        file.read_text(encoding="utf-8") for file in folder.rglob("*.py") if file.name != "references.py"
    )
    cited = {key for mark in re.findall(r"\[@([a-z0-9,]+)\]", source) for key in mark.split(",")}
    assert cited - {"key", "age"} == set(REFERENCES)


def parsed_bibtex(text: str) -> dict[str, dict[str, str]]:
    """Parse BibTeX entries with braced values, strictly: every brace is closed, nothing stands between entries."""
    entries: dict[str, dict[str, str]] = {}
    rest = text.strip()
    while rest:
        head = re.match(r"@(\w+)\{([^,\s]+),\n", rest)
        assert head is not None, rest[:60]
        rest, fields = rest[head.end() :], {}
        while not rest.startswith("}"):
            name = re.match(r"\s*(\w+) = \{", rest)
            assert name is not None, rest[:60]
            depth, end = 1, name.end()
            while depth:
                escaped = rest[end - 1] == "\\"
                depth += 0 if escaped else {"{": 1, "}": -1}.get(rest[end], 0)
                end += 1
            fields[name[1]] = rest[name.end() : end - 1]
            rest = rest[end:].lstrip(",").lstrip("\n")
        assert head[2] not in entries
        entries[head[2]] = fields
        rest = rest[1:].lstrip("\n")
    return entries


def test_the_bibliography_can_be_read(content: Content) -> None:
    data = METHODS.files(content)["references.bib"].decode()
    entries = parsed_bibtex(data)
    assert list(entries) == [reference.key for reference in written(content).references]
    assert entries["delong"] == {
        "author": "DeLong, E. R. and DeLong, D. M. and Clarke-Pearson, D. L.",
        "title": "{Comparing the areas under two or more correlated receiver operating characteristic curves: a "
        "nonparametric approach}",
        "journal": "Biometrics",
        "year": "1988",
        "volume": "44",
        "number": "3",
        "pages": "837--845",
        "doi": "10.2307/2531595",
    }
    everything = parsed_bibtex("\n".join(reference.bibtex for reference in REFERENCES.values()))
    assert len(everything) == len(REFERENCES)
    for fields in everything.values():
        assert {"author", "title", "journal", "year"} <= set(fields)
        assert 1900 < int(fields["year"]) < 2030
        assert all(value.isascii() for value in fields.values())
        assert all(" " not in fields.get(name, "") for name in ("volume", "pages", "doi"))
    assert everything["griethuysen"]["author"].startswith("van Griethuysen, J. J. M. and ")
    assert everything["griethuysen"]["author"].endswith(" and others")


def test_the_files_hold_the_text_of_the_page(content: Content, page: str) -> None:
    files = METHODS.files(content)
    assert set(files) == {"methods.md", "methods.txt", "references.bib"}
    for name in ("methods.md", "methods.txt"):
        text = files[name].decode()
        assert all(told in text for told in paragraphs(content))
        assert f"1. {written(content).references[0].text}" in text
    assert "assets/tables/references.bib" in page
    assert "ethics approval" in page
    assert METHODS.files(dataclasses.replace(content, provenance={})) == {}


def test_a_matrix_without_a_design_is_told_without_numbers(content: Content) -> None:
    bare = dataclasses.replace(content, participants=None, biology=Biology(), groups=None)
    assert "Gene expression of patients with high and low Rad-TILs" in methods(bare)


def test_maps_of_features_are_told_with_their_number_and_what_they_do_not_show(content: Content) -> None:
    text = methods(content)
    assert (
        "The 3 features of the signature were illustrated in the patients with the highest and the lowest"
        in text
    )
    assert "(up to 2 each)" in text
    assert "5 × 5 × 5 voxels" in text
    assert "the maps test nothing" in text
    record = content.results["voxels"].record | {"n_signature_features": 9}
    few = dataclasses.replace(content.results["voxels"], record=record)
    assert "The 3 features of largest weight were" in methods(
        dataclasses.replace(content, results=content.results | {"voxels": few})
    )
    without = {name: found for name, found in content.results.items() if name != "voxels"}
    assert "illustrated" not in methods(dataclasses.replace(content, results=without))
