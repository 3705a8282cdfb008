"""What each source sends, checked, and brought into the file that the study keeps."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tilscope.reading import GeneSetFile, encode_gene_sets, gene_set_text, parse_gene_sets
from tilscope.vocabulary import DownloadError, InputError

FEWEST_REACTOME = 2000  # 2,694 sets in September 2024
FEWEST_KEGG = 150  # the collection of 2010 had 186 sets; there are more than 350 now
FEWEST_HGNC = 30_000  # 44,000 approved symbols in 2025
MOSTLY = 0.9
MOST_UNPACKED = 500 << 20
HGNC_COLUMNS = ("hgnc_id", "symbol", "status", "alias_symbol", "prev_symbol", "ensembl_gene_id", "entrez_id")
SPECIES = re.compile(r"\s+-\s+Homo sapiens \(human\)$")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The file to keep.

    Attributes
    ----------
    data : bytes
    n_sets, n_genes : int
        For a table of gene names: 0 sets, and its genes.
    dated : str
        The date that the file itself carries (``2024-09-18``), or empty.
    notes : tuple of str
    """

    data: bytes = field(repr=False)
    n_sets: int
    n_genes: int
    dated: str = ""
    notes: tuple[str, ...] = ()


def decode_reactome(parts: Mapping[str, bytes]) -> Decoded:
    """Unpack ``ReactomePathways.gmt.zip``; the unpacked GMT is taken as well. Reactome's ids stay in column 2."""
    ((name, data),) = parts.items()
    refuse_page(data, name)
    dated = ""
    if data.startswith(b"PK"):
        data, dated = _member(data, name, ".gmt")
    try:
        text = gene_set_text(data, Path(name))
        sets = parse_gene_sets(text, Path(name))
    except InputError as fault:
        raise _damaged(name, str(fault)) from fault
    _refuse_cut(text, name)
    _refuse_few(len(sets.sets), FEWEST_REACTOME, "gene sets", name)
    n_human = sum(text.startswith("R-HSA-") for text in sets.descriptions.values())
    if n_human < MOSTLY * len(sets.sets):
        raise _damaged(name, f"{n_human} of {len(sets.sets)} sets have a human Reactome id (R-HSA-...)")
    return Decoded(text.encode(), len(sets.sets), len(sets.genes), dated)


def decode_kegg(parts: Mapping[str, bytes]) -> Decoded:
    """Put KEGG's three lists together: pathways, genes of each pathway, symbols of the genes.

    A set is called ``title (hsa04210)``, since other collections have sets of the same title, and keeps the pathway's
    id in column 2. The first symbol that KEGG lists for a gene is taken; genes without a symbol are left out.
    """
    pathways, links, genes = (_rows(parts[name], name) for name in parts)
    link_name, gene_name = list(parts)[1:]
    titles = {_local_id(row[0]): SPECIES.sub("", row[-1]).strip() for row in pathways}
    symbols = {row[0]: symbol for row in genes if (symbol := _symbol(row[-1]))}
    listed = {row[0] for row in genes}
    members: dict[str, dict[str, None]] = {}
    linked: set[str] = set()
    for first, gene, *_ in links:
        linked.add(gene)
        if gene in symbols:
            members.setdefault(_local_id(first), {})[symbols[gene]] = None
    known = {pathway: found for pathway, found in members.items() if pathway in titles}
    _refuse_few(len(known), FEWEST_KEGG, "pathways with genes", link_name)
    if len(linked & listed) < MOSTLY * len(linked):
        raise _damaged(gene_name, f"{len(linked & listed)} of the {len(linked)} genes of the pathways")
    named = {pathway: f"{titles[pathway]} ({pathway})" for pathway in known}
    file = GeneSetFile(
        {named[pathway]: tuple(found) for pathway, found in known.items()},
        {named[pathway]: pathway for pathway in known},
    )
    n_without = len(linked - set(symbols))
    notes = (
        (f"{n_without} of {len(linked)} genes have no symbol in KEGG and are left out",) if n_without else ()
    )
    return Decoded(encode_gene_sets(file), len(file.sets), len(file.genes), notes=notes)


def decode_hgnc(parts: Mapping[str, bytes]) -> Decoded:
    """Check ``hgnc_complete_set.txt``; it is kept as it is."""
    ((name, data),) = parts.items()
    rows = _rows(data, name)
    header, body = rows[0], rows[1:]
    missing = [column for column in HGNC_COLUMNS if column not in header]
    if missing:
        raise _damaged(name, f"no column {', '.join(missing)}")
    ragged = sum(len(row) != len(header) for row in body)
    if ragged:
        raise _damaged(name, f"{ragged} of {len(body)} rows have another number of columns than the header")
    symbols = {row[header.index("symbol")] for row in body}
    _refuse_few(len(symbols), FEWEST_HGNC, "symbols", name)
    return Decoded(gene_set_text(data, Path(name)).encode(), 0, len(symbols))


def _member(data: bytes, name: str, suffix: str) -> tuple[bytes, str]:
    """Return the one file of that suffix in a zip, and its date; the CRC must be right."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = [info for info in archive.infolist() if info.filename.lower().endswith(suffix)]
            if len(found) != 1:
                raise _damaged(name, f"{len(found)} files that end in {suffix}")
            if found[0].file_size > MOST_UNPACKED:
                raise _damaged(name, f"{found[0].file_size >> 20} MiB when unpacked")
            year, month, day = found[0].date_time[:3]
            return archive.read(found[0]), f"{year:04}-{month:02}-{day:02}"
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
        raise _damaged(name, f"a damaged zip file ({fault})") from fault


def _rows(data: bytes, name: str) -> list[list[str]]:
    """Return the cells of a tab-separated text of at least two columns."""
    refuse_page(data, name)
    try:
        text = gene_set_text(data, Path(name))
    except InputError as fault:
        raise _damaged(name, str(fault)) from fault
    _refuse_cut(text, name)
    rows = [line.rstrip("\r").split("\t") for line in text.split("\n") if line.strip()]
    short = next((number for number, row in enumerate(rows, start=1) if len(row) < 2), None)
    if short is not None:
        raise _damaged(name, f"line {short} has no tab")
    return rows


def _local_id(text: str) -> str:
    """Return ``hsa00010`` of ``path:hsa00010``."""
    return text.rpartition(":")[2]


def _symbol(entry: str) -> str:
    """Return the first symbol of ``AKR1A1, ALR; aldo-keto reductase``; empty where there are none."""
    names, mark, _ = entry.partition(";")
    return names.split(",")[0].strip() if mark else ""


def _refuse_cut(text: str, name: str) -> None:
    if not text.endswith("\n"):
        raise _damaged(name, "a last line without its end: the file is cut")


def _refuse_few(found: int, fewest: int, what: str, name: str) -> None:
    if found < fewest:
        raise DownloadError(
            "NET-03",
            f"there are too few {what} for the whole file",
            file=name,
            found=str(found),
            expected=f"at least {fewest:,}",
            remedy="Fetch it again; if it stays so, look at the publisher's page.",
        )


def refuse_page(data: bytes, name: str) -> None:
    """Refuse a web page under the name of data (NET-03)."""
    start = data[:512].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        raise _damaged(name, "a web page")


def _damaged(name: str, found: str) -> DownloadError:
    return DownloadError(
        "NET-03",
        "this is not what the publisher offers, or it is damaged",
        file=name,
        found=found.rstrip("."),
        remedy="Fetch it again; if it stays so, download it by hand and name it with --from FILE.",
    )
