"""What to leave out before labels are bent towards a mask."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_asist.labels import LabelArray

LEAST_INSIDE = 0.5
"""Part of a label inside the mask below which it has no counterpart there."""

EIGHT_NEIGHBORS = np.ones((3, 3), bool)


def prefilter(
    labels: LabelArray, mask: NDArray[np.bool_]
) -> tuple[LabelArray, NDArray[np.bool_]]:
    """Drop labels without a mask, then mask components without a label.

    An object that only one of the two images has would drag its neighbors along.
    In the toy of 10 % missing and 10 % spurious objects this is worth 9 to 10
    points of Jaccard to ANTs.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    mask : ndarray of bool, shape (Y, X)

    Returns
    -------
    labels : ndarray of unsigned int, shape (Y, X)
        Without those that lie less than `LEAST_INSIDE` in the mask.
    mask : ndarray of bool, shape (Y, X)
        Without the components that touch none of the labels left.
    """
    kept = keep_covered(labels, mask, LEAST_INSIDE)
    components, count = ndimage.label(mask, EIGHT_NEIGHBORS)
    held = np.zeros(count + 1, bool)
    held[components[kept > 0]] = True
    held[0] = False
    return kept, held[components]


def keep_covered(
    labels: LabelArray,
    mask: NDArray[np.bool_],
    coverage: float,
    minimum_area: int = 1,
) -> LabelArray:
    """Return the labels of which at least the part `coverage` lies in the mask.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    mask : ndarray of bool, shape (Y, X)
    coverage : float
        From 0 to 1.
    minimum_area : int
        Labels of fewer pixels go too.
    """
    index = labels.astype(np.intp)
    area = np.bincount(index.ravel())
    inside = np.bincount(index[mask], minlength=len(area))
    stays = (inside >= coverage * area) & (area >= minimum_area)
    stays[0] = False
    return np.where(stays[index], labels, 0).astype(labels.dtype)
