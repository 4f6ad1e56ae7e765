"""The texture of the objects: noise that moves with each of them."""

import numpy as np

from napari_asist.compiled import compiled
from napari_asist.simulation.blur import Image, blurred, enlarged

__all__ = ["Image", "grain_at", "smooth_noise"]

DARKEST = -0.7
CELLS = 4
"""Cells a standard deviation, at least, in which wide noise is drawn."""


def smooth_noise(
    shape: tuple[int, ...], sigma: float, rng: np.random.Generator
) -> Image:
    """Return noise of mean 0 and standard deviation 1 that repeats itself.

    Wide noise is drawn in cells of at most a quarter of its grains and interpolated.

    Parameters
    ----------
    shape : tuple of int
        Height and width.
    sigma : float
        Size of its grains, in pixels.
    rng : Generator

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    # In powers of two, so that a little wider noise of the same seed looks alike.
    finest = 2 ** max(0, int(np.log2(max(sigma / CELLS, 1))))
    cells = tuple(max(1, round(side / finest)) for side in shape)
    noise = rng.standard_normal(cells, np.float32)
    down, across = (
        sigma * count / side for count, side in zip(cells, shape, strict=True)
    )
    noise = blurred(noise, (down, across), wrap=True)
    if cells != tuple(shape):
        noise = enlarged(noise, shape)
    return np.asarray((noise - noise.mean()) / max(float(noise.std()), 1e-12))


@compiled
def grain_at(grain: Image, y: float, x: float) -> float:
    """Return the texture at a place, linear between the grain's pixels.

    Parameters
    ----------
    grain : ndarray of float32, shape (N, N)
        Texture of mean 0 that repeats itself.
    y, x : float
        The loops that bring a place into the grain are short near to it.

    Returns
    -------
    float
        What is added to a brightness of 1, at least `DARKEST`.
    """
    height, width = grain.shape
    while y < 0:
        y += height
    while y >= height:
        y -= height
    while x < 0:
        x += width
    while x >= width:
        x -= width
    top, left = int(y), int(x)
    down, across = y - top, x - left
    bottom = top + 1 if top + 1 < height else 0
    right = left + 1 if left + 1 < width else 0
    above = (1 - across) * grain[top, left] + across * grain[top, right]
    below = (1 - across) * grain[bottom, left] + across * grain[bottom, right]
    return float(max((1 - down) * above + down * below, DARKEST))
