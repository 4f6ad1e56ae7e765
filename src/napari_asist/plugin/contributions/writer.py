"""Save a Labels layer as a Cell Tracking Challenge folder."""

from collections.abc import Sequence
from pathlib import Path

from napari_asist.ctc import storable, write_ctc
from napari_asist.plugin.layers.label_video import video_of_layers
from napari_asist.plugin.layers.metadata import JOURNAL_KEY, METADATA_KEY, LayerData
from napari_asist.proofreading import remove_journal, write_journal


def write_labels(path: str, layers: Sequence[LayerData]) -> list[str]:
    """Write one Labels layer, including its divisions, as a CTC folder.

    Divisions come from the Tracks layer that is saved with it or, without one, from the
    track table that the layer was opened with. Labels that are numbered anew in each
    frame take the numbers of the tracks on them, see `following_tracks`. A track with a
    gap is split in two, and the later part becomes a child of the earlier one, as the
    challenge requires.
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
    labels = next(layer for layer in layers if layer[2] == "labels")
    tracks = next((layer for layer in layers if layer[2] == "tracks"), None)
    video, present = video_of_layers(labels, tracks)
    written = write_ctc(video, Path(path), present=present)
    known = labels[1].get("metadata", {}).get(METADATA_KEY, {})
    if journal := known.get(JOURNAL_KEY):
        saved, _ = storable(video, present)
        written.append(write_journal(journal, Path(path), saved.digest()))
    else:
        remove_journal(Path(path))
    return [str(each) for each in written]
