"""The cap on how far a deformed label may reach."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_asist.labels import LabelArray
from napari_asist.refinement.prefilter import EIGHT_NEIGHBORS


def within_reach(deformed: LabelArray, labels: LabelArray, cap: float) -> LabelArray:
    """Cut off what lies farther than `cap` from the label's undeformed shape.

    Parameters
    ----------
    deformed, labels : ndarray of unsigned int, shape (Y, X)
    cap : float
        In pixels.

    Returns
    -------
    ndarray of unsigned int, shape (Y, X)
        Labels without any undeformed shape are gone. Each is in one piece: of what
        deformation or the cap tore apart, the largest stays.
    """
    result = deformed * 0
    margin = math.ceil(cap)
    for index, box in enumerate(ndimage.find_objects(labels.astype("i4")), start=1):
        if box is None:
            continue
        part = tuple(
            slice(max(side.start - margin, 0), side.stop + margin) for side in box
        )
        distance = ndimage.distance_transform_edt(labels[part] != index)
        reached = (deformed[part] == index) & (distance <= cap)
        result[part][largest_piece(reached)] = index
    return result


def largest_piece(shape: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest connected part of a shape; an empty one stays empty."""
    pieces, count = ndimage.label(shape, EIGHT_NEIGHBORS)
    if count < 2:
        return shape
    largest: NDArray[np.bool_] = pieces == 1 + np.bincount(pieces.ravel())[1:].argmax()
    return largest
