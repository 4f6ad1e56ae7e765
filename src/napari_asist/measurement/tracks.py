"""Statistics of each track: length, size and speed."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelVideo, confidence_of_objects
from napari_asist.measurement.objects import ObjectTable

TRACK_STATISTICS_DTYPE = np.dtype(
    [
        ("label", "i8"),
        ("begin", "i8"),
        ("end", "i8"),
        ("parent", "i8"),
        ("children", "i8"),
        ("length", "i8"),
        ("area", "f8"),
        ("speed", "f8"),
        ("confidence", "f8"),
    ]
)
"""Frames count from 0; ``children`` is the number of children, ``length`` the number of
frames with the object, ``area`` the mean in px², ``speed`` the mean displacement in
px/frame, NaN if there is only one frame, ``confidence`` how clear the network finds the
object on average, from 0 to 1, NaN if unknown."""

TrackStatistics = NDArray[np.void]


def track_statistics(video: LabelVideo, objects: ObjectTable) -> TrackStatistics:
    """Summarize each track.

    Parameters
    ----------
    video : LabelVideo
    objects : structured ndarray of `OBJECT_DTYPE`
        Its objects.

    Returns
    -------
    structured ndarray of `TRACK_STATISTICS_DTYPE`, shape (number of tracks,)
        In the order of the tracks.
    """
    tracks = video.tracks
    found = np.zeros(len(tracks), TRACK_STATISTICS_DTYPE)
    for name in ("label", "begin", "end", "parent"):
        found[name] = tracks[name]
    parents = np.sort(tracks["parent"])
    found["children"] = np.searchsorted(parents, found["label"], "right")
    found["children"] -= np.searchsorted(parents, found["label"], "left")
    known = objects[np.isin(objects["label"], tracks["label"])]
    place = np.searchsorted(tracks["label"], known["label"])
    found["length"] = np.bincount(place, minlength=len(tracks))
    found["area"] = means(place, known["area"], len(tracks))
    found["speed"] = means(place, steps(known), len(tracks))
    clear = confidence_of_objects(video)
    labels = np.array([label for _, label in clear], np.int64)
    values = np.array([value for value, _ in clear.values()])
    of_track = np.searchsorted(tracks["label"], labels)
    found["confidence"] = means(of_track, values, len(tracks))
    return found


def steps(objects: ObjectTable) -> NDArray[np.float64]:
    """Return how far each object moved since the previous frame.

    Parameters
    ----------
    objects : structured ndarray of `OBJECT_DTYPE`, shape (number of objects,)

    Returns
    -------
    ndarray of float64, shape (number of objects,)
        Pixels; NaN if the track was absent in the previous frame.
    """
    order = np.lexsort((objects["frame"], objects["label"]))
    along = objects[order]
    path = np.hypot(np.diff(along["y"]), np.diff(along["x"]))
    follows = (np.diff(along["label"]) == 0) & (np.diff(along["frame"]) == 1)
    moved = np.full(len(objects), np.nan)
    moved[order[1:]] = np.where(follows, path, np.nan)
    return moved


def means(
    place: NDArray[np.integer], values: NDArray[np.generic], count: int
) -> NDArray[np.float64]:
    """Return the mean of the values for each index, without NaN; NaN if empty."""
    known = ~np.isnan(values)
    totals = np.bincount(place[known], values[known], count)
    numbers = np.bincount(place[known], minlength=count)
    mean = np.full(count, np.nan)
    np.divide(totals, numbers, out=mean, where=numbers > 0)
    return mean
