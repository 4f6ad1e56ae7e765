"""Measure taper, asymmetry and bend of outlines from the moments of their pixels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled
from napari_asist.simulation.shapes import Spindle

SMALLEST = 60
"""Area in pixels of the smallest object whose fourth moments are meaningful."""

FEWEST = 10
"""Smallest number of objects to fit a shape."""

LEAST_TAPER, MOST_TAPER = -0.25, 1.0
MOST_ASYMMETRY, MOST_BEND = 0.5, 0.5
"""Plausible bounds: pixels and neighbors make small outlines asymmetric."""


def fitted_spindle(moments: Sequence[NDArray[np.float64]]) -> Spindle:
    """Fit a spindle to the moments of outlines.

    The kurtosis of the positions of an object's pixels along its axis gives the taper:
    for half-widths (1 - u²)^p it is 3 (2p + 3) / (2p + 5), hence 2 for an ellipse.
    Their skewness gives the asymmetry, and the curve through them the bend.

    Parameters
    ----------
    moments : sequence of ndarray of float64, shape (n, 3)
        From `outline_moments`, one per frame.

    Returns
    -------
    Spindle
        The default if there are too few objects.
    """
    found = np.concatenate([np.zeros((0, 3)), *moments])
    if len(found) < FEWEST:
        return Spindle()
    skewness, kurtosis, bend = found.T
    usual = np.clip(np.median(kurtosis), 1.8, 2.6)
    taper = (5 * usual - 9) / (2 * (3 - usual)) - 0.5
    taper = float(np.clip(taper, LEAST_TAPER, MOST_TAPER))
    asymmetry = _deviation(skewness) / abs(_skewness_per_place(0.5 + taper))
    return Spindle(
        taper=round(taper, 2),
        asymmetry=round(min(asymmetry, MOST_ASYMMETRY), 2),
        bend=round(min(_deviation(bend), MOST_BEND), 2),
    )


def _deviation(values: NDArray[np.float64]) -> float:
    """Return the standard deviation around 0, robust to a few outliers."""
    return float(np.median(np.abs(values)) / 0.6745)


def _skewness_per_place(power: float) -> float:
    """Return skewness per shift of a spindle's widest position, to first order.

    With m1, m2 and m3 the absolute moments of a symmetric spindle, it is ``(6 m1 m2 - 4
    m3) / m2^1.5``.
    """
    from scipy.special import beta

    whole = float(beta(0.5, power + 1))
    first, second = 1 / ((power + 1) * whole), 1 / (2 * power + 3)
    third = 1 / ((power + 1) * (power + 2) * whole)
    return float((6 * first * second - 4 * third) / second**1.5)


@compiled
def outline_moments(objects: NDArray[np.int32]) -> NDArray[np.float64]:
    """Measure the objects away from the border that are not tiny.

    Parameters
    ----------
    objects : ndarray of int32, shape (Y, X)
        Numbered from 1.

    Returns
    -------
    ndarray of float64, shape (n, 3)
        Skewness and kurtosis of the pixels' positions along the long axis, and the
        bend: offset of the tips from the line through the middle, over the half-length.
    """
    height, width = objects.shape
    count = objects.max() + 1
    whole = np.ones(count, np.bool_)
    for row in range(height):
        whole[objects[row, 0]] = whole[objects[row, width - 1]] = False
    for column in range(width):
        whole[objects[0, column]] = whole[objects[height - 1, column]] = False
    middle = np.zeros((count, 3))
    for row in range(height):
        for column in range(width):
            middle[objects[row, column], 0] += 1
            middle[objects[row, column], 1] += row
            middle[objects[row, column], 2] += column
    second = np.zeros((count, 3))
    for number in range(1, count):
        for axis in range(1, 3):
            middle[number, axis] /= max(middle[number, 0], 1)
        whole[number] &= middle[number, 0] >= SMALLEST
    for row in range(height):
        for column in range(width):
            number = objects[row, column]
            if number:
                dy, dx = row - middle[number, 1], column - middle[number, 2]
                second[number, 0] += dy * dy
                second[number, 1] += dy * dx
                second[number, 2] += dx * dx
    angle = np.zeros(count)
    for number in range(1, count):
        yy, yx, xx = second[number]
        angle[number] = 0.5 * np.arctan2(2 * yx, xx - yy)
    # Sums of u², u³, u⁴ and u² v, with u along an object and v across it.
    high = np.zeros((count, 4))
    for row in range(height):
        for column in range(width):
            number = objects[row, column]
            if number and whole[number]:
                dy, dx = row - middle[number, 1], column - middle[number, 2]
                sin, cos = np.sin(angle[number]), np.cos(angle[number])
                along, aside = dy * sin + dx * cos, dy * cos - dx * sin
                square = along * along
                high[number, 0] += square
                high[number, 1] += square * along
                high[number, 2] += square * square
                high[number, 3] += square * aside
    found = np.zeros((count, 3))
    kept = 0
    for number in range(1, count):
        if not whole[number]:
            continue
        area = middle[number, 0]
        variance, third, fourth, mixed = high[number] / area
        found[kept, 0] = third / variance**1.5
        found[kept, 1] = fourth / variance**2
        # The parabola through the pixels, at the half-length of 2 deviations.
        spread = fourth - variance**2 - third**2 / variance
        found[kept, 2] = 4 * variance * mixed / spread / (2 * np.sqrt(variance))
        kept += 1
    return found[:kept]
