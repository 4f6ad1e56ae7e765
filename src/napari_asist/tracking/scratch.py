"""The array that receives the labels of a video while it is tracked."""

from pathlib import Path

import numpy as np

from napari_asist.labels import LabelArray, dtype_for
from napari_asist.mapped import blank_video, each_frame


def blank_labels(
    shape: tuple[int, ...], folder: Path | None, highest: int = 0
) -> LabelArray:
    """Return an array of zeros for the labels of a video.

    Parameters
    ----------
    shape : (T, Y, X)
    folder : Path or None
        Receives a file that holds the array; without, memory does.
    highest : int
        The largest label that the array is to hold.

    Returns
    -------
    ndarray of uint16 or uint32, shape (T, Y, X)
    """
    dtype = np.dtype(dtype_for(highest))
    return blank_video(shape, dtype, folder and folder / f"labels-{dtype}.raw")


def widened(labels: LabelArray, folder: Path | None) -> LabelArray:
    """Return a copy of labels that holds more than 65,535 of them."""
    wide = blank_labels(labels.shape, folder, np.iinfo(np.uint32).max)
    for time, frame in enumerate(each_frame(labels)):
        wide[time] = frame
    return wide
