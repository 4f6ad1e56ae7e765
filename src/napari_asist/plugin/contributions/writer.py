"""Save a Labels layer as a Cell Tracking Challenge folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.ctc import write_ctc
from napari_asist.errors import AsistError
from napari_asist.plugin.layers.label_video import following_tracks, layer_labels
from napari_asist.plugin.layers.metadata import JOURNAL_KEY, METADATA_KEY, LayerData
from napari_asist.proofreading import write_journal


def write_labels(path: str, layers: Sequence[LayerData]) -> list[str]:
    """Write one Labels layer, including its divisions, as a CTC folder.

    Divisions come from the Tracks layer that is saved with it or, without one, from the
    track table that the layer was opened with. Labels that are numbered anew in each
    frame take the numbers of the tracks on them. A track with a gap is split in two,
    and the later part becomes a child of the earlier one, as the challenge requires.
    Manual corrections are listed in a file next to the folder.

    Parameters
    ----------
    path : str
        The folder, such as ``01_RES``.
    layers : sequence of LayerData
        One Labels layer and at most one Tracks layer.

    Returns
    -------
    list of str
        The files written.

    Raises
    ------
    AsistError
        The layer is not a video, has negative labels, a track has two parents, or the
        tracks do not belong to the labels.
    """
    labels, attributes, _ = next(layer for layer in layers if layer[2] == "labels")
    graph = None
    for points, tracks, kind in layers:
        if kind == "tracks":
            graph = tracks.get("graph", {})
            labels = following_tracks(labels, _in_pixels(points, tracks, attributes))
    video, present = layer_labels(labels, attributes.get("metadata", {}), graph)
    written = write_ctc(video, Path(path), present=present)
    known = attributes.get("metadata", {}).get(METADATA_KEY, {})
    if journal := known.get(JOURNAL_KEY):
        written.append(write_journal(journal, Path(path)))
    return [str(each) for each in written]


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
            "tracks of a 2D video, or save the Labels layer alone."
        )
    for name, apply in (("scale", np.multiply), ("translate", np.add)):
        if (value := tracks.get(name)) is not None:
            result[:, 1:] = apply(result[:, 1:], np.asarray(value)[-3:])
    for name, undo in (("translate", np.subtract), ("scale", np.divide)):
        if (value := labels.get(name)) is not None:
            result[:, 1:] = undo(result[:, 1:], np.asarray(value)[-3:])
    return result
