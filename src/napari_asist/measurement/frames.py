"""Statistics of each frame: number, size and speed of objects."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.measurement.objects import ObjectTable
from napari_asist.measurement.tracks import means, steps

FRAME_STATISTICS_DTYPE = np.dtype([("count", "i8"), ("area", "f8"), ("speed", "f8")])
"""Number of objects, their mean area in px², and their mean displacement since the
previous frame in px; NaN if there is none."""


def frame_statistics(objects: ObjectTable, frames: int) -> NDArray[np.void]:
    """Summarize each frame.

    Parameters
    ----------
    objects : structured ndarray of `OBJECT_DTYPE`
        All objects of the video, or those of some tracks.
    frames : int
        Number of frames in the video.

    Returns
    -------
    structured ndarray of `FRAME_STATISTICS_DTYPE`, shape (frames,)
    """
    found = np.zeros(frames, FRAME_STATISTICS_DTYPE)
    found["count"] = np.bincount(objects["frame"], minlength=frames)
    found["area"] = means(objects["frame"], objects["area"], frames)
    found["speed"] = means(objects["frame"], steps(objects), frames)
    return found
