"""A run folder for a video, so that nobody has to type a name."""

import itertools
import os
from pathlib import Path

from napari.layers import Image

from napari_asist.errors import AsistError
from napari_asist.plugin.layers.metadata import layer_facts
from napari_asist.plugin.layers.source_file import layer_path
from napari_asist.workflow.run_folder.claim import refuse_other_folder
from napari_asist.workflow.run_folder.folder import is_run
from napari_asist.workflow.run_folder.record import recorded_videos

ENDING = "_asist"


def proposed_run(layer: Image) -> Path:
    """Propose a run folder beside a video: ``cells_asist`` for ``cells.tif``.

    An earlier run of the same video is proposed again; otherwise the folder is new. A
    part or a projection of a file is not that video. For a video without a file, or in
    a folder that cannot be written to, it is in the home folder.

    Parameters
    ----------
    layer : Image
        The layer with the video.
    """
    path = layer_path(layer)
    video = path.resolve() if path is not None else None
    parent = video.parent if video is not None else Path.home()
    if not os.access(parent, os.W_OK):
        parent = Path.home()
    if layer_facts(layer).get("made_from"):
        video = None
    name = (video.stem if video is not None else _as_name(layer.name)) + ENDING
    for number in itertools.count(1):
        folder = parent / (name if number == 1 else f"{name}_{number}")
        if _is_free(folder, video):
            return folder
    raise AssertionError  # the numbers do not end


def _is_free(folder: Path, video: Path | None) -> bool:
    """Whether a folder is new, or has an earlier run of a video."""
    try:
        refuse_other_folder(folder)
        if not is_run(folder):
            return True
        videos, _ = recorded_videos(folder)
        return video is not None and [one.resolve() for one in videos] == [video]
    except AsistError:
        return False


def _as_name(text: str) -> str:
    """Return the name of a layer as that of a folder."""
    kept = "".join(sign if sign.isalnum() or sign in " -_." else "_" for sign in text)
    return kept.strip(" .") or "video"
