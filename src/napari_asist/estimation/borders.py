"""Positions of pixels relative to the borders of objects."""

from dataclasses import dataclass

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
        _find_nearest(np.ascontiguousarray(labels), reach, nearest, near)
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
    labels: LabelArray, reach: int, nearest: LabelArray, distance: Distances
) -> None:
    """Search along columns, then along rows: squared distances add up.

    A label's column is stored by its row, in numbers as wide as distances, so that
    several pixels are compared at once.
    """
    height, width = labels.shape
    far, one, none = np.float32(reach + 1), np.float32(1), np.float32(0)
    limit = np.float32(reach * reach)
    square = np.empty((height, width), np.float32)
    where = np.zeros((height, width), np.int32)
    away, source = np.full(width, far), np.zeros(width, np.int32)
    for row in range(height):
        mine, out, rows = labels[row], square[row], where[row]
        here = np.int32(row)
        for column in range(width):
            is_inside = mine[column] != 0
            away[column] = none if is_inside else min(away[column] + one, far)
            source[column] = here if is_inside else source[column]
            out[column] = away[column]
            rows[column] = source[column]
    away[:] = far
    for row in range(height - 1, -1, -1):
        out, rows = square[row], where[row]
        for column in range(width):
            nearer = away[column] + one < out[column]
            away[column] = away[column] + one if nearer else out[column]
            source[column] = source[column] if nearer else rows[column]
            out[column] = away[column] * away[column]
            rows[column] = source[column]
    best, aside = np.empty(width, np.float32), np.empty(width, np.int32)
    for row in range(height):
        line, names, out = square[row], nearest[row], distance[row]
        best[:] = line
        aside[:] = 0
        for step in range(1, min(reach, width - 1) + 1):
            cost, rest = np.float32(step * step), width - step
            _take_nearer(best[step:], aside[step:], line[:rest], cost, np.int32(-step))
            _take_nearer(best[:rest], aside[:rest], line[step:], cost, np.int32(step))
        for column in range(width):
            out[column] = np.sqrt(best[column]) if best[column] <= limit else np.inf
            if best[column] == 0:
                names[column] = labels[row, column]
            elif best[column] <= limit:
                other = column + aside[column]
                names[column] = labels[where[row, other], other]
            else:
                names[column] = 0


@compiled
def _take_nearer(
    best: Distances,
    aside: NDArray[np.int32],
    line: Distances,
    cost: np.float32,
    step: np.int32,
) -> None:
    for place in range(len(best)):
        passed = line[place] + cost
        nearer = passed < best[place]
        best[place] = passed if nearer else best[place]
        aside[place] = step if nearer else aside[place]


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
