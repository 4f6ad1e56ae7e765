"""The noise of single pixels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

NOISELESS = 5e-4
"""Noise below which frames were drawn, as a fraction of their range: constant areas of
a drawing are its background."""


def pixel_noise(frame: NDArray[Any], where: NDArray[np.bool_] | None = None) -> float:
    """Return the standard deviation of the noise, from differences of neighbors.

    Second differences ignore gradients; their median ignores objects.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
    where : ndarray of bool, shape (Y, X), optional
        Pixels to examine.
    """
    if frame.shape[1] < 3:
        return 0.0
    image = frame.astype(np.float32)
    bent = np.abs(image[:, 2:] - 2 * image[:, 1:-1] + image[:, :-2])
    if where is not None:
        bent = bent[where[:, 1:-1]]
    return float(np.median(bent)) / (0.6745 * 6**0.5) if bent.size else 0.0
