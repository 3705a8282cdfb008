"""Multiple testing, missing values, software."""

from __future__ import annotations

from tilscope.report.content import Content
from tilscope.report.register import UNADJUSTED, Family
from tilscope.report.sections.methods.citing import listed, sentences
from tilscope.report.sections.tests import families_of

# What made the numbers; other programs (pictures, file formats) stand in the report's provenance.
COMPUTING = ("numpy", "scipy", "pandas", "statsmodels", "scikit-learn", "numba", "PyWavelets", "gseapy")

# How Table 1 compares, by profile; `tilscope.statistics.RULES` says the same for its footnote.
CHARACTERISTICS = {
    "recommended": "by Welch's test where Shapiro-Wilk had p ≥ .05 in every group, else by ranks (Wilcoxon, or "
    "Kruskal-Wallis of more than two groups), classes by Fisher's exact test where an expected count was below 5, else "
    "by Pearson's chi-square test",
    "paper-2022": "by Student's t-test (analysis of variance of more than two groups), classes by Pearson's chi-square "
    "test",
}


def statistics(content: Content) -> str:
    """Tell how many tests there were, how they were adjusted, and what became of missing values."""
    found = families_of(content)
    n_tests = sum(family.n_tests for family in found)
    told = ""
    if n_tests:
        n_adjusted = sum(family.adjustment != UNADJUSTED for family in found)
        how = (
            f"p values were adjusted within {n_adjusted} of them (Benjamini-Hochberg [@benjamini]), never across them"
            if n_adjusted
            else "p values were not adjusted"
        )
        tests = "1 statistical test was" if n_tests == 1 else f"{n_tests:,} statistical tests were"
        families = "1 family" if len(found) == 1 else f"{len(found)} families"
        told = f"In all, {tests} done in {families}; {how}. {_sides(found)}"
    if not n_tests and content.signature is None:
        return ""
    missing = (
        "In comparisons between groups and in correlations missing values were not imputed: a patient without a value "
        "took no part in the comparison that needs it."
    )
    return sentences((_characteristics(content, found), told, missing))


def _characteristics(content: Content, found: tuple[Family, ...]) -> str:
    """Say by which tests the roles were compared in Table 1."""
    if not any(family.section == "cohort" for family in found):
        return ""
    rule = CHARACTERISTICS.get(content.profile, CHARACTERISTICS["recommended"])
    return f"Characteristics of the patients were compared between the roles {rule}."


def _sides(found: tuple[Family, ...]) -> str:
    """Say which of the tests that were done were one-sided."""
    kinds = {
        "permutation": "permutation tests",
        "Monte Carlo": "tests against random cohorts",
        "hypergeometric": "tests of over-representation",
    }
    done = {str(test) for family in found for test in set(family.done["test"]) if "one-sided" in str(test)}
    told = [name for kind, name in kinds.items() if any(test.startswith(kind) for test in done)]
    if not told:
        return "Tests were two-sided."
    return f"Tests were two-sided except {listed(told)}, which were one-sided."


def software(content: Content) -> str:
    """Name the program, its profile, and the libraries that made the numbers."""
    versions = content.provenance.get("versions", {})
    own = f" {versions['tilscope']}" if versions.get("tilscope") else ""
    seed = f"seed {content.provenance['seed']}" if content.provenance.get("seed") is not None else ""
    libraries = [f"{name} {versions[name]}" for name in COMPUTING if versions.get(name)]
    python = f" on Python {versions['python']}" if versions.get("python") else ""
    under = f"{python}{f' with {listed(libraries)}' if libraries else ''}"
    profile = "" if content.profile == "unknown" else f"profile {content.profile}"
    ran = ", ".join(part for part in (profile, seed) if part)
    return f"All steps were run with tilscope{own}{f' ({ran})' if ran else ''}{under}."
