"""Measure over-representation and GSEA beside gseapy's own runs and R's phyper, on KEGG and Reactome.

    python benchmarks/enrichment.py [--data ../shared/data]

Genes are those of GEO GSE1992 (15,528, ranked by the moderated t of ER-positive against ER-negative tumours). Every
engine runs in a process of its own on one thread. Printed: CPU seconds of the call alone (imports and reading are
not counted) and the peak memory of the process. R is needed for phyper; without it the others are measured.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"), "1"))

COLLECTIONS = {"KEGG": "kegg-legacy.v7.5.1.symbols.gmt", "Reactome": "ReactomePathways_2024-09-18.gmt"}
ENGINES = ("tilscope GSEA", "gseapy multilevel", "gseapy permutation", "tilscope ORA", "R phyper")
PHYPER = """
a <- commandArgs(TRUE)
x <- read.csv(a[1])
began <- proc.time()
p <- with(x, phyper(n_hits - 1, set_size, n_background - set_size, n_genes, lower.tail = FALSE))
q <- p.adjust(p, "BH")
spent <- proc.time() - began
cat(spent[1] + spent[2], max(abs(p / x$p_value - 1)), "\\n")
"""


def genes_of(data: Path) -> Any:
    """Return the table of moderated t."""
    import pandas as pd

    from tilscope.biology import differential_expression

    folder = data / "expression-gse1992"
    expression = pd.read_csv(folder / "expression.csv.gz", index_col=0, keep_default_na=False)
    phenotype = pd.read_csv(folder / "phenotype.csv", dtype={"pid": str}).set_index("pid")
    groups = phenotype["fac_er_positive"].map({1: "high", 0: "low"}).loc[expression.columns]
    return differential_expression(expression, groups).table


def measure(engine: str, file: Path, data: Path) -> None:
    """Run one engine once and print its row."""
    from tilscope.biology import gsea, over_representation, rank_genes
    from tilscope.reading import read_gene_sets

    table, sets = genes_of(data), read_gene_sets(file)
    ranking = rank_genes(table)
    up = table.index[table["direction"] != "none"]
    if engine.startswith("gseapy") or engine == "tilscope GSEA":
        import gseapy  # noqa: F401
    over_representation(up, table.index, sets)  # imports
    began, note = time.process_time(), ""
    if engine == "tilscope GSEA":
        result = gsea(ranking, sets, 1)
        note = f"{len(result)} sets, {int((result['p_adjusted'] < 0.05).sum())} pass"
    elif engine.startswith("gseapy"):
        note = _gseapy(ranking, sets, engine.split()[1])
    elif engine == "tilscope ORA":
        note = f"{len(over_representation(up, table.index, sets))} sets hit"
    else:
        _phyper(over_representation(up, table.index, sets))
        return
    spent = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{spent:.3f} CPU s, peak {peak:.0f} MiB, {note}", flush=True)


def _gseapy(ranking: Any, sets: Any, method: str) -> str:
    import gseapy

    done = gseapy.prerank(
        ranking.to_frame(),
        {name: list(genes) for name, genes in sets.items()},
        outdir=None,
        min_size=10,
        max_size=500,
        permutation_num=1000,
        threads=1,
        no_plot=True,
        seed=1,
        method=method,
    )
    return f"{len(done.res2d)} sets"


def _phyper(table: Any) -> None:
    file = Path("phyper-input.csv")
    try:
        table.drop(columns="hits").to_csv(file)
        done = subprocess.run(
            ["Rscript", "-e", PHYPER, str(file)], check=True, capture_output=True, text=True
        ).stdout.split()
    finally:
        file.unlink(missing_ok=True)
    print(f"{float(done[0]):.3f} CPU s, largest relative difference of p {float(done[1]):.1e}", flush=True)


def main() -> None:
    """Measure every engine on every collection, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--one", nargs=2, metavar=("ENGINE", "COLLECTION"))
    options = parser.parse_args()
    if options.one:
        measure(options.one[0], options.data / "genesets" / COLLECTIONS[options.one[1]], options.data)
        return
    for collection in COLLECTIONS:
        for engine in ENGINES:
            if engine.startswith("R ") and shutil.which("Rscript") is None:
                continue
            print(f"{collection}, {engine}: ", end="", flush=True)
            command = [sys.executable, __file__, "--data", str(options.data), "--one", engine, collection]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
