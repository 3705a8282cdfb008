"""Measure differential expression beside R limma: 20,000 genes x 116 samples, two groups.

    python benchmarks/differential.py [--genes 20000] [--samples 116] [--rounds 5]

Both engines read the same numbers, in turns, each in a process of its own on one thread. Printed, as median (smallest
to largest): CPU seconds of the computation alone (from the matrix in memory to the table of all genes; of voom, from
the counts) and of the whole process (with start, imports and reading), their ratios round by round, peak memory of the
process, and the largest relative difference of a p value. R with limma and statmod is needed (Debian: r-bioc-limma,
r-cran-statmod); without them tilscope alone is measured.

With ``--permutations N``, N relabellings of the groups by ``refit_many`` are timed, too.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"))

from workers import Run, measure, r_has, spread

CASES = ("plain", "trend", "robust", "robust and trend", "missing values", "voom")
N_CHANGED, N_UNSTABLE, CHANGE = 500, 200, 0.7

R_WORKER = """
suppressMessages(library(limma))
a <- commandArgs(TRUE)
folder <- a[1]; n <- as.integer(a[2]); m <- as.integer(a[3]); case <- a[4]
name <- switch(case, "voom" = "counts", "missing values" = "missing", "log2")
x <- matrix(readBin(file.path(folder, name), "double", n * m), n, m, byrow = TRUE)
high <- readBin(file.path(folder, "high"), "double", m)
design <- cbind(high = high, low = 1 - high)
began <- proc.time()
if (case == "voom") x <- voom(x, design)
trend <- case %in% c("trend", "robust and trend")
robust <- case %in% c("robust", "robust and trend")
fit <- eBayes(contrasts.fit(lmFit(x, design), c(1, -1)), trend = trend, robust = robust)
top <- topTable(fit, number = Inf, sort.by = "none", confint = TRUE)
spent <- proc.time() - began
writeBin(top$P.Value, a[5])
cat("CPU", spent[1] + spent[2], "\\n")
"""


def make_problem(folder: Path, n_genes: int, n_samples: int) -> None:
    """Write log2 values whose variance falls with their level, outlying variances, holes, and counts."""
    import numpy as np

    rng = np.random.default_rng(1992)
    high = (np.arange(n_samples) < n_samples * 43 // 100).astype(float)
    level = rng.uniform(1, 13, (n_genes, 1))
    sd = np.sqrt(0.6 * np.exp(-0.12 * level) * 6 / rng.chisquare(6, (n_genes, 1)))
    sd[rng.choice(n_genes, N_UNSTABLE, replace=False)] *= 8
    mean = level + np.zeros(n_samples)
    mean[:N_CHANGED] += CHANGE * high
    log2 = mean + sd * rng.normal(size=mean.shape)
    holes = np.where(rng.random(log2.shape) < 0.01, np.nan, log2)
    counts = rng.poisson(2 ** (mean + 0.4 * rng.normal(size=mean.shape)) * rng.uniform(0.5, 2, n_samples))
    for name, values in (("log2", log2), ("missing", holes), ("counts", counts), ("high", high)):
        values.astype(np.float64).tofile(folder / name)


def own_worker(folder: Path, shape: tuple[int, int], case: str, result: Path) -> None:
    """Compute with tilscope."""
    import numpy as np
    import pandas as pd

    from tilscope.biology import moderated_t, voom

    name = {"voom": "counts", "missing values": "missing"}.get(case, "log2")
    matrix = pd.DataFrame(np.fromfile(folder / name).reshape(shape))
    high = np.fromfile(folder / "high")
    design = np.column_stack([high, 1 - high])
    began = time.process_time()
    weights = None
    if case == "voom":
        made = voom(matrix, design)
        matrix, weights = made.log2, made.weights
    table = moderated_t(matrix, design, [1, -1], "trend" in case, "robust" in case, weights=weights)
    print("CPU", time.process_time() - began)
    table["p_value"].to_numpy().tofile(result)


def own(folder: Path, shape: tuple[int, int], case: str) -> Run:
    """Measure tilscope."""
    result = folder / "own"
    arguments = ["--worker", str(folder), *map(str, shape), case, str(result)]
    return measure([sys.executable, __file__, *arguments], result)


def limma(folder: Path, shape: tuple[int, int], case: str) -> Run:
    """Measure R limma."""
    result, script = folder / "limma", folder / "worker.R"
    script.write_text(R_WORKER)
    return measure(["Rscript", str(script), str(folder), *map(str, shape), case, str(result)], result)


def difference(run: Run, reference: Run) -> float:
    """Return the largest relative difference of a p value."""
    import numpy as np

    p, expected = np.fromfile(run.file), np.fromfile(reference.file)
    return float(np.abs(p / expected - 1).max())


def compare(folder: Path, shape: tuple[int, int], case: str, rounds: int, has_r: bool) -> None:
    """Measure both engines in turns and print."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(own(folder, shape, case))
        if has_r:
            theirs.append(limma(folder, shape, case))
    print(f"\n{case}")
    for name, runs in (("tilscope", ours), ("limma", theirs)):
        if runs:
            compute, process = (spread([getattr(r, what) for r in runs]) for what in ("cpu_s", "process_s"))
            peak = max(run.peak_mib for run in runs)
            print(f"  {name:8} compute {compute}, process {process} CPU s, {peak:.0f} MiB")
    if theirs:
        compute, process = (
            spread([getattr(b, what) / getattr(a, what) for a, b in zip(ours, theirs, strict=True)])
            for what in ("cpu_s", "process_s")
        )
        print(f"  limma / tilscope: compute {compute}, process {process}")
        print(f"  largest relative difference of p: {difference(ours[-1], theirs[-1]):.1e}")


def relabel(folder: Path, shape: tuple[int, int], n: int) -> None:
    """Time relabellings of the groups in this process."""
    import numpy as np
    import pandas as pd

    from tilscope.biology import refit_many

    matrix = pd.DataFrame(np.fromfile(folder / "log2").reshape(shape))
    high, rng = np.fromfile(folder / "high"), np.random.default_rng(1)
    labels = pd.DataFrame(np.column_stack([rng.permutation(high) for _ in range(n)]))
    for trend, robust in ((False, False), (True, False), (True, True)):
        began = time.process_time()
        for _ in refit_many(matrix, labels, trend=trend, robust=robust):
            pass
        spent = (time.process_time() - began) / n * 1000
        print(f"\nrelabelling, trend {trend}, robust {robust}: {spent:.0f} CPU ms each")


def main() -> None:
    """Read the arguments; measure, or work as a process of a measurement."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--samples", type=int, default=116)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--permutations", type=int, default=0)
    parser.add_argument("--worker", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        folder, n_genes, n_samples, case, result = given.worker
        own_worker(Path(folder), (int(n_genes), int(n_samples)), case, Path(result))
        return
    has_r = r_has("limma") and r_has("statmod")
    if not has_r:
        print("R with limma and statmod is not installed: tilscope is measured alone.")
    shape = (given.genes, given.samples)
    with tempfile.TemporaryDirectory() as name:
        make_problem(Path(name), *shape)
        for case in CASES:
            compare(Path(name), shape, case, given.rounds, has_r)
        if given.permutations:
            relabel(Path(name), shape, given.permutations)


if __name__ == "__main__":
    main()
