"""The background of a frame: what it looks like, and more of the same."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

MOST_CORRELATED = 0.95
"""Slow changes of brightness are no noise, though neighbors agree in them too."""


@dataclass(frozen=True)
class Background:
    """Mean, noise and grain of a frame's background.

    Parameters
    ----------
    mean, deviation : float
        In the units of the frame.
    correlation : float
        Between a pixel's noise and its right neighbor's.
    """

    mean: float
    deviation: float
    correlation: float

    def drawn(
        self, shape: tuple[int, ...], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Draw a frame of background alone, with noise of the same grain.

        White noise after a Gaussian of standard deviation s has the correlation
        ``exp(-1 / (4 s²))`` between neighbors.
        """
        noise = rng.standard_normal(shape)
        if self.correlation > 0:
            sigma = 0.5 / math.sqrt(-math.log(self.correlation))
            noise = ndimage.gaussian_filter(noise, sigma, mode="wrap")
            noise /= max(float(noise.std()), np.finfo(np.float32).tiny)
        return (self.mean + self.deviation * noise).astype(np.float32)


def measured_background(
    image: NDArray[np.float32], mask: NDArray[np.bool_], dilation: int
) -> Background:
    """Measure the background farther than `dilation` pixels from the mask.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X)
    mask : ndarray of bool, shape (Y, X)
    dilation : int
        In pixels. A mask that leaves no such pixel is not dilated; one that leaves
        none at all lends its darkest tenth.
    """
    free = ~mask
    if dilation and mask.any():
        distant = ndimage.distance_transform_edt(free) > dilation
        free = distant if distant.any() else free
    if not free.any():
        free = image <= np.quantile(image, 0.1)
    values = image[free].astype(np.float64)
    mean, deviation = float(values.mean()), float(values.std())
    residual = image.astype(np.float64) - mean
    pairs = free[:, 1:] & free[:, :-1]
    correlation = 0.0
    if deviation > 0 and pairs.any():
        products = residual[:, 1:][pairs] * residual[:, :-1][pairs]
        correlation = float(products.mean()) / deviation**2
    return Background(mean, deviation, min(max(correlation, 0.0), MOST_CORRELATED))
