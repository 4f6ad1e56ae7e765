"""Deviation of outlines from ellipses, measured on objects that touch no other."""

import numpy as np
from numpy.typing import NDArray

WAVES = np.array([3, 4, 5])
"""Numbers of waves around an outline. Two waves turn a circle into an ellipse; more
than these are lost in the pixels."""

APART = 2
"""Minimum distance to the next object and to the frame's border, in pixels."""

PIXELS = 0.52
"""Irregularity of smooth ellipses with a radius of a pixel, from the pixels alone; it
falls as the radius grows. Measured on rendered ellipses."""

KEPT = 0.64
"""Fraction of the irregularity measured in outlines of rendered stars: the median of an
object's waves is 0.89 of their standard deviation, and blur smooths them."""


def outline_waves(objects: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the strength of the waves of each object's outline.

    Where r(θ) = 1 + Σ a_k cos(kθ + φ_k) is the outline in the axes and units of the
    ellipse of equal moments, the integral of (r e^{iθ})^k over the object is π a_k to
    first order. The result is the root mean square of k a_k for k = 3, 4, 5, which is
    what `Star` draws from its irregularity.

    Parameters
    ----------
    objects : ndarray of int, shape (Y, X)
        Numbers from 1.

    Returns
    -------
    ndarray of float64, shape (highest number + 1,)
        nan for objects that touch another or the border of the frame, and for unused
        numbers.
    """
    from scipy.ndimage import find_objects

    waves = np.full(int(objects.max(initial=0)) + 1, np.nan)
    touching = _touching(objects, len(waves))
    for number, box in enumerate(find_objects(objects), 1):
        if box is None or touching[number]:
            continue
        y, x = np.nonzero(objects[box] == number)
        waves[number] = _waves_of(y - y.mean(), x - x.mean())
    return waves


def irregularity(
    waves: NDArray[np.float64], radius: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the irregularity of stars whose outlines have the given waves.

    Parameters
    ----------
    waves : ndarray of float64, shape (n,)
        From `outline_waves`.
    radius : ndarray of float64, shape (n,)
        Radius of the circles of equal area, in pixels.

    Returns
    -------
    ndarray of float64, shape (n,)
        0 if it cannot be distinguished from the effect of pixels; nan where `waves` is.
    """
    square = waves**2 - (PIXELS / np.maximum(radius, 1)) ** 2
    return np.asarray(np.sqrt(np.maximum(square, 0)) / KEPT)


def _touching(objects: NDArray[np.integer], count: int) -> NDArray[np.bool_]:
    touching = np.zeros(count, bool)
    height, width = objects.shape
    for down in range(APART + 1):
        for across in range(-APART, APART + 1):
            one = objects[: height - down, max(0, -across) : width - max(0, across)]
            other = objects[down:, max(0, across) : width - max(0, -across)]
            meet = (one != other) & (one > 0) & (other > 0)
            touching[one[meet]] = touching[other[meet]] = True
    for axis in range(2):
        for end in (slice(None, APART), slice(-APART, None)):
            touching[np.moveaxis(objects, axis, 0)[end]] = True
    return touching


def _waves_of(y: NDArray[np.float64], x: NDArray[np.float64]) -> float:
    covariance = np.cov(np.stack([x, y]), bias=True) + np.eye(2) / 12
    variance, axes = np.linalg.eigh(np.atleast_2d(covariance))
    # A unit disc has a variance of 1/4 along each axis.
    half = 2 * np.sqrt(variance)
    along, aside = (axes.T @ np.stack([x, y])) / half[:, None]
    place = along + 1j * aside
    strength = [abs((place**wave).sum()) / (np.pi * half.prod()) for wave in WAVES]
    return float(np.sqrt(np.mean((WAVES * np.array(strength)) ** 2)))
