"""Resample labels with smooth outlines, in compiled loops."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled


@compiled
def paint_smoothly(
    labels: NDArray[np.int32],
    boxes: NDArray[np.int64],
    first_row: NDArray[np.int64],
    row_weights: NDArray[np.float32],
    first_column: NDArray[np.int64],
    column_weights: NDArray[np.float32],
) -> NDArray[np.int32]:
    """Draw smoothed objects on another grid; the largest value wins.

    Parameters
    ----------
    labels : ndarray of int32, shape (Y, X)
        0 is background; objects are numbered from 1 without gaps.
    boxes : ndarray of int64, shape (n, 4)
        First and last row and column of each object; the last ones are exclusive.
    first_row, first_column : ndarray of int64, shape (height,) and (width,)
        The first pixel that contributes to a pixel of the result; it may be outside.
    row_weights, column_weights : ndarray of float32, (height, taps), (width, taps)
        Weights of that pixel and the following ones.

    Returns
    -------
    ndarray of int32, shape (height, width)
        Each object has at least one pixel, if there is room.
    """
    height, width = len(first_row), len(first_column)
    taps_y, taps_x = row_weights.shape[1], column_weights.shape[1]
    best = np.zeros((height, width), np.float32)
    total = np.zeros((height, width), np.float32)
    owners = np.zeros((height, width), np.int32)
    places = np.zeros((len(boxes), 2), np.int64)
    for number in range(len(boxes)):
        label = number + 1
        y0, y1, x0, x1 = boxes[number]
        # The pixels of the result that the object's box reaches.
        top = np.searchsorted(first_row, y0 - taps_y + 1)
        bottom = np.searchsorted(first_row, y1)
        left = np.searchsorted(first_column, x0 - taps_x + 1)
        right = np.searchsorted(first_column, x1)
        lines = np.zeros((bottom - top, x1 - x0), np.float32)
        for row in range(top, bottom):
            start = first_row[row]
            for y in range(max(start, y0), min(start + taps_y, y1)):
                weight = row_weights[row, y - start]
                for x in range(x0, x1):
                    if labels[y, x] == label:
                        lines[row - top, x - x0] += weight
        highest = np.float32(-1)
        for row in range(top, bottom):
            for column in range(left, right):
                start = first_column[column]
                value = np.float32(0)
                for x in range(max(start, x0), min(start + taps_x, x1)):
                    value += (
                        column_weights[column, x - start] * lines[row - top, x - x0]
                    )
                total[row, column] += value
                if value > best[row, column]:
                    best[row, column] = value
                    owners[row, column] = label
                if value > highest:
                    highest = value
                    places[number, 0], places[number, 1] = row, column
    count = np.zeros(len(boxes) + 1, np.int64)
    for row in range(height):
        for column in range(width):
            if best[row, column] <= 1 - total[row, column]:
                owners[row, column] = 0
            count[owners[row, column]] += 1
    for number in range(len(boxes)):
        if count[number + 1] == 0:
            _keep_one(owners, count, number + 1, places[number, 0], places[number, 1])
    return owners


@compiled
def _keep_one(
    owners: NDArray[np.int32],
    count: NDArray[np.int64],
    label: int,
    row: int,
    column: int,
) -> None:
    """Assign an object the nearest pixel that is not another object's only one."""
    height, width = owners.shape
    for reach in range(max(height, width)):
        for y in range(max(row - reach, 0), min(row + reach + 1, height)):
            for x in range(max(column - reach, 0), min(column + reach + 1, width)):
                owner = owners[y, x]
                if owner == 0 or count[owner] > 1:
                    count[owner] -= 1
                    count[label] += 1
                    owners[y, x] = label
                    return
