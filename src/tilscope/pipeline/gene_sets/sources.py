"""Who publishes gene sets and gene names; a new source is one record here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tilscope.pipeline.gene_sets.decoding import Decoded, decode_hgnc, decode_kegg, decode_reactome
from tilscope.pipeline.gene_sets.records import SetsUse


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a source.

    Attributes
    ----------
    name : str
        What it is called when it is downloaded by hand.
    path : str
        Below the source's address.
    """

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class VersionPage:
    """A short answer that tells the release; where it does not come, the file's date is taken.

    Attributes
    ----------
    path : str
        Below the source's address.
    pattern : str
        Regular expression; its first group is the version.
    told_by : str
    """

    path: str
    pattern: str
    told_by: str


@dataclass(frozen=True, slots=True)
class Source:
    """One publisher.

    Attributes
    ----------
    key : str
        What the command line calls it.
    title : str
        What people call it.
    address : str
        Base of all its files; ends with a slash.
    files : tuple of RemoteFile
        In the order in which ``decode`` wants them.
    target : str
        Name of the file in ``genesets/``.
    uses : tuple of {"cells", "pathways"}
    licence : str
        For the record and the report.
    terms : str
        What is shown before anything is fetched.
    must_be_accepted : bool
        Whether somebody has to say that the terms hold for them.
    decode : callable (name -> bytes) -> Decoded
    version : VersionPage or None
    seconds_between : float
        Shortest time between two requests, s.
    """

    key: str
    title: str
    address: str
    files: tuple[RemoteFile, ...]
    target: str
    uses: tuple[SetsUse, ...]
    licence: str
    terms: str
    must_be_accepted: bool
    decode: Callable[[Mapping[str, bytes]], Decoded]
    version: VersionPage | None = None
    seconds_between: float = 0.0


SOURCES: tuple[Source, ...] = (
    Source(
        key="reactome",
        title="Reactome pathways (human)",
        address="https://reactome.org/",
        files=(RemoteFile("ReactomePathways.gmt.zip", "download/current/ReactomePathways.gmt.zip"),),
        target="reactome.gmt",
        uses=("pathways",),
        licence="CC0 1.0",
        terms="Reactome gives its pathway data to everybody under CC0 1.0.",
        must_be_accepted=False,
        decode=decode_reactome,
        version=VersionPage(
            "ContentService/data/database/version", r"^\s*(\d{2,4})\s*$", "Reactome's ContentService"
        ),
    ),
    Source(
        key="kegg",
        title="KEGG pathways (human)",
        address="https://rest.kegg.jp/",
        files=(
            RemoteFile("kegg_pathways.txt", "list/pathway/hsa"),
            RemoteFile("kegg_links.txt", "link/hsa/pathway"),
            RemoteFile("kegg_genes.txt", "list/hsa"),
        ),
        target="kegg.gmt",
        uses=("pathways",),
        licence="KEGG, academic use only; may not be passed on",
        terms="KEGG offers its REST service to academic users at academic institutions for academic use; it is not "
        "meant for bulk download, and others need a licence (https://www.kegg.jp/kegg/legal.html). tilscope makes four "
        "requests for lists of human pathways and genes. The sets stay in your study; do not pass them on.",
        must_be_accepted=True,
        decode=decode_kegg,
        version=VersionPage("info/pathway", r"Release\s+([^\s,]+)", "KEGG's info page"),
        seconds_between=0.4,  # at most three requests a second are allowed
    ),
    Source(
        key="hgnc",
        title="HGNC complete set of gene names",
        address="https://storage.googleapis.com/public-download-files/hgnc/tsv/tsv/",
        files=(RemoteFile("hgnc_complete_set.txt", "hgnc_complete_set.txt"),),
        target="hgnc_complete_set.txt",
        uses=(),
        licence="CC0 1.0",
        terms="HGNC gives its data to everybody under CC0 1.0.",
        must_be_accepted=False,
        decode=decode_hgnc,
    ),
)
BY_KEY: Mapping[str, Source] = {source.key: source for source in SOURCES}
HGNC_TABLE = BY_KEY["hgnc"].target
"""A table of gene names, not a collection of sets; it lies in the same folder."""
