"""The honesty panel at the paper's size: 139 patients, 6,710 features, from feature files to the verdict.

    python benchmarks/honesty.py                       # 200 splits, 5 x 10 nested folds, 200 permutations
    python benchmarks/honesty.py --share 0.1           # a tenth of the repetitions
    python benchmarks/honesty.py --null                # classes that mean nothing

The features are random, correlated through 40 factors as radiomics features are; the classes follow one of the
factors, or nothing. CPU seconds are those of all processes.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "integration"))

from feature_study import run_cohort, write_study

from tilscope.pipeline.executing import InProcess, executor
from tilscope.pipeline.honesty_batches import batch_names
from tilscope.study import Study

N_PATIENTS, N_FEATURES, N_FACTORS, N_HIGH = 139, 6710, 40, 79


def cohort(seed: int, *, is_null: bool) -> tuple[pd.DataFrame, pd.Series]:
    """Return features and sTIL percentages, 79 of them 20 or more."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(N_PATIENTS, N_FACTORS))
    values = 0.7 * factors @ rng.normal(size=(N_FACTORS, N_FEATURES)) + rng.normal(
        size=(N_PATIENTS, N_FEATURES)
    )
    truth = rng.normal(size=N_PATIENTS) + (0.0 if is_null else 2.0) * factors[:, 0]
    ranks = truth.argsort().argsort()
    index = [f"sub-{k:04d}" for k in range(N_PATIENTS)]
    names = ["shape_MeshVolume", *(f"phase1_original_firstorder_F{k}" for k in range(1, N_FEATURES))]
    stils = np.where(ranks >= N_PATIENTS - N_HIGH, 20.0 + ranks / 4.0, ranks / 4.0)
    return pd.DataFrame(values, index=index, columns=names), pd.Series(stils.round(1), index=index)


def settings(share: float) -> str:
    """Return study.toml with a share of the default repetitions."""
    return (
        f"[honesty]\nn_splits = {round(200 * share)}\nn_nested_repeats = {max(1, round(5 * share))}\n"
        f"n_permutations = {round(200 * share)}\ncontrols = false\n"
    )


def cpu_s() -> float:
    """Return CPU seconds of this process and of those that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def measure(study: Study, workers: int) -> dict[str, float | int]:
    """Run the cohort's steps, and return what the panel took."""
    ended: list[tuple[str, float]] = []
    began, before = time.perf_counter(), cpu_s()
    with executor(workers, None) if workers else _here() as place:
        report = run_cohort(
            study, place, on_outcome=lambda o: ended.append((o.step, time.perf_counter() - began))
        )
    if report.cohort_error is not None:
        raise SystemExit(str(report.cohort_error))
    start = max(t for step, t in ended if step == "signature")
    end = max(t for step, t in ended if step == "honesty")
    batches = [o.seconds for o in report.outcomes if o.step == "honesty" and o.subject]
    return {
        "panel_wall_s": round(end - start, 1),
        "panel_batch_s": round(sum(batches), 1),
        "all_cpu_s": round(cpu_s() - before, 1),
        "n_batches": len(batch_names(study)),
    }


class _here:
    def __enter__(self) -> InProcess:
        return InProcess()

    def __exit__(self, *_: object) -> None:
        return None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--null", action="store_true")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = write_study(Path(folder) / "study", *cohort(1, is_null=words.null), settings(words.share))
        print(json.dumps(measure(study, words.workers)))
        panel = json.loads((study.signature_folder / "honesty.json").read_text())
    splits, nested, permutation = panel["splits"]["validation"], panel["nested"], panel["permutation"]
    print(f"splits: mean {splits['mean']:.3f}, 2.5-97.5 % {splits['q025']:.3f}-{splits['q975']:.3f}")
    print(f"nested: {nested['auc']:.3f} ({nested['ci_low']:.3f}-{nested['ci_high']:.3f})")
    print(f"permutation: {permutation['observed']:.3f}, p {permutation['p_value']:.4f}")
    print(panel["verdict"]["headline"], *panel["verdict"]["sentences"], sep="\n  ")


if __name__ == "__main__":
    main()
