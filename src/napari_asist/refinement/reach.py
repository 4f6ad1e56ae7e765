"""The cap on how far a deformed label may reach."""

import math

from scipy import ndimage

from napari_asist.labels import LabelArray


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
        Labels without any undeformed shape are gone.
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
        result[part][(deformed[part] == index) & (distance <= cap)] = index
    return result
