"""A root by Brent's method, stopping where R's ``uniroot`` stops."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MAX_STEPS = 1000


def find_root(
    function: Callable[[float], float],
    start: tuple[float, float],
    end: tuple[float, float],
    tolerance: float,
) -> float:
    """Return a root of ``function`` between two points of opposite sign.

    Parameters
    ----------
    function : callable
    start, end : (x, function(x))
        The ends of the interval; the function is not called there.
    tolerance : float
        Of the root. The same steps are taken as by R's ``uniroot(tol = )``, so that a root that is known to
        1e-8 only is still R's root to rounding.

    References
    ----------
    Brent 1973, Algorithms for Minimization without Derivatives, chapter 4 (``zero``).
    """
    (a, fa), (b, fb) = start, end
    c, fc = a, fa
    for _ in range(MAX_STEPS):
        before = b - a
        if abs(fc) < abs(fb):
            # b is the best point so far, c lies on the other side
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        smallest = 2 * float(np.finfo(float).eps) * abs(b) + tolerance / 2
        half = (c - b) / 2
        if abs(half) <= smallest or fb == 0:
            break
        step = half
        if abs(before) >= smallest and abs(fa) > abs(fb):
            step = _interpolated((a, fa), (b, fb), (c, fc), before, smallest)
        if abs(step) < smallest:
            step = smallest if step > 0 else -smallest
        a, fa = b, fb
        b += step
        fb = function(b)
        if (fb > 0) == (fc > 0) and fb != 0:
            c, fc = a, fa
    return b


def _interpolated(
    a: tuple[float, float],
    b: tuple[float, float],
    c: tuple[float, float],
    before: float,
    smallest: float,
) -> float:
    """Return the step of the secant or of the inverse parabola, or half the interval where that goes too far."""
    width = c[0] - b[0]
    ratio = b[1] / a[1]
    if a[0] == c[0]:
        p, q = width * ratio, 1 - ratio
    else:
        from_c, last = a[1] / c[1], b[1] / c[1]
        p = ratio * (width * from_c * (from_c - last) - (b[0] - a[0]) * (last - 1))
        q = (from_c - 1) * (last - 1) * (ratio - 1)
    if p > 0:
        q = -q
    p = abs(p)
    if p < 0.75 * width * q - abs(smallest * q) / 2 and p < abs(before * q / 2):
        return p / q
    return width / 2
