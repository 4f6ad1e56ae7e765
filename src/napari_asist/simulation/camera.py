"""The camera: photons become counts, with noise that neighboring pixels may share."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.simulation.microscope_settings import MicroscopeSettings
from napari_asist.simulation.texture import Image


def photographed(
    light: Image, settings: MicroscopeSettings, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return what a camera makes of the light that reaches it.

    Photon noise is Poisson's, the camera's own is normal. Cameras that resample their
    lines, and videos that were resized, have noise with a grain; its variance is the
    same.

    Parameters
    ----------
    light : ndarray of float32, shape (Y, X)
        In counts.
    settings : MicroscopeSettings
    rng : Generator

    Returns
    -------
    ndarray of float64, shape (Y, X)
        In counts; neither rounded nor cut to a camera's range.
    """
    counts = rng.poisson(light / settings.gain) * settings.gain
    counts = counts + rng.normal(settings.offset, settings.read_noise, light.shape)
    if not any(settings.noise_grain):
        return np.asarray(counts)
    mean = light + settings.offset
    return np.asarray(mean + grained(counts - mean, settings.noise_grain))


def grained(
    noise: NDArray[np.float64], grain: tuple[float, float]
) -> NDArray[np.float64]:
    """Let neighboring pixels share their noise, whose variance is kept.

    Parameters
    ----------
    noise : ndarray of float64, shape (Y, X)
    grain : tuple of float
        Sigma of a Gaussian along each axis, in pixels.
    """
    from scipy.ndimage import gaussian_filter1d

    for axis, sigma in enumerate(grain):
        if sigma:
            noise = gaussian_filter1d(noise, sigma, axis, mode="wrap")
            noise = noise / kept_deviation(sigma)
    return noise


def kept_deviation(sigma: float) -> float:
    """Return what a Gaussian along one axis leaves of white noise's deviation.

    Parameters
    ----------
    sigma : float
        In pixels.
    """
    from scipy.ndimage import gaussian_filter1d

    impulse = np.zeros(2 * int(4 * sigma + 2) + 1)
    impulse[len(impulse) // 2] = 1
    return float(np.sqrt(np.sum(gaussian_filter1d(impulse, sigma) ** 2)))
