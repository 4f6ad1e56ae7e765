"""The camera: convert photons to counts, with noise that may be correlated."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image, blurred
from napari_asist.compiled import compiled
from napari_asist.microscope.settings import MicroscopeSettings

MANY_PHOTONS = 30
"""Mean number of photons above which their distribution is nearly normal, except for
the skewness: at 30 the distribution functions differ by less than 0.002, compared
between integer photon numbers."""


def photographed(
    light: Image, settings: MicroscopeSettings, rng: np.random.Generator
) -> Image:
    """Return the counts that a camera records for the incoming light.

    Photon noise is Poisson-distributed, the camera's own is normal. Cameras that
    resample their lines, and resized videos, have correlated noise; its variance is the
    same. Starting at `MANY_PHOTONS`, both are drawn together, as a normal number with
    the first term of the Cornish-Fisher expansion (Review of the International
    Statistical Institute 5, 1938), so that mean, variance and skewness are those of the
    sum.

    Parameters
    ----------
    light : ndarray of float32, shape (Y, X)
        In counts.
    settings : MicroscopeSettings
    rng : Generator

    Returns
    -------
    ndarray of float32, shape (Y, X)
        In counts; neither rounded nor clipped to a camera's range.
    """
    light = np.ascontiguousarray(light, np.float32)
    drawn = rng.standard_normal(light.shape, np.float32)
    few = light < MANY_PHOTONS * settings.gain
    photons = rng.poisson(light[few] / settings.gain).astype(np.float32)
    noise = _noise(light, drawn, photons, few, settings.gain, settings.read_noise)
    if any(settings.noise_grain):
        noise = grained(noise, settings.noise_grain)
    noise += light
    noise += np.float32(settings.offset)
    return noise


@compiled
def _noise(
    light: Image,
    drawn: Image,
    photons: Image,
    few: NDArray[np.bool_],
    gain: float,
    read_noise: float,
) -> Image:
    noise = np.empty_like(light)
    place = 0
    variance, third = np.float32(read_noise**2), np.float32(gain**2 / 6)
    step, read = np.float32(gain), np.float32(read_noise)
    for row in range(light.shape[0]):
        for column in range(light.shape[1]):
            level, normal = light[row, column], drawn[row, column]
            if few[row, column]:
                counted = step * photons[place] - level
                noise[row, column] = counted + read * normal
                place += 1
            else:
                # A third moment of gain² x light, as for a Poisson distribution.
                square = step * level + variance
                skewed = third * level / square * (normal * normal - np.float32(1))
                noise[row, column] = np.sqrt(square) * normal + skewed
    return noise


def grained(noise: Image, grain: tuple[float, float]) -> Image:
    """Correlate the noise of neighboring pixels, keeping its variance.

    Parameters
    ----------
    noise : ndarray of float32, shape (Y, X)
    grain : tuple of float
        Sigma of a Gaussian along each axis, in pixels.

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    kept = np.prod([kept_deviation(sigma) for sigma in grain if sigma])
    shared = blurred(noise, grain, wrap=True)
    shared /= np.float32(kept)
    return shared


def kept_deviation(sigma: float) -> float:
    """Return the fraction of white noise's deviation left by a Gaussian along an axis.

    Parameters
    ----------
    sigma : float
        In pixels.
    """
    from scipy.ndimage import gaussian_filter1d

    impulse = np.zeros(2 * int(4 * sigma + 2) + 1)
    impulse[len(impulse) // 2] = 1
    return float(np.sqrt(np.sum(gaussian_filter1d(impulse, sigma) ** 2)))
