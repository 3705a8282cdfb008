"""Which kind of identifier names the genes of a matrix, told by evidence, and their way to approved symbols."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tilscope.reading.gene_aliases import GeneNames
from tilscope.reading.text_tables import shown
from tilscope.vocabulary import ExpressionError

IdentifierKind = Literal["auto", "symbol", "ensembl", "entrez", "as-is"]

MOSTLY = 0.5  # a kind must name more of the genes than this
MAPPED_NEEDED = 0.5  # share of Ensembl or Entrez ids that must have a symbol
SYMBOL = re.compile(r"[A-Z][A-Z0-9]*(orf\d+[A-Z]*|p\d+)?([-._@/][A-Za-z0-9]+)*")
ENSEMBL = re.compile(r"(ENSG\d{11})(\.\d+)?(_PAR_Y)?")
ENTREZ = re.compile(r"[1-9]\d{0,8}(_at)?")
PAIR = re.compile(r"([^|]+)\|([1-9]\d*)")
OTHERS = (
    ("Ensembl transcripts", re.compile(r"ENST\d{11}(\.\d+)?"), "Sum the transcripts of each gene first."),
    ("Ensembl ids of another species", re.compile(r"ENS[A-Z]{3,4}G\d{11}(\.\d+)?"), "Human genes are needed."),
    ("RefSeq transcripts", re.compile(r"[NX][MR]_\d+(\.\d+)?"), "Sum the transcripts of each gene first."),
    (
        "array probes",
        re.compile(r"(AFFX-.*|[\w-]*\d+(_[a-z])*_at|ILMN_\d+|A_\d+_P\d+|TC\d+\.hg\.\d+)"),
        "Summarise the probes to genes first, with the array's annotation.",
    ),
    ("symbols of another species", re.compile(r"[A-Z][a-z][a-z0-9]+"), "Human genes are needed."),
)  # fmt: skip
FETCH = "Fetch HGNC's table of names first: tilscope genesets fetch hgnc STUDY"


@dataclass(frozen=True, slots=True)
class NamedGenes:
    """Names of the rows after mapping.

    Attributes
    ----------
    names : tuple of str
        One per row: the approved symbol, or the name as it came.
    kind : str
        ``symbol``, ``ensembl``, ``entrez``, or ``as-is``.
    evidence : str
        Why it is taken for that, in words.
    renamed : dict of str to str
        Earlier names that were replaced by the approved symbol.
    mapped, unmapped : int
        Number of ids with and without a symbol (those without keep their id).
    notes : tuple of str
        Rule id first.
    """

    names: tuple[str, ...]
    kind: str
    evidence: str
    renamed: dict[str, str]
    mapped: int = 0
    unmapped: int = 0
    notes: tuple[str, ...] = ()


def name_genes(
    genes: Sequence[str], table: GeneNames, kind: str = "auto", file: object = None, own: Sequence[str] = ()
) -> NamedGenes:
    """Bring the names of genes to approved symbols.

    Parameters
    ----------
    genes : sequence of str
        The names of the rows.
    table : GeneNames
        What genes are called.
    kind : {"auto", "symbol", "ensembl", "entrez", "as-is"}
        ``auto`` takes the kind that most names look like; ``as-is`` changes no name.
    own : sequence of str
        Symbols from a column of the table itself, one per row; empty where it has none.

    Raises
    ------
    ExpressionError
        TAB-58 when no kind fits most names, or ids have no symbol in the table (with the command to run).
    """
    if kind == "as-is":
        return NamedGenes(tuple(genes), kind, "names are taken as they stand (identifiers = as-is)", {})
    told, evidence = recognised_kind(genes, table, file) if kind == "auto" else (kind, f"set to {kind}")
    if told == "symbol":
        return _approved(_without_pair(genes), table, evidence)
    look_up, what = _LOOK_UPS[told]
    if own:
        return _from_own_column(genes, own, table, told, evidence)
    found = [look_up(gene, table) for gene in genes]
    n_mapped = sum(symbol is not None for symbol in found)
    if n_mapped < MAPPED_NEEDED * len(genes):
        raise ExpressionError(
            "TAB-58",
            f"the genes are named by {what}, and most have no symbol in {table.source}",
            file=file,
            found=f"{n_mapped:,} of {len(genes):,} with a symbol ({evidence})",
            expected="HGNC symbols, or ids with HGNC's table of names",
            remedy=f'{FETCH}. Or set identifiers = "as-is" in [expression], with gene sets that use the same ids.'
            if not table.is_complete
            else "Check that these are human genes.",
        )
    names = tuple(symbol or gene for symbol, gene in zip(found, genes, strict=True))
    n_left = len(genes) - n_mapped
    note = f"TAB-58 {n_mapped:,} {what} were mapped to symbols by {table.source}; {n_left:,} without one keep their id"
    return NamedGenes(names, told, evidence, {}, n_mapped, n_left, (note,))


def recognised_kind(genes: Sequence[str], table: GeneNames, file: object = None) -> tuple[str, str]:
    """Return the kind that most names look like, and how many do."""
    counted = {told: sum(map(looks, genes)) for told, looks in _LOOKS.items()}
    best = max(counted, key=lambda told: counted[told])
    total = f"{len(genes):,} names"
    if counted[best] > MOSTLY * len(genes):
        n_approved = sum(gene in table.symbols for gene in genes) if best == "symbol" else 0
        approved = f", {n_approved:,} are approved ones" if best == "symbol" and table.is_complete else ""
        return best, f"{counted[best]:,} of {total} look like {_WORDS[best]}{approved}"
    others = {what: sum(bool(p.fullmatch(gene)) for gene in genes) for what, p, _ in OTHERS}
    likely = max(others, key=lambda what: others[what])
    is_told = others[likely] > MOSTLY * len(genes)
    remedy = next(todo for what, _, todo in OTHERS if what == likely) if is_told else ""
    mixed = ", ".join(f"{n:,} like {_WORDS[told]}" for told, n in counted.items() if n)
    raise ExpressionError(
        "TAB-58",
        "it cannot be told what names the genes",
        file=file,
        found=f"{others[likely]:,} of {total} look like {likely}"
        if is_told
        else f"{total}, such as {shown(list(genes[:4]))}{'; ' if mixed else ''}{mixed}",
        expected="HGNC symbols, Ensembl gene ids or Entrez ids for most genes",
        remedy=f"{remedy} Or set identifiers in [expression] of study.toml ("
        '"symbol", "ensembl", "entrez" or "as-is").'.lstrip(),
    )


def n_like_genes(names: Sequence[str]) -> int:
    """Return how many names are Ensembl gene ids: nobody calls a patient so."""
    return sum(bool(ENSEMBL.fullmatch(name)) for name in names)


def _approved(genes: Sequence[str], table: GeneNames, evidence: str) -> NamedGenes:
    """Replace earlier names by approved symbols, where that is unambiguous and the symbol is not there itself."""
    present = set(genes)
    wanted = {gene: table.other_names[gene] for gene in dict.fromkeys(genes) if gene in table.other_names}
    claims = Counter(wanted.values())
    renamed = {old: new for old, new in wanted.items() if new not in present and claims[new] == 1}
    left = [f"{old} ({new})" for old, new in wanted.items() if old not in renamed]
    notes = []
    if renamed:
        told = shown([f"{old} -> {new}" for old, new in renamed.items()])
        notes.append(f"TAB-58 {len(renamed)} earlier names of genes were replaced by {table.source}: {told}")
    if left:
        notes.append(
            f"TAB-58 {len(left)} earlier names were left alone, since the gene is in the matrix under another name"
            f" too: {shown(left)}"
        )
    return NamedGenes(
        tuple(renamed.get(gene, gene) for gene in genes), "symbol", evidence, renamed, notes=tuple(notes)
    )


def _from_own_column(
    genes: Sequence[str], own: Sequence[str], table: GeneNames, told: str, evidence: str
) -> NamedGenes:
    names = [symbol.strip() or gene for symbol, gene in zip(own, genes, strict=True)]
    found = _approved(names, table, f"{evidence}; symbols are from the table's own column")
    n_mapped = sum(bool(symbol.strip()) for symbol in own)
    note = f"TAB-58 {n_mapped:,} of {len(genes):,} ids were mapped to symbols by the table's own column"
    return NamedGenes(
        found.names,
        told,
        found.evidence,
        found.renamed,
        n_mapped,
        len(genes) - n_mapped,
        (note, *found.notes),
    )


def _without_pair(genes: Sequence[str]) -> tuple[str, ...]:
    """Return ``A1BG`` for ``A1BG|1``; a question mark before the bar leaves the whole name."""
    pairs = [PAIR.fullmatch(gene) for gene in genes]
    return tuple(
        pair[1] if pair and pair[1] != "?" else gene for pair, gene in zip(pairs, genes, strict=True)
    )


def _ensembl(gene: str, table: GeneNames) -> str | None:
    match = ENSEMBL.fullmatch(gene)
    return table.by_ensembl.get(match[1]) if match else None


def _entrez(gene: str, table: GeneNames) -> str | None:
    return table.by_entrez.get(gene.removesuffix("_at"))


_LOOKS: dict[str, Callable[[str], bool]] = {
    "ensembl": lambda gene: bool(ENSEMBL.fullmatch(gene)),
    "entrez": lambda gene: bool(ENTREZ.fullmatch(gene)),
    "symbol": lambda gene: (
        bool(SYMBOL.fullmatch(PAIR.sub(r"\1", gene)))
        and not any(p.fullmatch(gene) for what, p, _ in OTHERS if "another species" not in what)
        and not ENSEMBL.fullmatch(gene)
    ),
}
_WORDS = {"ensembl": "Ensembl gene ids", "entrez": "Entrez ids", "symbol": "HGNC symbols"}
_LOOK_UPS = {"ensembl": (_ensembl, "Ensembl gene ids"), "entrez": (_entrez, "Entrez ids")}
