"""Measure ssGSEA and GSVA beside R GSVA and gseapy: 30 and 2,700 gene sets, 20,000 genes.

    python benchmarks/gene_set_scores.py [--cases 116x30,116x2700,10000x30,10000x2700] [--rounds 3]

Every engine gets the same numbers in a process of its own on one thread, in turns. Printed: CPU seconds of the call
alone (reading the data and imports are not counted), peak memory of the process, memory of the matrix itself, and the
largest difference of the scores from ours. R GSVA and gseapy score at most ``--most`` samples (default 116) in the
large cases; their time is then that of these samples, and is said to be. R with GSVA is needed
(Debian: r-bioc-gsva); without it the others are measured.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"), "1"))

from workers import Run, measure, r_has, spread

N_GENES = 20_000

R_WORKER = """
suppressMessages(library(GSVA))
a <- commandArgs(TRUE)
folder <- a[1]; n <- as.integer(a[2]); method <- a[3]
x <- matrix(readBin(file.path(folder, "x"), "double", n * 20000), 20000, n)
rownames(x) <- paste0("G", seq_len(20000) - 1); colnames(x) <- paste0("s", seq_len(n) - 1)
sets <- strsplit(readLines(file.path(folder, "sets.gmt")), "\\t")
names(sets) <- vapply(sets, function(s) s[1], ""); sets <- lapply(sets, function(s) s[-(1:2)])
began <- proc.time()
invisible(capture.output(s <- suppressWarnings(
  gsva(x, sets, method = method, ssgsea.norm = FALSE, tau = if (method == "ssgsea") .25 else 1, verbose = FALSE))))
spent <- proc.time() - began
writeBin(as.vector(s), a[4])
cat("CPU", spent[1] + spent[2], "\\n")
"""


def make_problem(folder: Path, n: int, n_sets: int) -> None:
    """Write samples in columns and sets of the sizes of Reactome's (median 20, up to 1,500)."""
    import numpy as np

    rng = np.random.default_rng(n_sets)
    with (folder / "x").open("wb") as file:
        for _ in range(n):  # one sample after the other, as R's columns
            file.write(rng.normal(6, 2, N_GENES).tobytes())
    sizes = np.clip(rng.lognormal(3, 1.2, n_sets).astype(int), 5, 1500)
    lines = [
        "\t".join([f"SET{i}", "made up", *(f"G{g}" for g in rng.choice(N_GENES, size, replace=False))])
        for i, size in enumerate(sizes)
    ]
    (folder / "sets.gmt").write_text("\n".join(lines) + "\n")


def load(folder: Path, n: int):
    """Return the matrix (genes x samples, without a copy) and the sets."""
    import numpy as np
    import pandas as pd

    x = np.fromfile(folder / "x", count=n * N_GENES).reshape(n, N_GENES).T
    frame = pd.DataFrame(x, [f"G{i}" for i in range(N_GENES)], [f"s{i}" for i in range(n)], copy=False)
    fields = [line.split("\t") for line in (folder / "sets.gmt").read_text().splitlines()]
    return frame, {f[0]: f[2:] for f in fields}


def own_worker(folder: Path, n: int, engine: str, result: Path) -> None:
    """Score with tilscope or gseapy."""
    import numpy as np

    from tilscope.biology import gsva_scores, score_gene_sets

    frame, sets = load(folder, n)
    if engine == "gseapy":
        import gseapy

        began = time.process_time()
        found = gseapy.ssgsea(
            frame,
            sets,
            sample_norm_method="rank",
            weight=0.25,
            min_size=1,
            max_size=N_GENES,
            threads=1,
            outdir=None,
        )
        print("CPU", time.process_time() - began)
        scores = found.res2d.pivot(index="Term", columns="Name", values="ES").loc[list(sets), frame.columns]
    else:
        few, small = frame.iloc[:, :2], dict(list(sets.items())[:3])
        score_gene_sets(few, small)  # imports
        began = time.process_time()
        found = (score_gene_sets if engine == "ssgsea" else gsva_scores)(frame, sets)
        print("CPU", time.process_time() - began)
        scores = found.scores
    scores.to_numpy(dtype=np.float64).T.tofile(result)


def python(folder: Path, n: int, engine: str) -> Run | None:
    """Measure tilscope or gseapy."""
    result = folder / f"{engine}-{n}"
    return measure(
        [sys.executable, __file__, "--worker", str(folder), str(n), engine, str(result)],
        result,
        may_fail=True,
    )


def r_gsva(folder: Path, n: int, method: str) -> Run | None:
    """Measure R GSVA."""
    result, script = folder / f"r-{method}-{n}", folder / "worker.R"
    script.write_text(R_WORKER)
    return measure(["Rscript", str(script), str(folder), str(n), method, str(result)], result, may_fail=True)


def distance(run: Run, other: Run) -> float:
    """Return the largest difference of the scores that both have; both are written sample by sample."""
    import numpy as np

    a, b = np.fromfile(run.file), np.fromfile(other.file)
    size = min(a.size, b.size)
    return float(np.abs(a[:size] - b[:size]).max())


def compare(folder: Path, n: int, method: str, rounds: int, most: int, has_r: bool) -> None:
    """Measure the engines in turns and print."""
    few = n if method == "gsva" else min(n, most)  # GSVA's own score depends on the cohort
    ways = {"tilscope": lambda: python(folder, n, method)}
    if has_r:
        ways[f"R GSVA, {few} samples"] = lambda: r_gsva(folder, few, method)
    if method == "ssgsea":
        ways[f"gseapy, {few} samples"] = lambda: python(folder, few, "gseapy")
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            if (run := way()) is not None:
                runs[name].append(run)
    ours = runs["tilscope"]
    for name, found in runs.items():
        if not found:
            continue
        peak = max(r.peak_mib for r in found)
        told = f"  {name:24} CPU s {spread([r.cpu_s for r in found])}, {peak:.0f} MiB"
        if name != "tilscope":
            share = few / n
            ratios = [b.cpu_s / (a.cpu_s * share) for a, b in zip(ours, found, strict=False)]
            told += f"; per sample {spread(ratios)} times ours; largest difference {distance(ours[-1], found[-1]):.1e}"
        print(told, flush=True)


def main() -> None:
    """Read the arguments; measure, or work as a process of a measurement."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", default="116x30,116x2700,10000x30,10000x2700")
    parser.add_argument("--gsva", default="116x30,116x2700", help="cases of GSVA's own score")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=int, default=116, help="samples that R GSVA and gseapy score")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        folder, n, engine, result = given.worker
        own_worker(Path(folder), int(n), engine, Path(result))
        return
    has_r = r_has("GSVA")
    for method, cases in (("ssgsea", given.cases), ("gsva", given.gsva)):
        for case in filter(None, cases.split(",")):
            n, n_sets = map(int, case.split("x"))
            with tempfile.TemporaryDirectory() as name:
                make_problem(Path(name), n, n_sets)
                matrix = n * N_GENES * 8 / 2**20
                print(
                    f"\n{method}: {n} samples x {N_GENES} genes ({matrix:.0f} MiB), {n_sets} sets", flush=True
                )
                compare(Path(name), n, method, given.rounds, given.most, has_r)


if __name__ == "__main__":
    main()
