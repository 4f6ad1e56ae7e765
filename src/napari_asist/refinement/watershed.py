"""Annotation deformation by a watershed: milliseconds a frame."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_asist.labels import LabelArray


def deform_by_watershed(labels: LabelArray, mask: NDArray[np.bool_]) -> LabelArray:
    """Flood the mask's distance to its border from the labels' parts inside it.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    mask : ndarray of bool, shape (Y, X)

    Returns
    -------
    ndarray of unsigned int, shape (Y, X)
        Fills each mask component that holds part of a label, and nothing else.
    """
    from skimage.segmentation import watershed

    depth = ndimage.distance_transform_edt(mask)
    seeds = np.where(mask, labels, 0).astype(np.int32)
    flooded: LabelArray = watershed(  # type: ignore[no-untyped-call]
        -depth, seeds, mask=mask
    )
    return flooded.astype(labels.dtype)
