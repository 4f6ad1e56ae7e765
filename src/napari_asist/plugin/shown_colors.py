"""The colours that a result's tracks have on the canvas."""

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

GREY = (128, 128, 128)


def shown_colors(
    layer: Labels | None, labels: NDArray[np.integer]
) -> NDArray[np.uint8]:
    """Return the colours in which a layer shows some labels.

    Parameters
    ----------
    layer : Labels or None
        None makes all grey.
    labels : ndarray of int, shape (number of labels,)

    Returns
    -------
    ndarray of uint8, shape (number of labels, 3)
        RGB.
    """
    if layer is None or not len(labels):
        return np.tile(np.array(GREY, np.uint8), (len(labels), 1))
    shades = np.asarray(layer.colormap.map(np.asarray(labels)))[:, :3]
    return np.asarray((shades * 255).round(), np.uint8)
