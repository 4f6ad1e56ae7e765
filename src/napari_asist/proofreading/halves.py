"""Cut an object's mask in two."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

ROUNDS = 20
"""Iterations of 2-means, which needs far fewer for the pixels of one object."""


def halves(mask: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Return one of the two parts of an object.

    If it has several pieces, the largest is one part and the rest the other. Otherwise
    it is cut at its neck, by a watershed of the distance to its border from the two
    centers found by 2-means.

    Parameters
    ----------
    mask : ndarray of bool, shape (Y, X)

    Returns
    -------
    ndarray of bool, shape (Y, X)
        The part with the topmost pixel, the leftmost of these if there are several.
        None for an object of fewer than two pixels.
    """
    if mask.sum() < 2:
        return None
    pieces, count = ndimage.label(mask, np.ones((3, 3), int))
    if count > 1:
        sizes = np.bincount(pieces.ravel())
        sizes[0] = 0
        part: NDArray[np.bool_] = pieces == sizes.argmax()
    else:
        part = _cut_at_the_neck(mask)
    return part if part.flat[np.flatnonzero(mask)[0]] else mask & ~part


def _cut_at_the_neck(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from skimage.segmentation import watershed

    padded = np.pad(mask, 1)
    depth = ndimage.distance_transform_edt(padded)
    pixels = np.argwhere(padded)
    seeds = np.zeros(padded.shape, np.int32)
    for number, middle in enumerate(_two_middles(pixels.astype(float)), 1):
        distance = ((pixels - middle) ** 2).sum(axis=1)
        # The second seed takes another pixel if both centers have the same nearest one.
        distance[seeds[tuple(pixels.T)] > 0] = np.inf
        seeds[tuple(pixels[distance.argmin()])] = number
    flooded = watershed(-depth, seeds, mask=padded)  # type: ignore[no-untyped-call]
    part: NDArray[np.bool_] = flooded[1:-1, 1:-1] == 1
    return part


def _two_middles(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the centers found by 2-means, started at the ends of the longest axis."""
    centered = pixels - pixels.mean(axis=0)
    _, _, axes = np.linalg.svd(centered, full_matrices=False)
    along = centered @ axes[0]
    middles = pixels[[along.argmin(), along.argmax()]]
    for _ in range(ROUNDS):
        distances = ((pixels[:, None] - middles) ** 2).sum(axis=2)
        nearest = distances.argmin(axis=1)
        moved = np.array([pixels[nearest == number].mean(axis=0) for number in (0, 1)])
        if np.array_equal(moved, middles):
            break
        middles = moved
    return middles
