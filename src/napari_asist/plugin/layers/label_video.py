"""Convert a Labels layer to a label video."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.labels import (
    LabelArray,
    LabelVideo,
    Presence,
    presence,
    track_table,
    tracks_in,
    without_gaps,
)
from napari_asist.plugin.layers.metadata import METADATA_KEY, LayerData


def layer_label_video(
    data: Any,
    metadata: Mapping[str, Any],
    graph: Mapping[int, Sequence[int]] | None = None,
) -> LabelVideo:
    """Return a Labels layer as a valid label video, however it was edited.

    A track with a gap is split in two, and the later part becomes a child of the
    earlier one, as the challenge requires.

    Parameters
    ----------
    data : array_like of int, shape (T, Y, X)
    metadata : mapping
        The layer's metadata; its track table gives the parents.
    graph : mapping, optional
        Graph of a Tracks layer, which then gives the parents.

    Raises
    ------
    AsistError
        The layer is not a video, is empty, has negative labels, or a track has two
        parents.
    """
    return layer_labels(data, metadata, graph)[0]


def layer_labels(
    data: Any,
    metadata: Mapping[str, Any],
    graph: Mapping[int, Sequence[int]] | None = None,
) -> tuple[LabelVideo, Presence]:
    """Return a Labels layer as `layer_label_video` does, and the labels in each frame.

    Returns
    -------
    video : LabelVideo
    present : sequence of ndarray of int64
        The labels in each of its frames.
    """
    known = metadata.get(METADATA_KEY, {})
    rows = np.array(known.get("tracks", ())).tolist()
    parent_of = {label: parent for label, _, _, parent in rows}
    if graph is not None:
        parent_of = _single_parents(graph)
    labels = _as_labels(data)
    present = list(presence(labels))
    if not any(map(len, present)):
        raise AsistError("The layer is empty; a result needs at least one label.")
    rows = [
        (label, begin, end, parent_of.get(label, 0))
        for label, begin, end, _ in tracks_in(present).tolist()
    ]
    first_frame = known.get("first_frame", 0)
    return without_gaps(LabelVideo(labels, track_table(rows), first_frame), present)


def video_of_layers(
    labels: LayerData, tracks: LayerData | None = None
) -> tuple[LabelVideo, Presence]:
    """Return a Labels layer, and its Tracks layer if it has one, as a label video.

    Parameters
    ----------
    labels : LayerData
    tracks : LayerData, optional
        Gives the numbers of the tracks, see `following_tracks`, and their parents.

    Returns
    -------
    video : LabelVideo
    present : sequence of ndarray of int64
        The labels in each of its frames.

    Raises
    ------
    AsistError
        The layer is not a video, is empty, has negative labels, a track has two
        parents, or the tracks do not belong to the labels.
    """
    data, attributes, _ = labels
    metadata = attributes.get("metadata", {})
    if tracks is None:
        return layer_labels(data, metadata)
    points, of_tracks, _ = tracks
    is_numbered = "tracks" in metadata.get(METADATA_KEY, {})
    points = _in_pixels(points, of_tracks, attributes)
    followed = following_tracks(data, points, is_numbered)
    return layer_labels(followed, metadata, of_tracks.get("graph", {}))


AGREEING = 0.5
"""Fraction of the points of tracks on objects of their own number above which labels
and tracks belong together, although some labels were edited since."""


def following_tracks(
    data: Any, points: NDArray[np.float64], is_numbered: bool = False
) -> LabelArray:
    """Return labels in which an object has the number of its track in all frames.

    Labels that have these numbers already are returned as they are, wherever objects
    were erased since. Otherwise each object takes the number of the track with a point
    on it; an object without one gets a new number in each frame.

    Parameters
    ----------
    data : array_like of int, shape (T, Y, X)
    points : ndarray of float64, shape (number of points, 4)
        Track, frame, row and column of each point, in px of the labels.
    is_numbered : bool
        Whether objects are known to have the number of their track, as in labels that
        were tracked or read from a CTC folder. Points on objects of another number are
        then taken for edits of the labels, unless they are most. Labels of unknown
        making that agree in most frames may still be numbered anew in each: objects are
        often numbered from top to bottom.

    Raises
    ------
    AsistError
        A point is on no object, or two tracks are on one object.
    """
    labels = _as_labels(data)
    track, time, row, column = np.rint(points).astype(np.int64).T
    inside = (time >= 0) & (time < len(labels))
    for axis, place in ((1, row), (2, column)):
        inside &= (place >= 0) & (place < labels.shape[axis])
    _refuse_points(track, time, ~inside, "outside the labels' frames")
    found = labels[time, row, column].astype(np.int64)
    own = found == track
    is_clear = is_numbered or bool(own[found > 0].all())
    if len(points) == 0 or (is_clear and np.mean(own) > AGREEING):
        return labels
    for number in np.flatnonzero(found == 0):
        found[number] = _beside(labels[time[number]], row[number], column[number])
    _refuse_points(track, time, found == 0, "on no object")
    result = np.zeros(labels.shape, np.uint32)
    unused = int(track.max()) + 1
    for frame, (now, here) in enumerate(zip(labels, result, strict=True)):
        at = np.flatnonzero(time == frame)
        objects, counts = np.unique(found[at], return_counts=True)
        if (counts > 1).any():
            one, other = track[at[found[at] == objects[counts > 1][0]]][:2]
            raise AsistError(
                f"Tracks {one} and {other} are on the same object in frame {frame}; "
                "separate the objects, or leave the Tracks layer out."
            )
        names = dict(zip(found[at].tolist(), track[at].tolist(), strict=True))
        for label in np.unique(now[now > 0]).tolist():
            if label not in names:
                names[label], unused = unused, unused + 1
            here[now == label] = names[label]
    return result


def _in_pixels(
    points: Any, tracks: Mapping[str, Any], labels: Mapping[str, Any]
) -> NDArray[np.float64]:
    """Return the points of a Tracks layer in px of a Labels layer.

    Parameters
    ----------
    points : array_like, shape (number of points, 4)
        Track, frame, row and column.
    tracks, labels : mapping
        The layers' attributes; their scales and translations are used.
    """
    result = np.array(points, np.float64)
    if result.ndim != 2 or result.shape[1] != 4:
        raise AsistError(
            "The Tracks layer needs the columns track, frame, row and column; choose "
            "tracks of a 2D video, or leave it out."
        )
    for name, apply in (("scale", np.multiply), ("translate", np.add)):
        if (value := tracks.get(name)) is not None:
            result[:, 1:] = apply(result[:, 1:], np.asarray(value)[-3:])
    for name, undo in (("translate", np.subtract), ("scale", np.divide)):
        if (value := labels.get(name)) is not None:
            result[:, 1:] = undo(result[:, 1:], np.asarray(value)[-3:])
    return result


def _beside(frame: LabelArray, row: int, column: int) -> int:
    """Return the object next to a point, or 0 if all are farther than their radius.

    The centroid of a bent object may be beside it.
    """
    rows, columns = np.nonzero(frame)
    if not len(rows):
        return 0
    distance = np.hypot(rows - row, columns - column)
    nearest = int(distance.argmin())
    label = frame[rows[nearest], columns[nearest]]
    radius = np.sqrt(np.count_nonzero(frame == label) / np.pi)
    return int(label) if distance[nearest] <= radius else 0


def _refuse_points(
    track: NDArray[np.int64],
    time: NDArray[np.int64],
    wrong: NDArray[np.bool_],
    why: str,
) -> None:
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        count = int(wrong.sum())
        raise AsistError(
            f"{count} of {len(track)} points of the Tracks layer "
            f"{'is' if count == 1 else 'are'} {why} (track {track[first]} in frame "
            f"{time[first]}{' first' if count > 1 else ''}); choose the Tracks layer "
            "of these labels, or leave it out."
        )


def _as_labels(data: Any) -> LabelArray:
    """Return a layer's data as unsigned integers with the axes (T, Y, X)."""
    labels = np.asarray(data)
    if labels.ndim != 3:
        raise AsistError(
            "A Cell Tracking Challenge folder needs a video with the axes (T, Y, X); "
            f"this layer has the shape {labels.shape}. Save a layer with these axes."
        )
    if labels.dtype.kind == "u":
        return labels
    if labels.size and labels.min() < 0:
        raise AsistError("The layer has negative labels; erase them and save again.")
    unsigned: LabelArray = labels.astype(np.uint32)
    return unsigned


def _single_parents(graph: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Turn napari's graph of tracks into the parent of each track."""
    for child, parents in graph.items():
        if len(parents) > 1:
            names = " and ".join(str(parent) for parent in parents)
            raise AsistError(
                f"Track {child} merges {names}; the Cell Tracking Challenge format "
                "allows only divisions. Remove all but one parent from the layer's "
                "graph."
            )
    return {int(child): int(parents[0]) for child, parents in graph.items() if parents}
