"""Cross-validated deviance along the elastic net's path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tilscope.figures.figure import Figure, fixed
from tilscope.figures.palette import BLUE, GREY, VERMILION


@dataclass(frozen=True, slots=True, eq=False)
class DeviancePath:
    """One cross-validated path.

    Attributes
    ----------
    lambdas, mean_deviance, sd_deviance : ndarray, shape (n_lambda,)
        Penalties from large to small; mean deviance over the folds and its standard error.
    n_selected : ndarray of int, shape (n_lambda,)
        Features with a coefficient other than 0.
    lambda_min, lambda_1se : float
        glmnet's two choices.
    alpha : float or None
        Mixing of the penalties (1 = lasso).
    """

    lambdas: NDArray[np.float64]
    mean_deviance: NDArray[np.float64]
    sd_deviance: NDArray[np.float64]
    n_selected: NDArray[np.int64]
    lambda_min: float
    lambda_1se: float
    alpha: float | None = None


def draw_deviance(record: DeviancePath, ax: Axes) -> None:
    """Draw mean and standard error over log(lambda), with the number of features on top."""
    x = np.log(record.lambdas)
    low, high = record.mean_deviance - record.sd_deviance, record.mean_deviance + record.sd_deviance
    ax.vlines(x, low, high, color=GREY, linewidth=0.5, alpha=0.55)
    ax.plot(x, record.mean_deviance, "o", color=VERMILION, markersize=2.2, markeredgewidth=0)
    ax.margins(x=0.03, y=0.05)
    for value, name, style in ((record.lambda_min, "min", "-"), (record.lambda_1se, "1 s.e.", (0, (4, 3)))):
        ax.axvline(np.log(value), color=BLUE, linewidth=0.8, linestyle=style, label=f"λ {name} = {value:.3g}")
    ax.invert_xaxis()  # the path runs from few features to many, left to right
    ax.set_xlabel("log(λ)")
    ax.set_ylabel("Binomial deviance")
    bottom, top = ax.get_ylim()
    ax.set_ylim(bottom, top + 0.16 * (top - bottom))  # room for the key above the error bars
    ax.legend(loc="upper center", ncols=2, handlelength=1.8, frameon=True, framealpha=1.0, edgecolor="none")
    _count_features(record, x, ax)


def _count_features(record: DeviancePath, x: NDArray[np.float64], ax: Axes) -> None:
    picks = np.unique(np.linspace(0, len(x) - 1, 9).astype(int))
    top = ax.secondary_xaxis("top")
    top.set_xticks(x[picks], [str(record.n_selected[i]) for i in picks])
    top.set_xlabel("Features selected")


def deviance_legend(record: DeviancePath) -> str:
    """Say what is seen and what was chosen."""
    mixing = "" if record.alpha is None else f" (mixing α = {record.alpha:g})"
    nearest = int(np.argmin(np.abs(record.lambdas - record.lambda_min)))
    return (
        f"Elastic net{mixing} on the training patients: mean binomial deviance over the folds, with its standard "
        f"error. λ min keeps {int(record.n_selected[nearest])} features; λ 1 s.e. is the largest penalty within one "
        "standard error of it."
    )


DEVIANCE = Figure("deviance", "Choice of the penalty", draw_deviance, deviance_legend, fixed(110.0, 72.0))
