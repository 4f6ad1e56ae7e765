"""Phase contrast: halos around objects, shade-off inside, shadows on one side."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image, at_low_resolution, blurred
from napari_asist.compiled import compiled
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
    image = np.array(light, np.float32)
    if settings.strength:
        taken = np.float32(settings.strength) * halo_of(
            light, settings.radius, settings.ring_width
        )
        if settings.shade_off < 1:
            core = blurred(inside.astype(np.float32), settings.radius / 4)
            taken *= 1 - np.float32(1 - settings.shade_off) * core
        image -= taken
    if settings.glow:
        around = blurred(light, settings.glow_sigma, truncate=3)
        image += np.float32(settings.glow) * around
    if settings.shadow:
        angle = math.radians(settings.shadow_angle)
        image += np.float32(settings.shadow) * _slope(
            _smooth(light, settings.shadow_sigma),
            np.float32(math.sin(angle)),
            np.float32(math.cos(angle)),
        )
    return image


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
    from scipy.fft import irfft2, next_fast_len, rfft2

    cell = max(1, int(radius // CELLS))
    margin = int(np.ceil(REACH * radius / cell))

    def convolved(cells: Image) -> Image:
        # The margin separates the image from the padding to a fast size.
        height, width = cells.shape
        shape = next_fast_len(height, True), next_fast_len(width, True)
        transfer = _transfer(shape, radius / cell, ring_width)
        whole = irfft2(rfft2(cells, shape) * transfer, shape)
        return np.asarray(whole[:height, :width], np.float32)

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
    along_y, along_x = np.gradient(_smooth(light, sigma))
    return along_y, along_x


def _smooth(light: Image, sigma: float) -> Image:
    """Blur light so that it has a slope of 1 across a straight border of light of 1."""
    return blurred(light, sigma) * np.float32(sigma * np.sqrt(2 * np.pi))


@compiled
def _slope(image: Image, down: np.float32, across: np.float32) -> Image:
    """Return an image's slope in one direction, from differences between neighbors.

    It is the gradient (see `numpy.gradient`) along y times `down` plus that along x
    times `across`.
    """
    height, width = image.shape
    slope = np.empty((height, width), np.float32)
    half = across / np.float32(2)
    for row in range(height):
        top, bottom = max(row - 1, 0), min(row + 1, height - 1)
        above, middle, below = image[top], image[row], image[bottom]
        share = down / np.float32(max(bottom - top, 1))
        out = slope[row]
        for column in range(width):
            out[column] = share * (below[column] - above[column])
        for column in range(1, width - 1):
            out[column] += half * (middle[column + 1] - middle[column - 1])
        if width > 1:
            out[0] += across * (middle[1] - middle[0])
            out[width - 1] += across * (middle[width - 1] - middle[width - 2])
    return slope


@lru_cache(maxsize=64)
def _transfer(
    shape: tuple[int, int], radius: float, ring_width: float
) -> NDArray[np.complex64]:
    """Return the Fourier transform of the kernel, whose first lobe sums to 1."""
    from scipy.fft import rfft2
    from scipy.special import j0

    reach = int(REACH * radius)
    offsets = np.arange(-reach, reach + 1)
    distance = np.hypot(offsets[:, None], offsets) * (FIRST_ZERO / radius)
    values = j0(distance) * np.exp(-0.5 * (ring_width * distance) ** 2)
    values[distance > REACH * FIRST_ZERO] = 0
    values /= values[distance < FIRST_ZERO].sum()
    kernel = np.zeros(shape, np.float32)
    kernel[np.ix_(offsets, offsets)] = values
    return np.asarray(rfft2(kernel), np.complex64)
