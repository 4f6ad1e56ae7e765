"""Annotation deformation (AD): labels bent towards the mask of their frame."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.labels import LabelArray
from napari_asist.refinement.ants import deform_by_ants
from napari_asist.refinement.nearest import deform_to_nearest
from napari_asist.refinement.prefilter import prefilter
from napari_asist.refinement.reach import within_reach
from napari_asist.refinement.settings import RefinementSettings
from napari_asist.refinement.watershed import deform_by_watershed


def deform(
    labels: LabelArray, mask: NDArray[np.bool_], settings: RefinementSettings
) -> LabelArray:
    """Bend the labels of one frame towards its mask; their numbers stay.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
        Simulated labels.
    mask : ndarray of bool, shape (Y, X)
        What the synthetic frame shows.
    settings : RefinementSettings
        Its `deformation` names the engine.

    Returns
    -------
    ndarray of unsigned int, shape (Y, X)
        Without the labels that the pre-filter drops.

    Raises
    ------
    AsistError
        Labels and mask differ in shape.
    """
    if labels.shape != mask.shape:
        raise AsistError(
            f"Labels {labels.shape} and mask {mask.shape} of a frame differ in shape; "
            "make both from the same synthetic frame."
        )
    if settings.deformation == "none":
        return labels.copy()
    if settings.prefilter:
        labels, mask = prefilter(labels, mask)
    if not labels.any() or not mask.any():
        # There is nothing to bend, or nothing to bend it to.
        return labels.copy()
    if settings.deformation == "ants":
        deformed = deform_by_ants(labels, mask, settings)
    elif settings.deformation == "watershed":
        deformed = deform_by_watershed(labels, mask)
    else:
        deformed = deform_to_nearest(labels, mask)
    return within_reach(deformed, labels, settings.cap)
