"""Phase contrast: halos around objects, shade-off inside, shadows on one side."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image, at_low_resolution, blurred
from napari_asist.microscope.settings import PhaseContrastSettings

FIRST_ZERO = 2.405
"""First zero of the Bessel function J0."""

CELLS = 4
"""Minimum number of cells up to the first zero when the halo is computed at low
resolution."""

REACH = 3
"""Extent of the kernel in first zeros; wide rings have no light there."""


def phase_contrast(
    light: Image, inside: NDArray[np.bool_], settings: PhaseContrastSettings
) -> Image:
    """Return the image of objects' light in a phase contrast microscope.

    A phase ring passes the light diffracted by an object, and removes a part of the
    light around it: the image is the object convolved with δ − K, where K is the point
    spread function of the ring (Yin, Kanade and Chen, Medical Image Analysis 16, 2012).
    For a thin ring, K is J0; a soft ring of finite width damps it by a Gaussian. A
    shadow is the derivative of the blurred light in one direction, as in illumination
    from one side.

    Parameters
    ----------
    light : ndarray of float32, shape (Y, X)
        Over the background, in counts.
    inside : ndarray of bool, shape (Y, X)
        Pixels inside objects, for the shade-off.
    settings : PhaseContrastSettings

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Relative to the background: below 0 in halos and shadows. Objects are bright.
    """
    image = light
    if settings.strength:
        taken = np.float32(settings.strength) * halo_of(
            light, settings.radius, settings.ring_width
        )
        if settings.shade_off < 1:
            core = blurred(inside.astype(np.float32), settings.radius / 4)
            taken *= 1 - np.float32(1 - settings.shade_off) * core
        image = image - taken
    if settings.glow:
        around = blurred(light, settings.glow_sigma, truncate=3)
        image = image + np.float32(settings.glow) * around
    if settings.shadow:
        angle = np.radians(settings.shadow_angle)
        along_y, along_x = slopes_of(light, settings.shadow_sigma)
        slope = np.sin(angle) * along_y + np.cos(angle) * along_x
        image = image + np.float32(settings.shadow) * slope
    return np.asarray(image, np.float32)


def halo_of(light: Image, radius: float, ring_width: float) -> Image:
    """Convolve light with the phase ring's point spread function.

    Parameters
    ----------
    light : ndarray of float32, shape (Y, X)
    radius : float
        First zero of the function, in pixels.
    ring_width : float
        Width of the ring, as a fraction of its radius.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        As bright as the light itself in the center of an object of that radius.
    """
    from scipy.fft import irfft2, rfft2

    cell = max(1, int(radius // CELLS))
    margin = int(np.ceil(REACH * radius / cell))

    def convolved(cells: Image) -> Image:
        transfer = _transfer(cells.shape, radius / cell, ring_width)
        return np.asarray(irfft2(rfft2(cells) * transfer, cells.shape), np.float32)

    return at_low_resolution(light, cell, margin, convolved)


def slopes_of(light: Image, sigma: float) -> tuple[Image, Image]:
    """Return the slopes of blurred light along y and x.

    Parameters
    ----------
    light : ndarray of float32, shape (Y, X)
    sigma : float
        In pixels.

    Returns
    -------
    tuple of ndarray of float32, shape (Y, X)
        1 across a straight border of light of 1.
    """
    smooth = blurred(light, sigma) * np.float32(sigma * np.sqrt(2 * np.pi))
    along_y, along_x = np.gradient(smooth)
    return along_y, along_x


@lru_cache(maxsize=64)
def _transfer(
    shape: tuple[int, int], radius: float, ring_width: float
) -> NDArray[np.complex64]:
    """Return the Fourier transform of the kernel, whose first lobe sums to 1."""
    from scipy.fft import rfft2
    from scipy.special import j0

    down, across = (
        np.minimum(np.arange(side), side - np.arange(side)) for side in shape
    )
    distance = np.hypot(down[:, None], across) * (FIRST_ZERO / radius)
    kernel = j0(distance) * np.exp(-0.5 * (ring_width * distance) ** 2)
    kernel[distance > REACH * FIRST_ZERO] = 0
    kernel /= kernel[distance < FIRST_ZERO].sum()
    return np.asarray(rfft2(kernel), np.complex64)
