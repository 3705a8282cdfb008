"""N3: sharpen the histogram of the log image, smooth what was sharpened away, repeat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from threadpoolctl import threadpool_limits

from tilscope.preprocessing.bias_methods.block_means import block_factors, block_sums
from tilscope.preprocessing.bias_methods.method import BiasMethod
from tilscope.preprocessing.settings import BiasSettings, N3Settings
from tilscope.vocabulary import SeriesError, Volume

Array = NDArray[np.float64]
N_BINS = 200
FWHM_TO_SD = 1.0 / np.sqrt(8.0 * np.log(2.0))
MIN_SAMPLES = 200


def fit(volume: Volume, body: NDArray[np.bool_], settings: BiasSettings) -> Array:
    """Return the log field at every voxel, shape (z, y, x).

    Parameters
    ----------
    volume : Volume
        The whole image.
    body : ndarray of bool, shape (z, y, x)
        Voxels that count.
    settings : BiasSettings
        Those of the group ``n3``.

    Raises
    ------
    SeriesError
        IMG-27: fewer than 200 blocks of body.

    References
    ----------
    Sled, Zijdenbos and Evans, IEEE Trans Med Imaging 1998;17:87-97, equations 8-13 and section III.
    """
    choices = settings.n3
    samples, log_values = _block_means(volume, body, choices.sampling_mm)
    lengths = [(n - 1) * s for n, s in zip(volume.grid.shape, volume.grid.spacing_mm, strict=True)]
    cells = [max(1, round(length / choices.control_point_mm)) for length in lengths]
    # several BLAS threads would sum in another order
    with threadpool_limits(limits=1, user_api="blas"):
        spline = _Spline.through(samples, lengths, cells, choices.stiffness)
        coefficients = _iterate(log_values, spline, choices)
    axes = [
        np.arange(n, dtype=np.float64) * s
        for n, s in zip(volume.grid.shape, volume.grid.spacing_mm, strict=True)
    ]
    return _evaluate(coefficients, axes, lengths, cells)


def _iterate(log_values: Array, spline: _Spline, choices: N3Settings) -> Array:
    field = np.zeros_like(log_values)
    coefficients = np.zeros(spline.design.shape[1])
    for _ in range(choices.iterations):
        expected = sharpened(log_values - field, choices.field_width, choices.noise)
        coefficients = spline.smooth(log_values - expected)
        smoothed = spline.design @ coefficients
        smoothed -= smoothed.mean()
        ratio = np.exp(smoothed - field)
        field = smoothed
        if ratio.std() / ratio.mean() < choices.tolerance:
            break
    return coefficients.reshape(spline.shape)


def sharpened(values: Array, field_width: float, noise: float) -> Array:
    """Return the expected true log intensity of each measured one.

    The histogram is deconvolved with a Gaussian, the assumed distribution of the log field, by a Wiener filter.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Measured log intensities.
    field_width : float
        Full width at half maximum of that Gaussian.
    noise : float
        Constant of the Wiener filter.
    """
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return values
    width = (high - low) / (N_BINS - 1)
    position = (values - low) / width
    left = np.minimum(position.astype(int), N_BINS - 2)
    share = position - left
    counts = np.bincount(left, 1 - share, N_BINS) + np.bincount(left + 1, share, N_BINS)
    size = 4 * 2 ** int(np.ceil(np.log2(N_BINS)))
    first = (size - N_BINS) // 2
    padded = np.pad(counts, (first, size - N_BINS - first))
    distance = np.minimum(np.arange(size), size - np.arange(size)) * width
    kernel = np.exp(-0.5 * (distance / (field_width * FWHM_TO_SD)) ** 2)
    blur = np.fft.rfft(kernel / kernel.sum())
    wiener = np.conj(blur) / (np.abs(blur) ** 2 + noise)
    true = np.maximum(np.fft.irfft(np.fft.rfft(padded) * wiener, size), 0.0)
    centres = low + (np.arange(size) - first) * width
    weighted = np.fft.irfft(np.fft.rfft(true * centres) * blur, size)
    total = np.fft.irfft(np.fft.rfft(true) * blur, size)
    enough = total > 1e-9 * total.max()
    expected = np.where(enough, weighted / np.where(enough, total, 1.0), centres)
    window = slice(first, first + N_BINS)
    return np.asarray(np.interp(values, centres[window], expected[window]))


def _block_means(volume: Volume, body: NDArray[np.bool_], step_mm: float) -> tuple[list[Array], Array]:
    """Return positions (mm along z, y, x) and log means of the blocks that are at least half body."""
    factors = block_factors(volume, step_mm)
    n_inside = block_sums(body, factors)
    total = block_sums(np.where(body, volume.array, np.float32(0)), factors)
    index = np.argwhere((n_inside >= 0.5 * np.prod(factors)) & (total > 0))
    if len(index) < MIN_SAMPLES:
        raise SeriesError(
            "IMG-27",
            "too little body for a bias field",
            found=f"{len(index)} blocks of {step_mm:g} mm",
            expected=f"at least {MIN_SAMPLES}",
            remedy="Set bias.method to none, or give the whole image.",
        )
    where = tuple(index.T)
    positions = [
        np.asarray((index[:, axis] * factor + (factor - 1) / 2) * volume.spacing_mm[axis], dtype=np.float64)
        for axis, factor in enumerate(factors)
    ]
    return positions, np.log(total[where] / n_inside[where])


@dataclass(frozen=True, slots=True, eq=False)
class _Spline:
    """Least squares by a tensor product of cubic B-splines with a penalty on second differences."""

    design: Array
    factor: tuple[Array, bool]
    shape: tuple[int, ...]

    @staticmethod
    def through(positions: list[Array], lengths: list[float], cells: list[int], stiffness: float) -> _Spline:
        bases = [_basis(p, length, n) for p, length, n in zip(positions, lengths, cells, strict=True)]
        n_samples = len(positions[0])
        design = np.einsum("ni,nj,nk->nijk", *bases).reshape(n_samples, -1)
        shape = tuple(n + 3 for n in cells)
        # the ridge only keeps coefficients finite that no sample touches
        penalty = stiffness * _roughness(shape) + 1e-9 * np.eye(design.shape[1])
        normal = design.T @ design + n_samples * penalty
        return _Spline(design, cho_factor(normal), shape)

    def smooth(self, values: Array) -> Array:
        return np.asarray(cho_solve(self.factor, self.design.T @ values))


def _basis(position: Array, length: float, n_cells: int) -> Array:
    """Return the n_cells + 3 cubic B-splines at positions in [0, length], shape (n, n_cells + 3)."""
    t = np.clip(position / max(length, 1e-9) * n_cells, 0.0, n_cells)
    cell = np.minimum(t.astype(int), n_cells - 1)
    x = t - cell
    weights = ((1 - x) ** 3, 3 * x**3 - 6 * x**2 + 4, -3 * x**3 + 3 * x**2 + 3 * x + 1, x**3)
    basis = np.zeros((len(position), n_cells + 3))
    for k, weight in enumerate(weights):
        basis[np.arange(len(position)), cell + k] = weight / 6
    return basis


def _roughness(shape: tuple[int, ...]) -> Array:
    """Return the mean of squared second differences along the three axes, as a quadratic form."""
    total = np.zeros((int(np.prod(shape)),) * 2)
    for axis in range(3):
        factors = [np.eye(n) for n in shape]
        second = np.diff(factors[axis], 2, axis=0)
        factors[axis] = second.T @ second
        total += np.kron(np.kron(factors[0], factors[1]), factors[2])
    return total / len(total)


def _evaluate(coefficients: Array, axes: list[Array], lengths: list[float], cells: list[int]) -> Array:
    bases = [_basis(p, length, n) for p, length, n in zip(axes, lengths, cells, strict=True)]
    values = np.einsum("ai,ijk->ajk", bases[0], coefficients)
    values = np.einsum("ai,jik->jak", bases[1], values)
    field = np.empty(tuple(len(p) for p in axes))
    # slab by slab, so that no second array of this size is made
    for plane, target in zip(values, field, strict=True):
        np.einsum("ai,ji->ja", bases[2], plane, out=target)
    return field


METHOD = BiasMethod(
    name="n3",
    description="nonparametric nonuniform intensity normalisation (N3) inside a body mask",
    limits="shading that runs along with the anatomy cannot be told from it",
    reference="Sled, Zijdenbos and Evans, IEEE Trans Med Imaging 1998;17:87-97",
    fit=fit,
)
