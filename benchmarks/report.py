"""The report of a whole study: time, memory and size at 60, 139 and 1,000 patients, 20,000 genes and 2,700 gene sets.

    python benchmarks/report.py [--patients 60,139,1000] [--rounds 3] [--genes 20000] [--sets 2700]

The studies are made up as those of the report's tests are (``tests/unit/report/report_study.py``), with nine pictures a
patient, drawn for four patients and copied. Each build is a process of its own and on one thread. Printed are CPU
and wall seconds of the process, imports included, of the first build and of a second one that finds all files as it
would write them (median, smallest to largest), the peak memory, and what lies in the report's folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit" / "report"))

from workers import Run, measure, spread

PICTURES = 4  # patients whose pictures are drawn
BUILD = """
import sys, time
from pathlib import Path
from tilscope.report import build
from tilscope.study import Study
build(Study(Path(sys.argv[1])))
print("CPU", time.process_time())
"""
MIB = 2**20


def make(root: Path, n: int, n_genes: int, n_sets: int) -> None:
    """Write a study of ``n`` patients with as many genes and sets as told."""
    import numpy as np
    import pandas as pd
    import report_study

    study = report_study.make_study(root, n=n, pictures=PICTURES)
    rng = np.random.default_rng(n)
    change, z = rng.normal(0, 0.5, n_genes), rng.normal(0, 1.3, n_genes)
    p_value = np.exp(-0.5 * z**2)
    genes = pd.DataFrame(
        {
            "log2_fc": change,
            "ci_low": change - 0.8,
            "ci_high": change + 0.8,
            "p_value": p_value,
            "p_adjusted": np.minimum(1.0, 1.5 * p_value),
            "direction": np.where(p_value < 0.01, np.where(change > 0, "up", "down"), "none"),
            "mean_expression": rng.normal(6.5, 2.0, n_genes),
            "t": np.sign(change) * np.abs(z),
            "b": 0.3,
        },
        index=pd.Index([f"GENE{k}" for k in range(n_genes)], name="gene"),
    )
    report_study.write_tsv(study.biology_folder / "differential_expression.tsv", genes.sort_values("p_value"))
    lines = [
        "\t".join([f"REACTOME_SET_OF_SOME_LENGTH_{k}", "", *(f"GENE{g}" for g in members)])
        for k, members in enumerate(rng.integers(0, n_genes, (n_sets, 60)))
    ]
    (study.gene_set_folder / "hallmark.gmt").write_text("\n".join(lines) + "\n")
    for path, data in report_study.ENRICHMENT.make(study, "").files.items():
        path.write_bytes(data)


def build(root: Path) -> Run:
    """Build the report in a process of its own."""
    return measure([sys.executable, "-c", BUILD, str(root)], root / "report")


def told(runs: list[Run]) -> str:
    """Return what the builds took."""
    cpu, wall = spread([r.process_s for r in runs], 1), spread([r.wall_s for r in runs], 1)
    return f"CPU s {cpu}, wall s {wall}, {max(r.peak_mib for r in runs):.0f} MiB"


def size(report: Path) -> str:
    """Return the size of a report, and which part of it the patients' pictures and the pages are."""
    files = {f.relative_to(report): f.stat().st_size for f in report.rglob("*") if f.is_file()}
    pictures = [s for f, s in files.items() if f.parts[:2] == ("assets", "patients")]
    pages = {f: s for f, s in files.items() if f.suffix == ".html"}
    largest = max(pages, key=lambda f: pages[f])
    return (
        f"{sum(files.values()) / MIB:.1f} MiB in {len(files)} files: {len(pictures)} pictures of patients "
        f"{sum(pictures) / MIB:.1f} MiB, {len(pages)} pages {sum(pages.values()) / MIB:.2f} MiB, "
        f"the largest {largest} {pages[largest] / MIB:.2f} MiB"
    )


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patients", default="60,139,1000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--sets", type=int, default=2_700)
    given = parser.parse_args()
    for n in map(int, given.patients.split(",")):
        with tempfile.TemporaryDirectory() as name:
            root = Path(name) / "study"
            make(root, n, given.genes, given.sets)
            first, again = [], []
            for _ in range(given.rounds):
                shutil.rmtree(root / "report", ignore_errors=True)
                first.append(build(root))
                again.append(build(root))
            print(
                f"\n{n} patients\n  first {told(first)}\n  again {told(again)}\n  {size(root / 'report')}",
                flush=True,
            )


if __name__ == "__main__":
    main()
