"""Annotation deformation by the nearest label: milliseconds a frame."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_asist.labels import LabelArray


def deform_to_nearest(labels: LabelArray, mask: NDArray[np.bool_]) -> LabelArray:
    """Give each mask pixel the label that is nearest to it.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    mask : ndarray of bool, shape (Y, X)

    Returns
    -------
    ndarray of unsigned int, shape (Y, X)
        0 outside the mask.
    """
    rows, columns = ndimage.distance_transform_edt(
        labels == 0, return_distances=False, return_indices=True
    )
    return np.where(mask, labels[rows, columns], 0).astype(labels.dtype)
