"""`tilscope genesets` as a user meets it: files added, publishers asked (a server on this machine), faults refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import stat
import urllib.request
import zipfile
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from tilscope.pipeline.gene_sets import connections, downloading, sources
from tilscope.pipeline.gene_sets.downloading import Patience
from tilscope.reading import read_hgnc
from tilscope.vocabulary import DownloadError

ROOT = Path(__file__).parents[2]
REACTOME = "download/current/ReactomePathways.gmt.zip"
VERSION = "ContentService/data/database/version"
N_REACTOME = 2694  # lines of the shared file, by wc -l
KEGG_PATHS = ("list/pathway/hsa", "link/hsa/pathway", "list/hsa")


@pytest.fixture
def web(request, monkeypatch):
    """The server, and a client that does not wait long."""
    module = request.getfixturevalue("file_server")
    monkeypatch.setattr(downloading, "PATIENCE", Patience(4, 0.01, 0.02, 5.0))
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with module.serving() as files:
        yield files


@pytest.fixture
def reactome(real_data):
    return (real_data / "genesets" / "ReactomePathways_2024-09-18.gmt").read_bytes()


@pytest.fixture
def with_reactome(web, file_server, reactome):
    """The server has Reactome's zip file and its version."""
    web.shelves[REACTOME] = file_server.Shelf(zipped(reactome), kind="application/zip")
    web.shelves[VERSION] = file_server.Shelf(b"90", kind="text/plain")
    return web


def zipped(gmt, name="ReactomePathways.gmt"):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2024, 9, 18, 12, 0, 0)), gmt, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def folder_of(study):
    return (
        sorted(file.name for file in (study / "genesets").iterdir()) if (study / "genesets").is_dir() else []
    )


def record_of(study, name):
    return json.loads((study / "genesets" / f"{name}.json").read_text())


def test_reactome_is_fetched_whole_with_licence_version_and_hash(tilscope, study, with_reactome, reactome):
    answer = tilscope("genesets", "fetch", "reactome", study, "--from", with_reactome.address)
    assert answer.code == 0, answer.text
    kept = study / "genesets" / "reactome.gmt"
    assert kept.read_bytes() == reactome
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert folder_of(study) == ["reactome.gmt", "reactome.json"]
    record = record_of(study, "reactome")
    assert record["sha256"] == hashlib.sha256(reactome).hexdigest()
    assert (record["n_sets"], record["licence"], record["uses"]) == (N_REACTOME, "CC0 1.0", ["pathways"])
    assert (record["version"], record["version_from"]) == ("90", "Reactome's ContentService")
    (original,) = record["files"]
    assert original["sha256"] == hashlib.sha256(with_reactome.shelves[REACTOME].data).hexdigest()
    assert b"\tR-HSA-" in kept.read_bytes()
    assert "CC0" in answer.out
    assert f"Next: tilscope run {study}" in answer.out
    again = tilscope("genesets", "fetch", "reactome", study, "--from", with_reactome.address)
    assert "Unchanged: 2,694 sets" in again.text


def test_nothing_but_the_wish_for_a_file_is_sent(tilscope, study, with_reactome):
    tilscope("genesets", "fetch", "reactome", study, "--from", with_reactome.address)
    assert [request.path for request in with_reactome.requests] == [f"/{REACTOME}", f"/{VERSION}"]
    for request in with_reactome.requests:
        assert set(request.headers) == {"Host", "User-Agent", "Accept-Encoding", "Connection"}
        assert request.headers["User-Agent"].startswith("tilscope/")


def test_the_version_is_the_date_of_the_file_where_nobody_tells_a_release(
    tilscope, study, with_reactome, tmp_path
):
    del with_reactome.shelves[VERSION]
    fetch = ("genesets", "fetch", "reactome", study, "--from")
    assert tilscope(*fetch, with_reactome.address).code == 0
    record = record_of(study, "reactome")
    assert (record["version"], record["version_from"]) == ("2024-09-18", "the server's date of the file")
    by_hand = tmp_path / "by hand.zip"
    by_hand.write_bytes(with_reactome.shelves[REACTOME].data)
    assert tilscope(*fetch, by_hand).code == 0
    record = record_of(study, "reactome")
    assert record["version_from"] == "the date inside the zip file"
    assert record["files"][0]["name"] == "by hand.zip"


def test_a_broken_connection_goes_on_where_it_broke(tilscope, study, with_reactome, reactome, file_server):
    half = len(with_reactome.shelves[REACTOME].data) // 2
    with_reactome.mishaps[REACTOME] = [file_server.cut(half), file_server.cut(1000)]
    answer = tilscope("genesets", "fetch", "reactome", study, "--from", with_reactome.address)
    assert answer.code == 0, answer.text
    asked = [request.headers.get("Range") for request in with_reactome.of(f"/{REACTOME}")]
    assert asked == [None, f"bytes={half}-", f"bytes={half + 1000}-"]
    assert with_reactome.requests[1].headers["If-Range"] == '"one"'
    assert (study / "genesets" / "reactome.gmt").read_bytes() == reactome
    assert "trying again" in answer.err


def interrupt_after(monkeypatch, n_chunks):
    """Press Ctrl-C when so many pieces have come."""
    write, seen = downloading.write_at, []

    def interrupted(path, data, position):
        seen.append(position)
        if len(seen) > n_chunks:
            raise KeyboardInterrupt
        write(path, data, position)

    monkeypatch.setattr(downloading, "write_at", interrupted)


def test_ctrl_c_and_the_same_command_again(tilscope, study, with_reactome, reactome, monkeypatch):
    fetch = ("genesets", "fetch", "reactome", study, "--from", with_reactome.address)
    with monkeypatch.context() as patch:
        interrupt_after(patch, 3)  # the empty file and two pieces
        answer = tilscope(*fetch)
    assert answer.code == 130
    assert "the same command goes on from here" in answer.err
    assert "reactome.gmt" not in folder_of(study)
    assert tilscope("genesets", "list", study).code == 0
    assert tilscope(*fetch).code == 0
    assert with_reactome.of(f"/{REACTOME}")[-1].headers["Range"] == f"bytes={2 * downloading.CHUNK}-"
    assert (study / "genesets" / "reactome.gmt").read_bytes() == reactome


@pytest.mark.parametrize("heeds_if_range", [True, False])
def test_a_new_release_between_two_tries_is_fetched_whole(
    tilscope, study, with_reactome, reactome, monkeypatch, heeds_if_range
):
    fetch = ("genesets", "fetch", "reactome", study, "--from", with_reactome.address)
    with monkeypatch.context() as patch:
        interrupt_after(patch, 3)
        assert tilscope(*fetch).code == 130
    newer = reactome + b"A new set\tR-HSA-1\tCD8A\tGZMA\n"
    shelf = replace(with_reactome.shelves[REACTOME], data=zipped(newer), etag='"two"')
    with_reactome.shelves[REACTOME] = replace(shelf, heeds_if_range=heeds_if_range)
    assert tilscope(*fetch).code == 0
    assert (study / "genesets" / "reactome.gmt").read_bytes() == newer


def test_pieces_that_do_not_fit_are_fetched_anew(tilscope, study, with_reactome, reactome, monkeypatch):
    """A server that tells no ETag, says the file is unchanged, and gives the rest of another one of that length."""
    old = with_reactome.shelves[REACTOME]
    with_reactome.shelves[REACTOME] = replace(old, etag="")
    fetch = ("genesets", "fetch", "reactome", study, "--from", with_reactome.address)
    with monkeypatch.context() as patch:
        interrupt_after(patch, 3)
        assert tilscope(*fetch).code == 130
    (partial,) = (study / "genesets").glob(".*.partial")
    damaged = bytearray(partial.read_bytes())
    damaged[5000:5100] = bytes(100)
    partial.write_bytes(bytes(damaged))
    answer = tilscope(*fetch)
    assert answer.code == 0, answer.text
    assert "fetching the whole again" in answer.err
    assert (study / "genesets" / "reactome.gmt").read_bytes() == reactome


def test_a_download_that_was_whole_when_the_command_died(
    tilscope, study, with_reactome, reactome, monkeypatch
):
    """The partial file is whole: the server says that there is nothing more (416)."""
    fetch = ("genesets", "fetch", "reactome", study, "--from", with_reactome.address)
    with monkeypatch.context() as patch:
        patch.setattr("tilscope.pipeline.gene_sets.fetching.keep", interrupt)
        assert tilscope(*fetch).code == 130
    assert tilscope(*fetch).code == 0
    assert [r.headers.get("Range") is None for r in with_reactome.of(f"/{REACTOME}")] == [True, False]
    assert (study / "genesets" / "reactome.gmt").read_bytes() == reactome


def interrupt(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("mishap", "n_asked", "rule", "says"),
    [
        (lambda s: [s.answer(404)], 1, "NET-02", "HTTP 404"),
        (lambda s: [s.answer(403)], 1, "NET-02", "HTTP 403"),
        (lambda s: [s.answer(500)] * 9, 4, "NET-02", "HTTP 500"),
        (lambda s: [s.answer(503, Retry_After="3600")] * 9, 4, "NET-02", "HTTP 503"),
        (lambda s: [s.page()], 1, "NET-03", "web page"),
        (lambda s: [s.page("application/zip")], 1, "NET-03", "web page"),
        (lambda s: [s.promise(77)] * 9, 5, "NET-03", "does not come whole"),
        (lambda s: [s.cut(0)] * 9, 4, "NET-03", "does not come whole"),
    ],
    ids=["404", "403", "500", "busy", "page", "page as zip", "wrong length", "nothing comes"],
)
def test_what_a_server_can_do_wrong(tilscope, study, with_reactome, file_server, mishap, n_asked, rule, says):
    with_reactome.shelves[REACTOME] = replace(with_reactome.shelves[REACTOME], gives_ranges=False)
    with_reactome.mishaps[REACTOME] = mishap(file_server)
    answer = tilscope("genesets", "fetch", "reactome", study, "--from", with_reactome.address)
    assert answer.code == 2
    assert answer.err.splitlines()[-1].startswith(rule)
    assert says in answer.text
    assert "--from" in answer.err
    assert len(with_reactome.of(f"/{REACTOME}")) == n_asked
    assert not [name for name in folder_of(study) if not name.startswith(".")]


def test_a_server_that_is_busy_twice(tilscope, study, with_reactome, file_server):
    with_reactome.mishaps[REACTOME] = [file_server.answer(500), file_server.answer(429, Retry_After="7")]
    answer = tilscope("genesets", "fetch", "reactome", study, "--from", with_reactome.address)
    assert answer.code == 0
    assert answer.err.count("trying again") == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (lambda gmt: zipped(gmt)[:-40], "damaged zip"),
        (lambda gmt: zipped(gmt)[:3000] + bytes(50) + zipped(gmt)[3050:], "damaged zip"),
        (lambda gmt: zipped(gmt, "readme.txt"), "0 files that end in .gmt"),
        (lambda gmt: zipped(gmt[:100_000].rpartition(b"\n")[0] + b"\n"), "at least 2,000"),
        (lambda gmt: gmt[:-30], "cut"),
        (lambda gmt: zipped(gmt.replace(b"R-HSA-", b"R-MMU-")), "human Reactome id"),
        (lambda gmt: b"\x89PNG" + bytes(1000), "NET-03"),
    ],
    ids=["cut zip", "flipped bytes", "no gmt", "few sets", "cut gmt", "mouse", "picture"],
)
def test_files_that_are_not_what_they_should_be(tilscope, study, reactome, tmp_path, content, says):
    (tmp_path / "file.zip").write_bytes(content(reactome))
    answer = tilscope("genesets", "fetch", "reactome", study, "--from", tmp_path / "file.zip")
    assert answer.code == 2
    assert "NET-03" in answer.err
    assert says in answer.err
    assert folder_of(study) == []


def test_without_a_network(tilscope, study, with_reactome, file_server):
    """Nobody listens: refused with words; what was fetched before stays."""
    assert tilscope("genesets", "fetch", "reactome", study, "--from", with_reactome.address).code == 0
    before = (study / "genesets" / "reactome.json").read_bytes()
    with file_server.serving() as gone:
        address = gone.address
    answer = tilscope("genesets", "fetch", "reactome", study, "--from", address)
    assert answer.code == 2
    assert "NET-01" in answer.err
    assert "cannot be reached" in answer.err
    assert "downloaded by hand" in tilscope("genesets", "fetch", "--help").text
    assert (study / "genesets" / "reactome.json").read_bytes() == before


def test_a_proxy_of_the_environment_is_used_and_its_exceptions_are_heeded(
    tilscope, study, with_reactome, file_server, monkeypatch
):
    monkeypatch.setenv("http_proxy", with_reactome.address)
    fetch = ("genesets", "fetch", "reactome", study, "--from")
    assert tilscope(*fetch, "http://mirror.example/").code == 0
    assert with_reactome.requests[0].path == f"http://mirror.example/{REACTOME}"
    with file_server.serving() as gone:
        monkeypatch.setenv("http_proxy", gone.address)
    assert tilscope(*fetch, with_reactome.address).code == 2
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert tilscope(*fetch, with_reactome.address).code == 0


def test_a_password_in_an_address_is_neither_used_nor_told(tilscope, study, with_reactome):
    address = with_reactome.address.replace("//", "//anna:secret@")
    answer = tilscope("genesets", "fetch", "reactome", study, "--from", address)
    assert answer.code == 2
    assert "NET-02" in answer.err
    assert "secret" not in answer.text
    assert with_reactome.requests == []


def test_redirects(tilscope, study, with_reactome, file_server):
    with_reactome.mishaps["moved.zip"] = [file_server.lead_to(f"{with_reactome.address}{REACTOME}")]
    with_reactome.mishaps["ReactomePathways.gmt.zip"] = with_reactome.mishaps["moved.zip"]
    address = f"{with_reactome.address}ReactomePathways.gmt.zip"
    assert tilscope("genesets", "fetch", "reactome", study, "--from", address).code == 0
    request = urllib.request.Request("https://a.example/x")
    with pytest.raises(DownloadError, match="open one"):
        connections._Redirects().redirect_request(
            request, io.BytesIO(), 302, "Found", {}, "http://a.example/x"
        )


# --- KEGG -------------------------------------------------------------------------------------------------------------


def kegg_replies(gmt):
    """Return KEGG's three lists for the sets of a GMT file, in the form of its REST service, and the symbols by set."""
    rows = [line.split("\t") for line in gmt.decode().splitlines()]
    genes = sorted({gene for row in rows for gene in row[2:]})
    number = {gene: f"hsa:{1000 + k}" for k, gene in enumerate(genes)}
    titles = [f"hsa{k:05}\t{row[0].title()} - Homo sapiens (human)" for k, row in enumerate(rows, start=10)]
    links = [f"path:hsa{k:05}\t{number[gene]}" for k, row in enumerate(rows, start=10) for gene in row[2:]]
    listed = [f"{number[gene]}\tCDS\t1:100..200\t{gene}, OLD{gene}; some protein" for gene in genes]
    links += [
        "path:hsa00010\thsa:9",
        "path:hsa99999\thsa:1000",
    ]  # a gene without a symbol, a pathway without a title
    listed.append("hsa:9\tCDS\t2:5..9\tuncharacterized protein")
    expected = {f"{row[0].title()} (hsa{k:05})": set(row[2:]) for k, row in enumerate(rows, start=10)}
    return tuple("\n".join(lines).encode() + b"\n" for lines in (titles, links, listed)), expected


@pytest.fixture
def kegg(web, file_server, real_data):
    replies, expected = kegg_replies((real_data / "genesets" / "kegg-legacy.v7.5.1.symbols.gmt").read_bytes())
    for path, reply in zip(KEGG_PATHS, replies, strict=True):
        web.shelves[path] = file_server.Shelf(reply, "", "", "text/plain", gives_ranges=False)
    info = b"pathway          KEGG Pathway Database\npath             Release 118.0+/06-12, Jun 26\n"
    web.shelves["info/pathway"] = file_server.Shelf(info, "", "", "text/plain")
    return web, expected


def read_gmt(file):
    rows = [line.split("\t") for line in file.read_text().splitlines()]
    return {name: (described, set(genes)) for name, described, *genes in rows}


def test_kegg_is_put_together_at_most_three_requests_a_second(tilscope, study, kegg):
    web, expected = kegg
    fetch = ("genesets", "fetch", "kegg", study, "--from", web.address, "--accept-licence")
    answer = tilscope(*fetch)
    assert answer.code == 0, answer.text
    sets = read_gmt(study / "genesets" / "kegg.gmt")
    assert {name: genes for name, (_, genes) in sets.items()} == expected
    assert all(name.endswith(f" ({described})") for name, (described, _) in sets.items())
    record = record_of(study, "kegg")
    assert (record["version"], record["version_from"]) == ("118.0+/06-12", "KEGG's info page")
    assert record["licence"] == "KEGG, academic use only; may not be passed on"
    assert "1 of 5246 genes have no symbol" in answer.err
    times = [request.time_s for request in web.requests]
    assert [request.path for request in web.requests] == [f"/{p}" for p in (*KEGG_PATHS, "info/pathway")]
    assert min(b - a for a, b in pairwise(times)) > 1 / 3


def test_kegg_terms_must_be_accepted_before_anything_is_asked(tilscope, study, kegg, monkeypatch):
    web, _ = kegg
    monkeypatch.setitem(sources.BY_KEY, "kegg", replace(sources.BY_KEY["kegg"], seconds_between=0.0))
    fetch = ("genesets", "fetch", "kegg", study, "--from", web.address)
    answer = tilscope(*fetch)
    assert answer.code == 2
    assert "NET-04" in answer.err
    assert "academic" in answer.out
    assert web.requests == []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    assert tilscope(*fetch).code == 2
    monkeypatch.setattr("typer.confirm", lambda *_, **__: True)
    assert tilscope(*fetch).code == 0


def test_kegg_lists_that_do_not_fit_together_or_end_too_soon(tilscope, study, kegg, file_server, monkeypatch):
    web, _ = kegg
    monkeypatch.setitem(sources.BY_KEY, "kegg", replace(sources.BY_KEY["kegg"], seconds_between=0.0))
    fetch = ("genesets", "fetch", "kegg", study, "--from", web.address, "--accept-licence")
    genes = web.shelves["list/hsa"]
    lines = genes.data.splitlines(keepends=True)
    web.shelves["list/hsa"] = replace(genes, data=b"".join(lines[:-1000]))
    answer = tilscope(*fetch)
    assert answer.code == 2
    assert "NET-03: kegg_genes.txt" in answer.err
    web.shelves["list/hsa"] = replace(genes, data=genes.data[:-7])
    assert "the file is cut" in tilscope(*fetch).err
    assert folder_of(study) == []
    web.shelves["list/hsa"] = genes
    web.mishaps["link/hsa/pathway"] = [file_server.in_chunks(whole=False), file_server.in_chunks()]
    answer = tilscope(*fetch)
    assert answer.code == 0, answer.text
    assert "trying again" in answer.err


def test_kegg_files_downloaded_by_hand(tilscope, study, kegg, tmp_path):
    web, expected = kegg
    fetch = ("genesets", "fetch", "kegg", study, "--accept-licence", "--from")
    answer = tilscope(*fetch, tmp_path / "kegg.txt")
    assert answer.code == 2
    assert "kegg_links.txt (from https://rest.kegg.jp/link/hsa/pathway)" in answer.err
    for name, path in zip(("kegg_pathways.txt", "kegg_links.txt", "kegg_genes.txt"), KEGG_PATHS, strict=True):
        (tmp_path / name).write_bytes(web.shelves[path].data)
    assert tilscope(*fetch, tmp_path).code == 0
    assert len(read_gmt(study / "genesets" / "kegg.gmt")) == len(expected)
    assert web.requests == []


# --- HGNC -------------------------------------------------------------------------------------------------------------


@cache
def hgnc_table(n=31_000):
    header = "hgnc_id\tsymbol\tname\tstatus\talias_symbol\tprev_symbol\tentrez_id\tensembl_gene_id\n"
    rows = (
        f'HGNC:{k}\tGENE{k}\tgene {k}\tApproved\t"A{k}|B{k}"\t\t{k}\tENSG{k:011}\n' for k in range(1, n + 1)
    )
    return (header + "".join(rows)).encode()


def test_hgnc_table_is_kept_as_it_is(tilscope, study, web, file_server):
    web.shelves["hgnc_complete_set.txt"] = file_server.Shelf(hgnc_table(), kind="text/plain")
    answer = tilscope("genesets", "fetch", "hgnc", study, "--from", web.address)
    assert answer.code == 0, answer.text
    assert (study / "genesets" / "hgnc_complete_set.txt").read_bytes() == hgnc_table()
    record = record_of(study, "hgnc_complete_set")
    assert (record["n_genes"], record["uses"], record["version"]) == (31_000, [], "2024-09-18")
    shown = tilscope("genesets", "list", study)
    assert "hgnc_complete_set  gene names" in shown.out
    names = read_hgnc(study / "genesets" / "hgnc_complete_set.txt")  # as the step expression does
    assert (names.other_names["B77"], names.by_ensembl["ENSG00000000077"]) == ("GENE77", "GENE77")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (hgnc_table()[:-5], "cut"),
        (hgnc_table(500), "at least 30,000"),
        (hgnc_table().replace(b"prev_symbol", b"old_symbol"), "no column prev_symbol"),
        (hgnc_table().replace(b"\tGENE77\t", b"\t"), "1 of 31000 rows"),
    ],
    ids=["cut", "few", "column", "ragged"],
)
def test_hgnc_tables_that_are_refused(tilscope, study, tmp_path, content, says):
    (tmp_path / "hgnc.txt").write_bytes(content)
    answer = tilscope("genesets", "fetch", "hgnc", study, "--from", tmp_path / "hgnc.txt")
    assert answer.code == 2
    assert says in answer.err
    assert folder_of(study) == []


# --- files of the user's ----------------------------------------------------------------------------------------------

CELLS = "T cells\tBindea\tCD3D\tCD3E\tCD2\nB cells\tBindea\tCD19\tMS4A1\tCD79A\tBLK\n"


@pytest.fixture
def gmt(tmp_path):
    file = tmp_path / "cells.v1.gmt"
    file.write_text(CELLS)
    return file


def with_matrix(study, key, genes):
    """Give the study a matrix of these genes for three patients."""
    patients = [key(f"P{k}") for k in range(3)]
    table = pd.DataFrame({"stils": [5, 30, 60]}, index=pd.Index(patients, name="participant_id"))
    table.to_csv(study / "participants.tsv", sep="\t")
    log2 = {p: [2.5 + i % 9 + k / 8 for i in range(len(genes))] for k, p in enumerate(patients)}
    values = pd.DataFrame(log2, index=genes)
    values.rename_axis("gene").to_csv(study / "expression.tsv.gz", sep="\t")


def test_a_collection_is_added_with_licence_source_and_coverage(tilscope, study, gmt, key):
    with_matrix(study, key, ["CD3D", "CD3E", "CD19", "MS4A1", "CD79A", "ACTB"])
    answer = tilscope("genesets", "add", gmt, study, "--licence", "CC BY 4.0", "--source", "Bindea 2013")
    assert answer.code == 0, answer.text
    assert (study / "genesets" / "cells_v1.gmt").read_text() == CELLS
    record = record_of(study, "cells_v1")
    assert (record["licence"], record["source"], record["uses"]) == (
        "CC BY 4.0",
        "Bindea 2013",
        ["cells", "pathways"],
    )
    assert record["sha256"] == hashlib.sha256(CELLS.encode()).hexdigest()
    assert (record["n_sets"], record["n_genes"]) == (2, 7)
    assert "T cells: 2 of 3; missing CD2" in answer.out
    assert "B cells: 3 of 4; missing BLK" in answer.out
    assert "5 of the 7 genes (71%); 0 of 2 sets have at least 5" in answer.text
    assert "TAB-58" not in answer.text
    shown = json.loads(tilscope("genesets", "list", study, "--json").out)["collections"]
    assert shown[0]["coverage"]["n_present"] == 5
    assert [row["n_present"] for row in shown[0]["coverage"]["sets"]] == [2, 3]


def test_the_same_sets_again_and_other_sets_of_that_name(tilscope, study, gmt):
    add = ("genesets", "add", gmt, study, "--licence", "own work")
    assert tilscope(*add).code == 0
    before = (study / "genesets" / "cells_v1.json").stat()
    assert "Unchanged" in tilscope(*add).out
    assert (study / "genesets" / "cells_v1.json").stat().st_mtime_ns == before.st_mtime_ns
    assert tilscope(*add[:-1], "CC0", "--use", "cells").code == 0
    assert record_of(study, "cells_v1")["uses"] == ["cells"]
    gmt.write_text(CELLS + "NK cells\tx\tNCR1\tKLRD1\n")
    answer = tilscope(*add)
    assert answer.code == 2
    assert "RUN-75" in answer.err
    assert (study / "genesets" / "cells_v1.gmt").read_text() == CELLS
    assert tilscope(*add, "--name", "more").code == 0
    assert tilscope(*add, "--force").code == 0
    assert record_of(study, "cells_v1")["n_sets"] == 3


def test_the_study_is_here_if_none_is_named(tilscope, study, gmt, monkeypatch):
    monkeypatch.chdir(study)
    assert tilscope("genesets", "add", gmt, "--licence", "own work", "--use", "both").code == 0
    assert "cells_v1" in tilscope("genesets", "list").out


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(CELLS.encode()),
        b"\xff\xfe" + CELLS.encode("utf-16-le"),
        b"\xef\xbb\xbf" + CELLS.encode(),
    ],
    ids=["gzip", "utf-16 with a mark", "utf-8 with a mark"],
)
def test_packed_and_marked_files_are_kept_as_plain_utf_8(tilscope, study, tmp_path, content):
    (tmp_path / "sets.gmt.gz").write_bytes(content)
    assert tilscope("genesets", "add", tmp_path / "sets.gmt.gz", study, "--licence", "own work").code == 0
    assert (study / "genesets" / "sets.gmt").read_text() == CELLS


@pytest.mark.parametrize(
    ("content", "words", "rule"),
    [
        (b"", (), "TAB-51"),
        (b"just some words\n", (), "TAB-51"),
        (b"gene,a,b\nCD8A,1,2\n", (), "TAB-51"),
        (b"<html><body>no</body></html>\n", (), "TAB-51"),
        (b"gene\tP1\tP2\nCD8A\t1.5\t2.5\nGZMA\t3.1\t-4.2e-3\n", (), "TAB-51"),
        (b"A\tx\n", (), "TAB-51"),
        (CELLS.encode("utf-16-le"), (), "TAB-52"),
        ("Zelle\tä\tCD3D\n".encode("latin-1"), (), "TAB-52"),
        (b"A\tx\t2-Sep\tCD3D\n", (), "TAB-53"),
        (b"A\tx\tCD3D\nA\tx\tCD3E\n", (), "TAB-54"),
        (gzip.compress(CELLS.encode())[:-6], (), "TAB-51"),
        (CELLS.encode(), ("--name", "../cells"), "SET-03"),
        (CELLS.encode(), ("--name", "hgnc_complete_set"), "SET-03"),
        (CELLS.encode(), ("--licence", "  "), "SET-03"),
    ],
    ids=["empty", "words", "csv", "page", "matrix", "no genes", "utf-16", "latin-1", "dates", "twice", "cut gzip",
         "path as name", "taken name", "no licence"],
)  # fmt: skip
def test_files_that_are_refused(tilscope, study, tmp_path, content, words, rule):
    (tmp_path / "sets.gmt").write_bytes(content)
    answer = tilscope("genesets", "add", tmp_path / "sets.gmt", study, "--licence", "own work", *words)
    assert answer.code == 2
    assert answer.err.startswith(rule)
    assert folder_of(study) == []


def test_no_file_no_licence_no_study(tilscope, study, gmt, tmp_path):
    assert tilscope("genesets", "add", tmp_path / "absent.gmt", study, "--licence", "x").err.startswith(
        "TAB-00"
    )
    assert tilscope("genesets", "add", gmt, study).code == 2
    assert tilscope("genesets", "add", gmt, tmp_path, "--licence", "x").err.startswith("RUN-75")
    assert tilscope("genesets", "fetch", "msigdb", study).code == 2


def test_identifiers_of_another_kind_are_told(tilscope, study, tmp_path, key):
    with_matrix(study, key, ["CD3D", "CD3E", "CD19", "MS4A1", "CD79A", "ACTB"])
    (tmp_path / "mouse.gmt").write_text("T cells\tx\tCd3d\tCd3e\tCd2\n")
    answer = tilscope("genesets", "add", tmp_path / "mouse.gmt", study, "--licence", "own work")
    assert answer.code == 0
    assert "TAB-58 mouse.gmt: the expression matrix has 0 of the 3 genes" in answer.err
    assert (
        "the sets name symbols of mouse or rat (Cd2, Cd3d, Cd3e), the matrix human symbols (ACTB, CD19"
        in answer.err
    )


def test_sets_that_were_changed_after_they_were_added_are_refused(tilscope, study, gmt):
    assert tilscope("genesets", "add", gmt, study, "--licence", "own work").code == 0
    assert "TAB-72  cells_v1.gmt: cells.v1.gmt; licence own work" in tilscope("check", study).out
    kept = study / "genesets" / "cells_v1.gmt"
    kept.write_text(CELLS.replace("CD3D", "CD4"))
    shown = tilscope("genesets", "list", study)
    assert "TAB-72: cells_v1.gmt: the gene sets are not those" in shown.text
    checked = tilscope("check", study)
    assert "REFUSED  TAB-72" in checked.out
    (study / "genesets" / "cells_v1.json").unlink()
    checked = tilscope("check", study)
    assert "warning  TAB-72  cells_v1.gmt: no record beside it" in checked.out
    (study / "genesets" / "cells_v1.json").write_text('{"uses": ["spleen"]}')
    assert "not as tilscope writes it" in tilscope("genesets", "list", study).err


def test_sets_of_the_users_own_are_not_written_over_by_a_fetch(tilscope, study, with_reactome, gmt):
    assert tilscope("genesets", "add", gmt, study, "--licence", "own work", "--name", "reactome").code == 0
    fetch = ("genesets", "fetch", "reactome", study, "--from", with_reactome.address)
    answer = tilscope(*fetch)
    assert answer.code == 2
    assert "RUN-75" in answer.err
    assert tilscope(*fetch, "--force").code == 0


def test_a_study_at_work_is_left_alone(tilscope, study, gmt):
    from tilscope.study import Study, locked

    with locked(Study(study).lock_file):
        assert tilscope("genesets", "add", gmt, study, "--licence", "own work").code == 75


def test_only_one_module_speaks_to_servers():
    """No other command can use the network by accident."""
    imports = re.compile(
        r"^\s*(import|from) (urllib\.request|http\.client|requests|httpx|ftplib)\b", re.MULTILINE
    )
    sources_of_ours = (ROOT / "src" / "tilscope").rglob("*.py")
    speakers = {file.name for file in sources_of_ours if imports.search(file.read_text(encoding="utf-8"))}
    assert speakers == {"connections.py"}


def test_import_of_other_sets_takes_the_old_licence_away(tilscope, study, tmp_path):
    delivery = tmp_path / "delivery"
    delivery.mkdir()
    (delivery / "own.gmt").write_text("First\t-\tCD8A\tGZMA\tPRF1\n")
    assert tilscope("genesets", "add", delivery / "own.gmt", study, "--licence", "own work").code == 0
    assert tilscope("import", study, delivery).code == 0
    assert record_of(study, "own")["licence"] == "own work"  # the same sets: nothing changes
    (delivery / "own.gmt").write_text("Second\t-\tCD4\tFOXP3\tCTLA4\n")
    answer = tilscope("import", study, delivery)
    assert answer.code == 0, answer.text
    assert "TAB-72: own.gmt replaces other sets of that name" in " ".join(answer.text.split())
    assert folder_of(study) == ["own.gmt"]
    assert "not known" in tilscope("genesets", "list", study).out
