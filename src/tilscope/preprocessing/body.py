"""Where the body is, so that air counts neither in the bias field nor in the z-score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tilscope.vocabulary import SeriesError, Volume

SMOOTHING_MM = 2.0
N_BINS = 256
# bright fat or a coil's hot spot would pull the threshold up
BRIGHTEST_PERCENT = 95.0


def body_mask(volume: Volume) -> NDArray[np.bool_]:
    """Tell body from air.

    Gaussian smoothing (2 mm), brightest 5 % clipped, Otsu's threshold between air and tissue on the square root
    of the intensities (which evens out fat and gland), largest connected component, holes filled slice by slice.

    Parameters
    ----------
    volume : Volume
        One phase; post1 shows the breast best.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
        True in the body. An image without air comes out nearly all True.

    Raises
    ------
    SeriesError
        IMG-27: the image is constant.

    References
    ----------
    Otsu, IEEE Trans Syst Man Cybern 1979;9:62-66.
    """
    sigma = [SMOOTHING_MM / spacing for spacing in volume.spacing_mm]
    smooth = ndimage.gaussian_filter(volume.array, sigma, output=np.float32, mode="nearest")
    low, high = (float(v) for v in np.percentile(smooth, (0.0, BRIGHTEST_PERCENT)))
    if not high > low:
        raise SeriesError(
            "IMG-27",
            "the image has no variance, so body and air cannot be told apart",
            found=f"{low:g} nearly everywhere",
            expected="an image of tissue and air",
            remedy="Exclude the patient, or export the phase again.",
        )
    # in place: these arrays are the largest of the step
    smooth -= low
    np.clip(smooth, 0.0, high - low, out=smooth)
    evened = np.sqrt(smooth, out=smooth)
    labels, n = ndimage.label(evened > otsu_threshold(evened))
    # slice by slice, since bincount copies to int64
    sizes = sum(np.bincount(one.ravel(), minlength=n + 1) for one in labels)
    largest = labels == 1 + int(np.argmax(np.asarray(sizes)[1:]))
    return np.stack([_filled(one) for one in largest])


def _filled(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a slice without holes: outside is what hangs together with its border (four neighbours)."""
    labels, n = ndimage.label(~inside)
    is_outside = np.zeros(n + 1, dtype=bool)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        is_outside[edge] = True
    is_outside[0] = False
    return np.asarray(~is_outside[labels])


def otsu_threshold(values: NDArray[np.float32]) -> float:
    """Return the threshold that separates two classes with the largest variance between them.

    Parameters
    ----------
    values : ndarray of float
        Any shape; not constant.
    """
    counts, edges = np.histogram(values, bins=N_BINS)
    middle = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = values.size - below
    total = np.cumsum(counts * middle)
    mean_below = total[:-1] / np.maximum(below, 1)
    mean_above = (total[-1] - total[:-1]) / np.maximum(above, 1)
    between = below.astype(np.float64) * above * (mean_below - mean_above) ** 2
    return float(edges[1 + int(np.argmax(between))])
