"""Determine which objects of a clip must have different embeddings."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

TOUCH = ((0, 1), (0, 2), (1, -1), (1, 0), (1, 1), (2, 0))
"""Half of the offsets in a disk of radius 2; the other half are their negatives."""


def neighbor_table(labels: NDArray[np.integer], radius: float) -> NDArray[np.bool_]:
    """Return for each pair of objects whether they are neighbors.

    Section 2.3 of Payer et al. 2019: an object's neighbors are those that come within 2
    px of it in any frame, or into the disk around its mean center in a frame in which
    it exists or in an adjacent one.

    Parameters
    ----------
    labels : ndarray of int, shape (T, Y, X)
        Numbers 0 (background), 1, …, K without gaps.
    radius : float
        Radius of the disk in pixels.

    Returns
    -------
    ndarray of bool, shape (K, K)
        Entry (i, j) is true if object j + 1 is a neighbor of object i + 1. The diagonal
        is false.
    """
    count = int(labels.max(initial=0))
    table = np.zeros((count + 1, count + 1), bool)
    _mark_touching(labels, table)
    _mark_near(labels, radius, table)
    np.fill_diagonal(table, False)
    return table[1:, 1:]


def _mark_touching(labels: NDArray[np.integer], table: NDArray[np.bool_]) -> None:
    _, height, width = labels.shape
    for down, right in TOUCH:
        here = labels[:, : height - down, max(0, -right) : width - max(0, right)]
        there = labels[:, down:, max(0, right) : width + min(0, right)]
        differ = (here != there) & (here > 0) & (there > 0)
        table[here[differ], there[differ]] = True
        table[there[differ], here[differ]] = True


def _mark_near(
    labels: NDArray[np.integer], radius: float, table: NDArray[np.bool_]
) -> None:
    n_frames, height, width = labels.shape
    for label, place in enumerate(find_objects(labels), start=1):
        if place is None:
            continue
        inside = labels[place] == label
        _, y, x = (
            float(axis.mean()) + part.start
            for axis, part in zip(np.nonzero(inside), place, strict=True)
        )
        frames = slice(max(0, place[0].start - 1), min(n_frames, place[0].stop + 1))
        rows = slice(max(0, int(y - radius)), min(height, int(y + radius) + 2))
        columns = slice(max(0, int(x - radius)), min(width, int(x + radius) + 2))
        grid = np.ogrid[rows, columns]
        disk = (grid[0] - y) ** 2 + (grid[1] - x) ** 2 <= radius**2
        table[label, labels[frames, rows, columns][:, disk]] = True
