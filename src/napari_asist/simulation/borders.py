"""Where pixels lie with regard to the borders of objects."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray

REACH = 6
LEVEL = 0.9


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
