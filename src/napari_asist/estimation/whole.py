"""Reduce objects to one piece: their largest part, without holes."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled
from napari_asist.labels import LabelArray

SEVERAL = -1
"""Marks a part of the background that is not a hole."""


def made_whole(labels: LabelArray) -> LabelArray:
    """Keep the largest part of each object, and fill its holes.

    Pixels of a part are connected by their sides. A hole is a part of the background
    surrounded by one object, away from the image's border. The time is linear in the
    pixels.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)

    Returns
    -------
    ndarray of unsigned int, shape (Y, X)
    """
    result = np.array(labels, order="C")
    _make_whole(result, int(labels.max(initial=0)))
    return result


@compiled
def _make_whole(labels: LabelArray, highest: int) -> None:
    runs, first = _runs_of(labels)
    parts = _parts_of(runs, first)
    size = np.zeros(len(runs), np.int64)
    for run in range(len(runs)):
        size[parts[run]] += runs[run, 1] - runs[run, 0]
    largest = np.full(highest + 1, -1, np.int64)
    for run in range(len(runs)):
        part, label = parts[run], runs[run, 2]
        if largest[label] < 0 or size[part] > size[largest[label]]:
            largest[label] = part
    for run in range(len(runs)):
        label = runs[run, 2]
        if label and parts[run] != largest[label]:
            runs[run, 2] = 0
    # Dropped parts belong to the background around them.
    parts = _parts_of(runs, first)
    around = _surroundings(runs, first, parts, labels.shape[1])
    for row in range(labels.shape[0]):
        for run in range(first[row], first[row + 1]):
            label = runs[run, 2]
            if label == 0:
                label = max(around[parts[run]], 0)
            for column in range(runs[run, 0], runs[run, 1]):
                labels[row, column] = label


@compiled
def _runs_of(labels: LabelArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return start, stop and label of each run of a row, and each row's first run."""
    height, width = labels.shape
    first = np.zeros(height + 1, np.int64)
    for row in range(height):
        count = 1 if width else 0
        for column in range(1, width):
            count += labels[row, column] != labels[row, column - 1]
        first[row + 1] = first[row] + count
    runs = np.empty((first[-1], 3), np.int64)
    for row in range(height):
        run = first[row]
        start = 0
        for column in range(1, width + 1):
            if column == width or labels[row, column] != labels[row, column - 1]:
                runs[run, 0], runs[run, 1] = start, column
                runs[run, 2] = labels[row, start]
                start = column
                run += 1
    return runs, first


@compiled
def _parts_of(runs: NDArray[np.int64], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the run that represents each run's part."""
    parts = np.arange(len(runs))
    for row in range(len(first) - 1):
        for run in range(first[row] + 1, first[row + 1]):
            if runs[run, 2] == runs[run - 1, 2]:
                _join(parts, run, run - 1)
        if row == 0:
            continue
        above = first[row - 1]
        for run in range(first[row], first[row + 1]):
            while runs[above, 1] <= runs[run, 0]:
                above += 1
            other = above
            while other < first[row] and runs[other, 0] < runs[run, 1]:
                if runs[other, 2] == runs[run, 2]:
                    _join(parts, run, other)
                other += 1
    for run in range(len(runs)):
        parts[run] = _root(parts, run)
    return parts


@compiled
def _surroundings(
    runs: NDArray[np.int64],
    first: NDArray[np.int64],
    parts: NDArray[np.int64],
    width: int,
) -> NDArray[np.int64]:
    """Return the label around each part of the background, `SEVERAL` if not one."""
    around = np.zeros(len(runs), np.int64)
    height = len(first) - 1
    for row in range(height):
        above = first[row - 1] if row else 0
        for run in range(first[row], first[row + 1]):
            if runs[run, 2] == 0 and (
                row == 0
                or row == height - 1
                or runs[run, 0] == 0
                or runs[run, 1] == width
            ):
                around[parts[run]] = SEVERAL
            if run > first[row]:
                _meet(around, runs, parts, run - 1, run)
            if row == 0:
                continue
            while runs[above, 1] <= runs[run, 0]:
                above += 1
            other = above
            while other < first[row] and runs[other, 0] < runs[run, 1]:
                _meet(around, runs, parts, other, run)
                other += 1
    return around


@compiled
def _meet(
    around: NDArray[np.int64],
    runs: NDArray[np.int64],
    parts: NDArray[np.int64],
    one: int,
    other: int,
) -> None:
    """Record that two runs touch, if one of them is background."""
    if runs[other, 2] == 0:
        one, other = other, one
    label = runs[other, 2]
    if runs[one, 2] or label == 0:
        return
    part = parts[one]
    if around[part] == 0:
        around[part] = label
    elif around[part] != label:
        around[part] = SEVERAL


@compiled
def _root(parts: NDArray[np.int64], run: int) -> int:
    while parts[run] != run:
        parts[run] = parts[parts[run]]
        run = parts[run]
    return run


@compiled
def _join(parts: NDArray[np.int64], one: int, other: int) -> None:
    one, other = _root(parts, one), _root(parts, other)
    parts[max(one, other)] = min(one, other)
