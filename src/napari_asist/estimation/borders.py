"""Positions of pixels relative to the borders of objects."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled
from napari_asist.labels import LabelArray

REACH = 6
LEVEL = 0.9

Distances = NDArray[np.float32]


def nearest_label(
    labels: LabelArray, reach: int | None = None
) -> tuple[LabelArray, Distances]:
    """Return the label nearest to each pixel, and its distance (0 inside).

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    reach : int, optional
        Search radius in pixels; a limit makes the search many times faster. Beyond it,
        the label is 0 and the distance infinite.

    Returns
    -------
    nearest : ndarray of unsigned int, shape (Y, X)
    distance : ndarray of float32, shape (Y, X)
        In pixels.
    """
    if reach is not None:
        nearest = np.empty(labels.shape, labels.dtype)
        near = np.empty(labels.shape, np.float32)
        bits = (2 * reach).bit_length()
        # Candidates are integers; single precision represents these up to 2 ** 24.
        is_exact = (2 * (reach + 1) ** 2) << bits <= 2**24
        best: NDArray[Any] = np.empty(
            labels.shape[1], np.float32 if is_exact else np.float64
        )
        _find_nearest(np.ascontiguousarray(labels), reach, bits, best, nearest, near)
        return nearest, near
    from scipy.ndimage import distance_transform_edt

    distance, (rows, columns) = distance_transform_edt(labels == 0, return_indices=True)
    return labels[rows, columns], distance.astype(np.float32)


@dataclass(frozen=True, eq=False)
class Outlines:
    """Position of each pixel of a label image relative to the objects.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    nearest : ndarray of unsigned int, shape (Y, X)
        The nearest label.
    outside : ndarray of float32, shape (Y, X)
        Distance to that label, 0 inside.
    depth : ndarray of float32, shape (Y, X)
        Distance of a labeled pixel to its object's border, 0 outside.
    """

    labels: LabelArray
    nearest: LabelArray
    outside: Distances
    depth: Distances

    def nearest_within(self, reach: int) -> LabelArray:
        """Return the nearest label within a distance, 0 beyond; see `nearest_label`.

        Parameters
        ----------
        reach : int
            At most the reach of the outlines.
        """
        none = self.labels.dtype.type(0)
        return np.where(self.outside <= reach, self.nearest, none)


def outlines_of(labels: LabelArray, reach: int | None = None) -> Outlines:
    """Measure the distances of all pixels to the objects' borders.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    reach : int, optional
        As for `nearest_label`.
    """
    return Outlines(labels, *nearest_label(labels, reach), depth_inside(labels))


def depth_inside(labels: LabelArray) -> Distances:
    """Return the distance of each labeled pixel to its object's border, 0 outside.

    An object that ends only at the edge of the image has no border: its depth is the
    height plus the width of the image.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)

    Returns
    -------
    ndarray of float32, shape (Y, X)
        In pixels, at least 0.5.
    """
    return _depth(np.ascontiguousarray(labels))


@compiled
def _find_nearest(
    labels: LabelArray,
    reach: int,
    bits: int,
    best: NDArray[np.floating],
    nearest: LabelArray,
    distance: Distances,
) -> None:
    """Search along columns, then along rows: squared distances add up.

    Each candidate for a pixel is encoded as one number: its squared distance, followed
    by a few bits for the column it comes from: 0 for the pixel's own column, 1 for the
    next on the left, 2 for the next on the right, and so on. The smallest number is
    thus the nearest candidate. `best` stores those of one row; numbers are as wide as
    distances, so that several pixels are compared at once.
    """
    height, width = labels.shape
    far, one, none = np.float32(reach + 1), np.float32(1), np.float32(0)
    # Number of rows down to the nearest label in the column, negative if it is above.
    down = np.empty((height, width), np.float32)
    away = np.full(width, far)
    for row in range(height):
        mine, out = labels[row], down[row]
        for column in range(width):
            passed = min(away[column] + one, far)
            away[column] = none if mine[column] != 0 else passed
            out[column] = -away[column]
    away[:] = far
    for row in range(height - 1, -1, -1):
        mine, out = labels[row], down[row]
        for column in range(width):
            passed = min(away[column] + one, far)
            away[column] = none if mine[column] != 0 else passed
            out[column] = away[column] if away[column] < -out[column] else out[column]
    line = np.full(width + 2 * reach, np.inf, best.dtype)
    unit = best.dtype.type(1 << bits)
    for row in range(height):
        for column in range(width):
            best[column] = down[row, column] * down[row, column] * unit
            line[reach + column] = best[column]
        for step in range(1, min(reach, width - 1) + 1):
            left = line[reach - step : reach - step + width]
            right = line[reach + step : reach + step + width]
            cost = best.dtype.type((step * step << bits) + 2 * step - 1)
            next_cost = cost + best.dtype.type(1)
            for column in range(width):
                beside = min(left[column] + cost, right[column] + next_cost)
                best[column] = min(best[column], beside)
        names, out = nearest[row], distance[row]
        for column in range(width):
            found = int(best[column])
            square = found >> bits
            if found == 0:
                names[column], out[column] = labels[row, column], 0
            elif square <= reach * reach:
                code = found & ((1 << bits) - 1)
                other = column + (code // 2 if code % 2 == 0 else -(code + 1) // 2)
                names[column] = labels[row + int(down[row, other]), other]
                out[column] = math.sqrt(square)
            else:
                names[column], out[column] = 0, np.inf


@compiled
def _depth(labels: LabelArray) -> Distances:
    height, width = labels.shape
    away = np.empty((height, width), np.int32)
    far = height + width
    for row in range(height):
        for column in range(width):
            label = labels[row, column]
            if label == 0 or (
                (row > 0 and labels[row - 1, column] != label)
                or (row < height - 1 and labels[row + 1, column] != label)
                or (column > 0 and labels[row, column - 1] != label)
                or (column < width - 1 and labels[row, column + 1] != label)
            ):
                away[row, column] = 0
            elif row == 0:
                away[row, column] = far
            else:
                away[row, column] = min(away[row - 1, column] + 1, far)
    for row in range(height - 2, -1, -1):
        for column in range(width):
            away[row, column] = min(away[row, column], away[row + 1, column] + 1)
    depth = np.zeros((height, width), np.float32)
    for row in range(height):
        line = away[row]
        for column in range(width):
            if labels[row, column] == 0:
                continue
            best = np.int64(line[column]) ** 2
            step = 1
            # Search no farther than the best distance so far: a column or two for most
            # pixels.
            while step * step < best and step < width:
                if column >= step:
                    other = np.int64(line[column - step])
                    best = min(best, other * other + step * step)
                if column + step < width:
                    other = np.int64(line[column + step])
                    best = min(best, other * other + step * step)
                step += 1
            depth[row, column] = min(np.sqrt(best) + 0.5, far)
    return depth
