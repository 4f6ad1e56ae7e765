"""Convert a Labels layer to a label video."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

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
from napari_asist.plugin.layers.metadata import METADATA_KEY


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
