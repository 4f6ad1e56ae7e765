"""Open Cell Tracking Challenge folders, run folders, and folders of frames."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from napari.utils.notifications import show_error

from napari_asist.errors import AsistError
from napari_asist.events import Stopped
from napari_asist.labels import Fault, split_gaps
from napari_asist.plugin.layers.label_layers import label_layers
from napari_asist.plugin.layers.metadata import LayerData
from napari_asist.plugin.layers.video_layers import layers_of_file
from napari_asist.workflow.run_folder.folder import is_run

Paths: TypeAlias = str | list[str]
Reader: TypeAlias = Callable[[Paths], list[LayerData]]

NO_LAYER: list[LayerData] = [(None,)]  # type: ignore[list-item]
"""What napari expects of a reader that has nothing to show."""

TRACK_FILES = ("res_track.txt", "man_track.txt", "TRA/man_track.txt")


def get_reader(path: Paths) -> Reader | None:
    """Return a reader for paths that this plugin opens, None for all others.

    Napari calls this for every folder that is opened, so it only checks names.

    Parameters
    ----------
    path : str or list of str
        A ``res_track.txt`` or ``man_track.txt``, a folder that contains one (also
        in ``TRA``), a run folder, or any other folder: if it has no frames, the reader
        says so, because napari would show a traceback.
    """
    if not isinstance(path, str) and len(path) > 1:
        return None
    if is_ctc(_single(path)):
        return read_ctc_layers
    if is_run(_single(path)):
        return read_run_layers
    if _single(path).is_dir():
        return read_frame_layers
    return None


def is_ctc(path: Path) -> bool:
    """Return whether a path is a CTC folder with tracks, or its track table."""
    if path.is_file():
        return path.name in TRACK_FILES
    return any((path / name).is_file() for name in TRACK_FILES)


def read_ctc_layers(path: Paths) -> list[LayerData]:
    """Read a CTC folder as a Labels layer and a Tracks layer.

    The corrections listed next to the folder go on when the labels are corrected again.
    A folder that breaks the rules is repaired as far as possible and shown with a
    warning that names the first fault. Napari calls readers in the thread of its
    window; the window is drawn while a long video is read.

    Raises
    ------
    AsistError
        A frame or the track table cannot be read.
    """
    from napari_asist.plugin.work.meanwhile import in_thread

    folder = _single(path)
    folder = folder.parent if folder.is_file() else folder
    layers, faults = in_thread(lambda: _read_layers(folder))
    if faults:
        warnings.warn(
            f"{folder} has {len(faults)} faults and is shown repaired; the first is: "
            f"{faults[0]}.",
            stacklevel=2,
        )
    return layers


def _read_layers(folder: Path) -> tuple[list[LayerData], list[Fault]]:
    """Return the layers of a CTC folder, and what was wrong with it."""
    from napari_asist.ctc import read_ctc
    from napari_asist.proofreading import read_journal

    video = read_ctc(folder)
    journal = read_journal(video, folder)
    faults = video.faults()
    if faults:
        video = split_gaps(video)
    named = folder.parent if folder.name == "TRA" else folder
    return label_layers(video, named.name, journal=journal), faults


def read_run_layers(path: Paths) -> list[LayerData]:
    """Read a run: its video, labels and tracks, and its training data."""
    from napari_asist.plugin.contributions.view_run import run_layers

    return run_layers(_single(path))


def read_frame_layers(path: Paths) -> list[LayerData]:
    """Read a folder of frames as one Image layer per channel, frame by frame.

    A folder that cannot be read is explained in a notification, and adds no layer.
    """
    from napari_asist.plugin.contributions.progress_dialog import wait_for

    folder = _single(path)
    try:
        return wait_for(
            lambda report, stop: layers_of_file(folder),
            f"Opening {folder.name}",
            f"Opening {folder.name} was canceled.",
        )
    except Stopped:
        return NO_LAYER
    except AsistError as error:
        show_error(str(error))
        return NO_LAYER


def _single(path: Paths) -> Path:
    return Path(path if isinstance(path, str) else path[0])
