"""Save a Labels layer as a Cell Tracking Challenge folder."""

from collections.abc import Sequence
from pathlib import Path

from napari_asist.ctc import write_ctc
from napari_asist.plugin.layers.label_video import layer_labels
from napari_asist.plugin.layers.metadata import JOURNAL_KEY, METADATA_KEY, LayerData
from napari_asist.proofreading import write_journal


def write_labels(path: str, layers: Sequence[LayerData]) -> list[str]:
    """Write one Labels layer, including its divisions, as a CTC folder.

    Divisions come from the Tracks layer that is saved with it or, without one, from the
    track table that the layer was opened with. A track with a gap is split in two, and
    the later part becomes a child of the earlier one, as the challenge requires. Manual
    corrections are listed in a file next to the folder.

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
        The layer is not a video, has negative labels, or a track has two parents.
    """
    labels, attributes, _ = next(layer for layer in layers if layer[2] == "labels")
    graph = next(
        (tracks.get("graph", {}) for _, tracks, kind in layers if kind == "tracks"),
        None,
    )
    video, present = layer_labels(labels, attributes.get("metadata", {}), graph)
    written = write_ctc(video, Path(path), present=present)
    known = attributes.get("metadata", {}).get(METADATA_KEY, {})
    if journal := known.get(JOURNAL_KEY):
        written.append(write_journal(journal, Path(path)))
    return [str(each) for each in written]
