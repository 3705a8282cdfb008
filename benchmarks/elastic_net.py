"""Measure the cross-validated elastic net path beside R glmnet: 10 folds, 6,710 correlated features.

    python benchmarks/elastic_net.py [--patients 98,1000] [--rounds 5]

Both engines get the same numbers and the same folds, in turns, each in a process of its own on one thread. Printed:
CPU seconds of the call alone (median, smallest to largest; reading the data, imports and compiled kernels from the
cache are not counted), their ratios round by round, peak memory of the process, and how far the coefficients of
the path on all patients and the mean deviances are from R glmnet at ``thresh = 1e-14`` and ``1e-20`` (its default
is 1e-7). With more than 200 patients the mean deviances are not compared: at 1e-14 glmnet takes minutes for them.
R with glmnet is needed (Debian: r-cran-glmnet); without it tilscope alone is measured.
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

N_FEATURES, N_FOLDS, N_LATENT = 6710, 10, 80
SMALL = 200  # patients up to which glmnet cross-validates at 1e-14 and 1e-20, too

R_WORKER = """
suppressMessages(library(glmnet))
a <- commandArgs(TRUE)
folder <- a[1]; n <- as.integer(a[2]); p <- as.integer(a[3]); alpha <- as.numeric(a[4]); thresh <- as.numeric(a[5])
get <- function(name, size) readBin(file.path(folder, name), "double", size)
x <- matrix(get("x", n * p), n, p); y <- get("y", n); folds <- get("folds", n) + 1
began <- proc.time()
if (a[6] == "cv") {
  cv <- cv.glmnet(x, y, family = "binomial", alpha = alpha, foldid = folds, thresh = thresh, maxit = 1e9)
  fit <- cv$glmnet.fit; cvm <- cv$cvm
} else {
  fit <- glmnet(x, y, family = "binomial", alpha = alpha, thresh = thresh, maxit = 1e9)
  cvm <- rep(NaN, length(fit$lambda))
}
spent <- proc.time() - began
writeBin(c(length(fit$lambda), fit$lambda, cvm, as.vector(as.matrix(fit$beta))), a[7])
cat("CPU", spent[1] + spent[2], "\\n")
"""


def make_problem(folder: Path, n: int) -> None:
    """Write features that hang together in clusters (correlations up to .9), a noisy outcome, and folds."""
    import numpy as np

    from tilscope.signature import assign_folds

    rng = np.random.default_rng(20 + n)
    latent = rng.normal(size=(n, N_LATENT))
    x = 0.35 * rng.normal(size=(n, N_FEATURES))
    for weight in (1.0, 0.5, 0.3):
        x += weight * rng.choice([-1.0, 1.0], N_FEATURES) * latent[:, rng.integers(0, N_LATENT, N_FEATURES)]
    x *= np.exp(2.0 * rng.normal(size=N_FEATURES))
    y = (latent[:, :3].sum(axis=1) + 1.5 * rng.normal(size=n) > 0).astype(np.float64)
    x.T.tofile(folder / "x")
    y.tofile(folder / "y")
    assign_folds(y, N_FOLDS, rng).astype(np.float64).tofile(folder / "folds")


def own_worker(folder: Path, n: int, alpha: float, result: Path) -> None:
    """Cross-validate with tilscope; the kernels are loaded before."""
    import numpy as np

    from tilscope.signature import cv_elastic_net

    x = np.fromfile(folder / "x").reshape(N_FEATURES, n).T
    y, folds = np.fromfile(folder / "y"), np.fromfile(folder / "folds").astype(np.int64)
    cv_elastic_net(x[:50, :20], y[:50], alpha, n_folds=3)
    began = time.process_time()
    found = cv_elastic_net(x, y, alpha, folds)
    print("CPU", time.process_time() - began)
    head = [[found.lambdas.size], found.lambdas, found.mean_deviance, found.coefficients.ravel()]
    np.concatenate(head).tofile(result)


def own(folder: Path, n: int, alpha: float) -> Run:
    """Measure tilscope."""
    result = folder / "own"
    arguments = ["--worker", str(folder), str(n), str(alpha), str(result)]
    return measure([sys.executable, __file__, *arguments], result)


def glmnet(folder: Path, n: int, alpha: float, thresh: str, what: str = "cv") -> Run:
    """Measure R glmnet at one tolerance; ``what`` is cv, or path for the path on all patients alone."""
    result = folder / f"glmnet-{thresh}"
    script = folder / "worker.R"
    script.write_text(R_WORKER)
    arguments = [str(folder), str(n), str(N_FEATURES), str(alpha), thresh, what, str(result)]
    return measure(["Rscript", str(script), *arguments], result)


def distance(run: Run, reference: Run) -> str:
    """Return the largest differences of coefficients (per sd of the feature) and of mean deviances."""
    import numpy as np

    tables, deviances = [], []
    sd = np.fromfile(run.file.parent / "x").reshape(N_FEATURES, -1).std(axis=1)
    for file in (run.file, reference.file):
        numbers = np.fromfile(file)
        n = int(numbers[0])
        deviances.append(numbers[n + 1 : 2 * n + 1])
        tables.append(numbers[2 * n + 1 :].reshape(n, N_FEATURES) * sd)
    if tables[0].shape != tables[1].shape:
        return "another number of penalties"
    n_differ = int(((tables[0] != 0) != (tables[1] != 0)).any(axis=1).sum())
    coefficient, deviance = (float(np.abs(a - b).max()) for a, b in (tables, deviances))
    told = "" if np.isnan(deviance) else f", mean deviances {deviance:.1e}"
    return f"coefficients {coefficient:.1e}{told}, other features at {n_differ} of {len(tables[0])} penalties"


def compare(folder: Path, n: int, alpha: float, rounds: int, has_r: bool) -> None:
    """Measure both engines in turns and print."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(own(folder, n, alpha))
        if has_r:
            theirs.append(glmnet(folder, n, alpha, "1e-7"))
    print(f"\nn {n}, alpha {alpha:g}")
    print(
        f"  tilscope        CPU s {spread([r.cpu_s for r in ours])}, {max(r.peak_mib for r in ours):.0f} MiB"
    )
    if not has_r:
        return
    print(
        f"  glmnet, default CPU s {spread([r.cpu_s for r in theirs])}, {max(r.peak_mib for r in theirs):.0f} MiB"
    )
    ratios = [b.cpu_s / a.cpu_s for a, b in zip(ours, theirs, strict=True)]
    print(f"  glmnet / tilscope     {spread(ratios)}")
    for thresh in ("1e-14", "1e-20"):
        reference = glmnet(folder, n, alpha, thresh, "cv" if n <= SMALL else "path")
        print(f"  from glmnet at {thresh} ({reference.cpu_s:.1f} CPU s):")
        print(f"    tilscope        {distance(ours[-1], reference)}")
        print(f"    glmnet, default {distance(theirs[-1], reference)}")


def main() -> None:
    """Read the arguments; measure, or work as a process of a measurement."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patients", default="98,1000")
    parser.add_argument("--alphas", default="0.5,1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        folder, n, alpha, result = given.worker
        own_worker(Path(folder), int(n), float(alpha), Path(result))
        return
    has_r = r_has("glmnet")
    if not has_r:
        print("R with glmnet is not installed (Debian: r-cran-glmnet): tilscope is measured alone.")
    for n in map(int, given.patients.split(",")):
        with tempfile.TemporaryDirectory() as name:
            make_problem(Path(name), n)
            for alpha in map(float, given.alphas.split(",")):
                compare(Path(name), n, alpha, given.rounds, has_r)


if __name__ == "__main__":
    main()
