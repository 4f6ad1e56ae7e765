"""Where an object's visible border lies, compared with its label's border.

A generator that draws the visible edge inside the label teaches the network to
segment too large, and no other measure of agreement shows it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray

REACH = 6
LEVEL = 0.9


def visible_area_ratio(
    signal: NDArray[np.floating], labels: LabelArray, border: float = 0.5
) -> NDArray[np.float64]:
    """Return, for each object, its visible area over its label's area.

    Visible is what is brighter than a part of the object's own maximum, by default
    half of it, and not dark.

    The maximum is the 90 % quantile inside the label, so that a speck does not count.
    A pixel outside all labels belongs to the nearest one, up to 6 px away.

    Parameters
    ----------
    signal : ndarray, shape (Y, X)
        Intensity over the background.
    labels : ndarray of unsigned int, shape (Y, X)
    border : float
        Part of the maximum.

    Returns
    -------
    ndarray of float64, shape (number of labels,)
        In the order of the labels; near 1 where the visible border is the label's.
    """
    nearest, distance = nearest_label(labels)
    owner = np.where(distance <= REACH, nearest, 0)
    order = np.argsort(labels, axis=None, kind="stable")
    sorted_labels = labels.ravel()[order]
    found, starts = np.unique(sorted_labels, return_index=True)
    groups = np.split(signal.ravel()[order], starts[1:])
    level = np.full(int(labels.max()) + 1, np.inf)
    for label, values in zip(found.tolist(), groups, strict=True):
        if label:
            level[label] = border * np.quantile(values, LEVEL)
    is_visible = (signal >= level[owner]) & (signal > 0)
    bright = np.bincount(owner[is_visible], minlength=len(level))
    area = np.bincount(labels.ravel(), minlength=len(level))
    return np.asarray(bright[found[found > 0]] / area[found[found > 0]])


def nearest_label(labels: LabelArray) -> tuple[LabelArray, NDArray[np.float64]]:
    """Return the label nearest to each pixel, and its distance (0 inside).

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    """
    from scipy.ndimage import distance_transform_edt

    distance, (rows, columns) = distance_transform_edt(labels == 0, return_indices=True)
    return labels[rows, columns], distance


@dataclass(frozen=True, eq=False)
class Outlines:
    """Where each pixel of a label image lies with regard to the objects.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    nearest : ndarray of unsigned int, shape (Y, X)
        The nearest label.
    outside : ndarray of float64, shape (Y, X)
        Distance to that label, 0 inside.
    depth : ndarray of float64, shape (Y, X)
        Distance of a labeled pixel to its object's border, 0 outside.
    """

    labels: LabelArray
    nearest: LabelArray
    outside: NDArray[np.float64]
    depth: NDArray[np.float64]


def outlines_of(labels: LabelArray) -> Outlines:
    """Measure the distances of all pixels to the objects' borders.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    """
    return Outlines(labels, *nearest_label(labels), depth_inside(labels))


def depth_inside(labels: LabelArray) -> NDArray[np.float64]:
    """Return the distance of each labeled pixel to its object's border, 0 outside.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    """
    from scipy.ndimage import distance_transform_edt

    inner = labels > 0
    for axis in (0, 1):
        differs = np.diff(labels.astype(np.int64), axis=axis) != 0
        before = (slice(None),) * axis + (slice(None, -1),)
        after = (slice(None),) * axis + (slice(1, None),)
        inner[before] &= ~differs
        inner[after] &= ~differs
    return np.asarray(np.where(labels > 0, distance_transform_edt(inner) + 0.5, 0))
