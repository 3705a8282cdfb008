"""The Methods text, written from the settings and versions that were really used; a topic is one function.

::

    citing       marks of citations, numbered by first mention
    references   the papers, as text and as BibTeX
    images, fitting, evaluating, tissue, statistics   the topics

A topic returns its paragraph with marks such as ``[@delong]``, or an empty text where the step did not run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.associations import associated_in_methods
from tilscope.report.sections.methods.citing import numbered
from tilscope.report.sections.methods.evaluating import evaluation, honesty
from tilscope.report.sections.methods.fitting import signature
from tilscope.report.sections.methods.images import features, images, patients
from tilscope.report.sections.methods.references import Reference
from tilscope.report.sections.methods.statistics import software, statistics
from tilscope.report.sections.methods.tissue import genes, landscape, pathways, radiogenomics
from tilscope.report.sections.section import Missing, Section

TOPICS: tuple[tuple[str, Callable[[Content], str]], ...] = (
    ("Patients", patients),
    ("Images", images),
    ("Radiomic features", features),
    ("Signature", signature),
    ("Evaluation", evaluation),
    ("Repeated fits and controls", honesty),
    ("Gene expression", genes),
    ("Gene sets and pathways", pathways),
    ("Immune landscape", landscape),
    ("Clinical associations", associated_in_methods),
    ("Radiogenomic map", radiogenomics),
    ("Statistics", statistics),
    ("Software", software),
)

# What a paper's methods need and no file of the study tells.
BY_HAND = (
    "ethics approval, consent and the dates of recruitment",
    "where and how patients were found, and who was not eligible",
    "scanners, coils, contrast agent and the sequence's parameters",
    "who drew the lesions and who scored the TILs, with which experience, and blinded to what",
    "how tissue was taken and RNA was sequenced",
    "why the sample has this size",
)


@dataclass(frozen=True, slots=True)
class Methods:
    """The whole text: headings with their paragraphs, and the references in the order of their numbers."""

    paragraphs: tuple[tuple[str, str], ...]
    references: tuple[Reference, ...]


def written(content: Content) -> Methods:
    """Return the text of what was run."""
    told = [(heading, text) for heading, topic in TOPICS if (text := topic(content).strip())]
    texts, references = numbered([text for _, text in told])
    return Methods(tuple(zip((heading for heading, _ in told), texts, strict=True)), references)


def paragraphs(content: Content) -> Iterator[str]:
    """Yield the paragraphs, in the past tense, ready to paste."""
    yield from (text for _, text in written(content).paragraphs)


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return the paragraphs, their references, the files, and what has to be added by hand."""
    if not content.settings:
        return Missing(
            "The methods text is written from what was run, and nothing has run yet.", "tilscope run STUDY"
        )
    text = written(content)
    return {
        "paragraphs": text.paragraphs,
        "references": [reference.text for reference in text.references],
        "by_hand": BY_HAND,
        "files": tuple(f"assets/tables/{name}" for name in files(content)),
    }


def files(content: Content) -> Mapping[str, bytes]:
    """Return the text as Markdown and plain text, and its references as BibTeX."""
    if not content.settings:
        return {}
    text = written(content)
    cited = [f"{number}. {reference.text}" for number, reference in enumerate(text.references, 1)]
    marked = [line for heading, told in text.paragraphs for line in (f"### {heading}", told)]
    plain = [line for heading, told in text.paragraphs for line in (heading.upper(), told)]
    return {
        "methods.md": "\n\n".join(("## Methods", *marked, "### References", "\n".join(cited), "")).encode(),
        "methods.txt": "\n\n".join(("METHODS", *plain, "REFERENCES", "\n".join(cited), "")).encode(),
        "references.bib": "\n".join(reference.bibtex for reference in text.references).encode(),
    }


METHODS = Section("methods", "Methods text", view, files=files)

__all__ = ["METHODS", "TOPICS", "Methods", "paragraphs", "written"]
