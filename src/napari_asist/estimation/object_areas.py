"""Visible area of objects whose positions are known."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled
from napari_asist.estimation.borders import LEVEL, REACH, nearest_label
from napari_asist.labels import LabelArray


def visible_objects(
    signal: NDArray[np.floating],
    labels: LabelArray,
    border: float | NDArray[np.float64] = 0.5,
) -> LabelArray:
    """Return the pixels of each object above a fraction of its own maximum.

    The maximum is the 90 % quantile inside the label. A pixel outside all labels
    belongs to the nearest one, up to 6 px away; dark pixels are not visible.

    Parameters
    ----------
    signal : ndarray, shape (Y, X)
        Intensity over the background.
    labels : ndarray of unsigned int, shape (Y, X)
    border : float or ndarray of float64, shape (highest label + 1,)
        The fraction, or one for each label; by default half.

    Returns
    -------
    ndarray of unsigned int, shape (Y, X)
    """
    return visible_within(signal, labels, nearest_label(labels, REACH)[0], border)


def visible_within(
    signal: NDArray[np.floating],
    labels: LabelArray,
    owner: LabelArray,
    border: float | NDArray[np.float64] = 0.5,
) -> LabelArray:
    """Do the same as `visible_objects`, given the owner of each pixel.

    Parameters
    ----------
    signal, labels
        As for `visible_objects`.
    owner : ndarray of unsigned int, shape (Y, X)
        From `napari_asist.estimation.borders.nearest_label`, with a reach.
    border : float or ndarray of float64, shape (highest label + 1,)
        The fraction, or one for each label.

    Returns
    -------
    ndarray of unsigned int, shape (Y, X)
    """
    level = border * maxima(signal, labels)
    level[0] = np.inf
    return _kept(np.ascontiguousarray(signal), owner, level)


@compiled
def _kept(
    signal: NDArray[np.floating], owner: LabelArray, level: NDArray[np.float64]
) -> LabelArray:
    """Keep the owner of each pixel that reaches its owner's level and is not dark."""
    kept = np.zeros_like(owner)
    for row in range(owner.shape[0]):
        for column in range(owner.shape[1]):
            value = signal[row, column]
            if value > 0 and value >= level[owner[row, column]]:
                kept[row, column] = owner[row, column]
    return kept


def visible_area_ratio(
    signal: NDArray[np.floating],
    labels: LabelArray,
    border: float = 0.5,
    owner: LabelArray | None = None,
) -> NDArray[np.float64]:
    """Return each object's visible area divided by its label's area.

    A generator that draws the visible edge inside the label teaches the network to
    segment objects too large, and no other measure of agreement reveals this.

    Parameters
    ----------
    signal : ndarray, shape (Y, X)
        Intensity over the background.
    labels : ndarray of unsigned int, shape (Y, X)
    border : float
        Fraction of an object's own maximum above which it is visible.
    owner : ndarray of unsigned int, shape (Y, X), optional
        As for `visible_within`, if it is known.

    Returns
    -------
    ndarray of float64, shape (number of labels,)
        In the order of the labels; near 1 if the visible border matches the label's.
    """
    if owner is None:
        owner, _ = nearest_label(labels, REACH)
    visible = visible_within(signal, labels, owner, border)
    highest = int(labels.max(initial=0))
    area, bright = (areas(image, highest) for image in (labels, visible))
    found = np.flatnonzero(area[1:]) + 1
    return np.asarray(bright[found] / area[found])


@compiled
def areas(labels: LabelArray, highest: int) -> NDArray[np.int64]:
    """Return the number of pixels of each label up to the highest, and of 0.

    Pixels are counted run by run, because adding to the same element twice in a row is
    slow.
    """
    area = np.zeros(highest + 1, np.int64)
    for row in range(labels.shape[0]):
        start = 0
        for column in range(1, labels.shape[1] + 1):
            if column == labels.shape[1] or labels[row, column] != labels[row, start]:
                area[labels[row, start]] += column - start
                start = column
    return area


def without_holes(labels: LabelArray) -> LabelArray:
    """Fill the holes of objects, which are dark grains of their texture.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    """
    from scipy.ndimage import binary_fill_holes

    nearest, _ = nearest_label(labels)
    return np.where(binary_fill_holes(labels > 0), nearest, labels)


def maxima(signal: NDArray[np.floating], labels: LabelArray) -> NDArray[np.float64]:
    """Return the 90 % quantile of the signal in each label; infinite for unused labels.

    Parameters
    ----------
    signal : ndarray, shape (Y, X)
    labels : ndarray of unsigned int, shape (Y, X)

    Returns
    -------
    ndarray of float64, shape (largest label + 1,)
    """
    highest = int(labels.max(initial=0))
    return _maxima(
        np.ascontiguousarray(signal), np.ascontiguousarray(labels), highest, LEVEL
    )


@compiled
def _maxima(
    signal: NDArray[np.floating], labels: LabelArray, highest: int, part: float
) -> NDArray[np.float64]:
    """Sort the pixels by label, by counting, and take the quantile of each label."""
    height, width = labels.shape
    start = np.zeros(highest + 2, np.int64)
    start[1:] = areas(labels, highest)
    # Background is not sorted.
    start[1] = 0
    for label in range(1, highest + 2):
        start[label] += start[label - 1]
    values = np.empty(start[-1], signal.dtype)
    filled = start.copy()
    for row in range(height):
        for column in range(width):
            label = labels[row, column]
            if label:
                values[filled[label]] = signal[row, column]
                filled[label] += 1
    level = np.full(highest + 1, np.inf)
    for label in range(1, highest + 1):
        if start[label + 1] > start[label]:
            level[label] = np.quantile(values[start[label] : start[label + 1]], part)
    return level


def mean_inside(
    signal: NDArray[np.floating], labels: LabelArray
) -> NDArray[np.float64]:
    """Return the mean of the signal in each label; 0 for unused labels.

    Parameters
    ----------
    signal : ndarray, shape (Y, X)
    labels : ndarray of unsigned int, shape (Y, X)

    Returns
    -------
    ndarray of float64, shape (largest label + 1,)
    """
    highest = int(labels.max(initial=0))
    return _means(np.ascontiguousarray(signal), np.ascontiguousarray(labels), highest)


@compiled
def _means(
    signal: NDArray[np.floating], labels: LabelArray, highest: int
) -> NDArray[np.float64]:
    total, area = np.zeros(highest + 1), np.zeros(highest + 1)
    for row in range(labels.shape[0]):
        for column in range(labels.shape[1]):
            label = labels[row, column]
            if label:
                total[label] += signal[row, column]
                area[label] += 1
    return np.asarray(total / np.maximum(area, 1))
