"""Verbs on collections of gene sets: add a file, fetch from a publisher, list what the study has."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tilscope.cli.app import AsJson
from tilscope.cli.telling import err, out, print_json, tell_next

if TYPE_CHECKING:
    from tilscope.biology.gene_sets.collection_fit import CollectionFit
    from tilscope.pipeline.gene_sets.covering import StudyGenes
    from tilscope.pipeline.gene_sets.downloading import Follower
    from tilscope.pipeline.gene_sets.records import CollectionRecord, SetsUse
    from tilscope.pipeline.gene_sets.sources import Source
    from tilscope.study import Study

WORST_SHOWN = 5
SETS_NAMED = 60  # coverage is told set by set up to so many

genesets = typer.Typer(
    help="Collections of gene sets with their licence and hash: add a GMT file, fetch from a publisher, list.",
    no_args_is_help=True,
)

StudyHere = Annotated[Path, typer.Argument(help="The study folder.")]
Force = Annotated[bool, typer.Option("--force", help="Write over other gene sets of that name.")]


@genesets.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="GMT file, plain or .gz.", show_default=False)],
    study: StudyHere = Path(),
    *,
    licence: Annotated[
        str, typer.Option(help="Under which terms the sets may be used, such as 'CC BY 4.0' or 'own work'.")
    ],
    source: Annotated[
        str, typer.Option(help="Where the sets come from, such as a citation. \\[default: the file's name]")
    ] = "",
    use: Annotated[
        Literal["cells", "pathways", "both"] | None,
        typer.Option(
            help="What they are for: scores of cells, enrichment of pathways. \\[default: up to 100 sets both, "
            "else pathways]"
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What the collection is called. \\[default: the file's name]")
    ] = None,
    force: Force = False,
) -> None:
    """Check a GMT file and copy it into the study, with its licence and hash; say what the matrix has of it."""
    from tilscope.pipeline.gene_sets import adding
    from tilscope.study import Study, working

    opened = Study.open(study)
    with working(opened):
        added = adding.add(opened, adding.AddRequest(file, licence, source, _uses(use), name, force))
    for note in added.notes:
        err.print(f"{added.file.name}: {note}", markup=False)
    _tell_kept(added.record, added.file, has_changed=added.has_changed)
    _tell_coverage(opened, added.file)
    tell_next(f"tilscope run {study}")


def _uses(use: str | None) -> tuple[SetsUse, ...] | None:
    words: dict[str | None, tuple[SetsUse, ...] | None] = {
        None: None, "cells": ("cells",), "pathways": ("pathways",), "both": ("cells", "pathways"),
    }  # fmt: skip
    return words[use]


@genesets.command("fetch")
def fetch(
    source: Annotated[
        Literal["reactome", "kegg", "hgnc"], typer.Argument(help="Who publishes them.", show_default=False)
    ],
    study: StudyHere = Path(),
    origin: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="ADDRESS|FILE|FOLDER",
            help="A mirror's address, or what was downloaded by hand, instead of the publisher's server.",
        ),
    ] = None,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Say that the publisher's terms hold for you.")
    ] = False,
    force: Force = False,
) -> None:
    """Fetch gene sets or gene names from their publisher: resumed, checked, with licence and version."""
    from tilscope.pipeline.gene_sets.fetching import FetchRequest
    from tilscope.pipeline.gene_sets.fetching import fetch as fetch_source
    from tilscope.pipeline.gene_sets.sources import BY_KEY
    from tilscope.study import Study, working

    opened, chosen = Study.open(study), BY_KEY[source]
    out.print(chosen.terms, markup=False)
    is_accepted = accept_licence or _is_accepted(chosen)
    request = FetchRequest(chosen, origin, is_accepted, force)
    with working(opened), _following(chosen.key) as follower:
        fetched = fetch_source(opened, request, follower)
    for note in fetched.notes:
        err.print(f"{fetched.file.name}: {note}", markup=False)
    if fetched.has_changed and fetched.before is not None:
        before = fetched.before
        out.print(
            f"It takes the place of {before.version or 'one'}, kept since {before.added}.", markup=False
        )
    _tell_kept(fetched.record, fetched.file, has_changed=fetched.has_changed)
    if fetched.record.uses:
        _tell_coverage(opened, fetched.file)
    tell_next(f"tilscope run {study}")


def _is_accepted(source: Source) -> bool:
    """Ask a human, if there is one."""
    if not source.must_be_accepted:
        return True
    return sys.stdin.isatty() and typer.confirm("Do these terms hold for you?", default=False)


@contextmanager
def _following(key: str) -> Iterator[Follower]:
    """Show how the download goes, if it takes more than two seconds."""
    from tilscope.pipeline import Bars
    from tilscope.pipeline.gene_sets.downloading import Follower

    with Bars(err) as bars:
        begun: set[str] = set()

        def progress(name: str, n_bytes: int, total: int | None) -> None:
            what = f"{key}: {name}, KiB"
            if total is None:
                return
            if what not in begun:
                begun.add(what)
                bars.add(what, max(total >> 10, 1), after_s=2.0)
            bars.to(what, n_bytes >> 10, max(total >> 10, 1))

        yield Follower(progress, lambda sentence: err.print(f"{key}: {sentence}", markup=False))


@genesets.command("list")
def list_(study: StudyHere = Path(), as_json: AsJson = False) -> None:
    """List the study's collections: use, sets, genes, licence, hash, and what the matrix has of them."""
    from tilscope.pipeline.gene_sets.listing import listed
    from tilscope.study import Study

    opened = Study.open(study)
    entries = listed(opened, _matrix(opened))
    if as_json:
        print_json({"collections": [entry.as_record() for entry in entries]})
        return
    if not entries:
        out.print("The study has no gene sets.")
        tell_next(
            f"tilscope genesets add FILE.gmt {study} --licence TEXT, or tilscope genesets fetch reactome {study}"
        )
        return
    from tilscope.cli.geneset_table import collection_lines

    for line in collection_lines(entries):
        out.print(line, markup=False)
    for entry in entries:
        if entry.fault is not None:
            err.print(str(entry.fault), markup=False)
        if entry.fit is not None and entry.fit.mismatch:
            err.print(f"TAB-58 {entry.file.name}: {entry.fit.mismatch}", markup=False)


def _matrix(study: Study) -> StudyGenes | None:
    """Return the genes of the matrix; None, with the reason, where it cannot be read."""
    from tilscope.pipeline.gene_sets.covering import study_genes
    from tilscope.vocabulary import TilscopeError

    try:
        with err.status("reading the expression matrix"):
            return study_genes(study)
    except TilscopeError as error:
        err.print(f"The coverage is not known, since the matrix cannot be used: {error}", markup=False)
        return None


def _tell_kept(record: CollectionRecord, file: Path, *, has_changed: bool) -> None:
    what = (
        f"{record.n_sets:,} sets of {record.n_genes:,} genes"
        if record.n_sets
        else f"{record.n_genes:,} gene names"
    )
    uses = f" for {' and '.join(record.uses)}" if record.uses else ""
    version = f", version {record.version} ({record.version_from})" if record.version else ""
    out.print(f"{'Kept' if has_changed else 'Unchanged:'} {what}{uses} as {file}.", markup=False)
    out.print(
        f"Licence: {record.licence}. Source: {record.source}{version}. SHA-256 {record.sha256[:12]}...",
        markup=False,
    )


def _tell_coverage(study: Study, file: Path) -> None:
    """Say what the matrix has of every set of one collection."""
    from tilscope.biology.gene_sets.collection_fit import fit_collection
    from tilscope.pipeline.biology.inputs import load_collection, named_as_matrix

    if not study.expression_file.is_file():
        out.print("The study has no expression matrix yet; the coverage is told once it has one.")
        return
    matrix = _matrix(study)
    if matrix is None:
        return
    settings = study.settings.biology
    collection = named_as_matrix(study, load_collection(file), matrix.genes)
    fit = fit_collection(matrix.genes, collection.sets, settings.min_overlap)
    _tell_sets(fit)
    out.print(
        f"Coverage: the matrix has {fit.n_present:,} of the {fit.n_genes:,} genes ({fit.fraction:.0%}); "
        f"{fit.n_scorable(settings.min_genes):,} of {len(fit.table):,} sets have at least {settings.min_genes}.",
        markup=False,
    )
    if collection.renamed:
        names = ", ".join(f"{old} -> {new}" for old, new in list(collection.renamed.items())[:8])
        out.print(
            f"Earlier names that count under their symbols: {len(collection.renamed)} ({names}).",
            markup=False,
        )
    if fit.mismatch:
        err.print(f"TAB-58 {file.name}: {fit.mismatch}", markup=False)


def _tell_sets(fit: CollectionFit) -> None:
    """Print one line per set: all of a small collection, else those of which least is there."""
    is_small = len(fit.table) <= SETS_NAMED
    rows = fit.table if is_small else fit.table.sort_values("fraction", kind="stable").head(WORST_SHOWN)
    if not is_small:
        out.print(f"Least is there of ({WORST_SHOWN} of {len(fit.table):,} sets; the report tells of all):")
    for name, row in rows.iterrows():
        missing = ", ".join(row["missing"][:8]) + (", ..." if len(row["missing"]) > 8 else "")
        told = f"; missing {missing}" if missing else ""
        out.print(f"  {name}: {row['n_present']} of {row['n_genes']}{told}", markup=False)
