"""Where the video that a layer shows lies on disk, written there if need be."""

from pathlib import Path

import numpy as np
from napari.layers import Image

from napari_asist.errors import AsistError
from napari_asist.events import Work, result_of
from napari_asist.plugin.layer_file import file_of_video
from napari_asist.plugin.video_layer import layer_video
from napari_asist.video import Video, open_video, write_video
from napari_asist.workflow.run import make_folder

WRITTEN = "video.tif"


def video_source(layer: Image | None, run: Path) -> tuple[Path, int | None]:
    """Return where the video of a layer lies, for a run.

    Parameters
    ----------
    layer : Image or None
    run : Path
        The run folder. Receives ``video.tif`` where the layer has no file that holds
        its very frames: a sample, or a video that was cropped or filtered.

    Returns
    -------
    path : Path
    channel : int or None
        For `napari_asist.video.open_video`.

    Raises
    ------
    AsistError
        No layer is chosen, it is no 2D video of one channel, or it cannot be written.
    """
    return result_of(video_source_work(layer, run))


def video_source_work(layer: Image | None, run: Path) -> Work[tuple[Path, int | None]]:
    """Do the same as long work; the layer is read before the first event."""
    video = layer_video(layer)
    assert layer is not None
    place = file_of_video(layer, video)
    return (yield from _placed(video, place, run))


def _placed(
    video: Video, place: tuple[Path, int | None] | None, run: Path
) -> Work[tuple[Path, int | None]]:
    if place is not None:
        return place
    path = run / WRITTEN
    if not _is_written(video, path):
        make_folder(run)
        yield from write_video(video, path)
    return path, None


def _is_written(video: Video, path: Path) -> bool:
    if not path.exists():
        return False
    try:
        told = open_video(path)
        return (
            told.frames.shape == video.frames.shape
            and _is_alike(told.pixel_size, video.pixel_size)
            and _is_alike(told.frame_interval, video.frame_interval)
            and all(
                np.array_equal(told.frame(time), video.frame(time))
                for time in range(len(video))
            )
        )
    except AsistError:
        return False


def _is_alike(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return bool(np.isclose(first, second, rtol=1e-4))
