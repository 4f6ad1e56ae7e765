"""Position and size of each object, frame by frame."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import MOST_COUNTED, LabelArray
from napari_asist.mapped import each_frame

OBJECT_DTYPE = np.dtype(
    [("label", "i8"), ("frame", "i8"), ("y", "f8"), ("x", "f8"), ("area", "i8")]
)
"""One row per object and frame: center of mass in pixels, area in pixels."""

ObjectTable = NDArray[np.void]


def measure_objects(labels: LabelArray) -> ObjectTable:
    """Measure all objects of a video, with only one frame in memory at a time.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, Y, X)

    Returns
    -------
    structured ndarray of `OBJECT_DTYPE`, shape (number of objects,)
        Sorted by frame and label.
    """
    return joined(measured_frames(labels))


def measured_frames(labels: LabelArray) -> Iterator[ObjectTable]:
    """Yield the objects of each frame, sorted by label."""
    for time, frame in enumerate(each_frame(labels)):
        yield measure_frame(frame, time)


def labels_of(frames: Iterable[ObjectTable]) -> list[NDArray[np.int64]]:
    """Return the labels in each frame, as `napari_asist.labels.presence` does."""
    return [objects["label"] for objects in frames]


def joined(frames: Iterable[ObjectTable]) -> ObjectTable:
    """Return the objects of several frames as one table."""
    return np.concatenate([np.empty(0, OBJECT_DTYPE), *frames])


def measure_frame(frame: NDArray[np.integer], time: int) -> ObjectTable:
    """Measure the objects of one frame.

    Parameters
    ----------
    frame : ndarray of int, shape (Y, X)
    time : int
        Its number, for the table.

    Returns
    -------
    structured ndarray of `OBJECT_DTYPE`, shape (number of objects,)
        Sorted by label.
    """
    width = frame.shape[1]
    inside = np.flatnonzero(frame)
    place = frame.ravel()[inside].astype(np.int64)
    if place.max(initial=0) > MOST_COUNTED:
        labels, place = np.unique(place, return_inverse=True)
        rows = np.arange(len(labels))
    else:  # several times faster
        labels = rows = np.flatnonzero(np.bincount(place))
    areas = np.bincount(place)[rows]
    objects = np.empty(len(labels), OBJECT_DTYPE)
    objects["label"], objects["frame"], objects["area"] = labels, time, areas
    for name, positions in (("y", inside // width), ("x", inside % width)):
        objects[name] = np.bincount(place, positions)[rows] / areas
    return objects
