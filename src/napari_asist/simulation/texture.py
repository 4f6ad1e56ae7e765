"""The texture of the objects: noise that moves with each of them."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray

Image = NDArray[np.float32]

DARKEST = -0.7


def smooth_noise(
    shape: tuple[int, ...], sigma: float, rng: np.random.Generator
) -> Image:
    """Return noise of mean 0 and standard deviation 1 that repeats itself.

    Parameters
    ----------
    shape : tuple of int
    sigma : float
        Size of its grains, in pixels.
    rng : Generator
    """
    from scipy.ndimage import gaussian_filter

    noise = rng.standard_normal(shape, np.float32)
    noise = gaussian_filter(noise, sigma, mode="wrap")
    return np.asarray((noise - noise.mean()) / max(float(noise.std()), 1e-12))


def grain_at(
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    owner: LabelArray,
    labels: LabelArray,
    grain: Image,
    origin: Image,
) -> Image:
    """Return the texture, which is fixed to the center of each object.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (number of pixels,)
        Pixels to draw.
    owner : ndarray of unsigned int, shape (number of pixels,)
        The label that each belongs to.
    labels : ndarray of unsigned int, shape (Y, X)
    grain : ndarray of float32, shape (N, N)
        Texture of mean 0 that repeats itself.
    origin : ndarray of float32, shape (highest label + 1, 2)
        Where each object's own part of the texture begins.

    Returns
    -------
    ndarray of float32, shape (number of pixels,)
        What is added to a brightness of 1.
    """
    from scipy.ndimage import map_coordinates

    y, x = np.nonzero(labels)
    area = np.bincount(labels[y, x], minlength=len(origin))
    center = np.stack(
        [
            np.bincount(labels[y, x], place, minlength=len(area)) / np.maximum(area, 1)
            for place in (y, x)
        ],
        axis=1,
    )
    start = origin - center
    where = [rows + start[owner, 0], columns + start[owner, 1]]
    drawn = map_coordinates(grain, where, order=1, mode="grid-wrap")
    return np.asarray(np.maximum(drawn, DARKEST), np.float32)
