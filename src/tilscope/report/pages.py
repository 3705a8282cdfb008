"""The pages of the report in their order; a new one is one line here, a new section one line in its page."""

from __future__ import annotations

from dataclasses import dataclass

from tilscope.report import sections as s
from tilscope.report.sections.section import Section


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the report.

    Attributes
    ----------
    name : str
        Stem of its file; the first page is ``index``.
    title : str
        In the list of pages, and in the browser's title.
    group : str
        Heading over it in the list of pages; empty for none.
    sections : tuple of Section
        From the top down. A page none of whose sections has a place is left out.
    """

    name: str
    title: str
    group: str
    sections: tuple[Section, ...]


PAGES: tuple[Page, ...] = (
    Page("index", "Summary", "Study", (s.SUMMARY, s.TRUTH)),
    Page("cohort", "Cohort", "Study", (s.COHORT,)),
    Page("patients", "Patients", "Study", (s.QUALITY, s.PATIENTS)),
    Page("errors", "Left out", "Study", (s.QUARANTINE,)),
    Page("reproducibility", "Reproducibility", "Signature", (s.REPRODUCIBILITY, s.HARMONISATION)),
    Page("signature", "Signature", "Signature", (s.SIGNATURE, s.LEAKS)),
    Page("performance", "Performance", "Signature", (s.PERFORMANCE,)),
    Page("honesty", "How much is luck", "Signature", (s.HONESTY,)),
    Page("genes", "Genes", "Biology", (s.EXPRESSION, s.GENES, s.ROBUSTNESS)),
    Page("pathways", "Pathways", "Biology", (s.ENRICHMENT, s.GENE_SETS)),
    Page("immune", "Immune landscape", "Biology", (s.IMMUNE, s.CLUSTERS)),
    Page("molecules", "Molecules", "Biology", (s.MOLECULES,)),
    Page("clinical", "Clinical associations", "Biology", (s.ASSOCIATIONS,)),
    Page("voxel-to-gene", "From voxel to gene", "Biology", (s.VOXELS, s.RADIOGENOMICS)),
    Page("tests", "Statistical tests", "For the paper", (s.TESTS,)),
    Page("methods", "Methods and legends", "For the paper", (s.METHODS, s.LEGENDS)),
    Page("checklists", "Checklists", "For the paper", (s.CHECKLISTS,)),
    Page("provenance", "Provenance", "For the paper", (s.PROVENANCE,)),
)

# The page of an external validation.
EXTERNAL_PAGES: tuple[Page, ...] = (
    Page(
        "index",
        "External validation",
        "",
        (s.EXTERNAL, s.COMPARISON, s.PERFORMANCE, s.FLAGGED, s.SIGNATURE, s.ORIGIN),
    ),
)

SECTIONS: tuple[Section, ...] = tuple(section for page in PAGES for section in page.sections)
