"""Locate the video of a layer on disk, writing it if necessary."""

from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import numpy as np
from napari.layers import Image

from napari_asist.errors import AsistError
from napari_asist.events import Started, StopFlag, Work
from napari_asist.plugin.layers.source_file import file_of_video
from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.video import Video, open_video, write_video
from napari_asist.workflow.run_folder.claim import claimed
from napari_asist.workflow.run_folder.record import recorded_videos

WRITTEN = "video.tif"

Source: TypeAlias = tuple[Path, int | None]
"""Path and channel, for `napari_asist.video.open_video`."""


def video_source_work(layer: Image | None, run: Path, stop: StopFlag) -> Work[Source]:
    """Locate the video of a layer on disk, for a run.

    A layer that is not a video is rejected immediately, before the work begins. The
    work yields the events of writing the file.

    Parameters
    ----------
    layer : Image or None
    run : Path
        The run folder. Receives ``video.tif`` if no file contains exactly the layer's
        frames: a sample, a projection, or a video that was cropped or filtered. The
        file states what it was made from.
    stop : StopFlag
        If set while the video is being written, no partial file is left.

    Returns
    -------
    path : Path
    channel : int or None
        For `napari_asist.video.open_video`.

    Raises
    ------
    AsistError
        No layer is chosen, it is not a single-channel 2D video, or it cannot be
        written.
    """
    video = layer_video(layer)
    assert layer is not None
    return _placed(layer, video, run, stop)


def run_source_work(layer: Image | None, run: Path) -> Work[Source | None]:
    """Locate the video of a layer on disk, if it is the only one of a run.

    Nothing is written. A layer that is not a video is rejected immediately.
    """
    video = layer_video(layer)
    assert layer is not None
    return _placed_in_run(layer, video, run)


def _placed(layer: Image, video: Video, run: Path, stop: StopFlag) -> Work[Source]:
    place = file_of_video(layer, video)
    if place is not None:
        return place
    path = run / WRITTEN
    if not _is_written(video, path):
        with claimed(run), closing(write_video(video, path)) as writing:
            for event in writing:
                yield event
                stop.raise_if_set()
    return path, None


def _placed_in_run(layer: Image, video: Video, run: Path) -> Work[Source | None]:
    yield Started("compare videos", 0)
    place = file_of_video(layer, video)
    if place is None and _is_written(video, run / WRITTEN):
        place = run / WRITTEN, None
    return place if place is not None and _is_of_run(place, run) else None


def _is_of_run(place: Source, run: Path) -> bool:
    """Return whether a video is the only one of a run."""
    paths, channel = recorded_videos(run)
    mine = [path.resolve() for path in paths]
    return mine == [place[0].resolve()] and channel == place[1]


def _is_written(video: Video, path: Path) -> bool:
    if not path.exists():
        return False
    try:
        stored = open_video(path)
        return (
            stored.frames.shape == video.frames.shape
            and (stored.made_from, stored.first_frame)
            == (video.made_from, video.first_frame)
            and _is_alike(stored.pixel_size, video.pixel_size)
            and _is_alike(stored.frame_interval, video.frame_interval)
            and all(
                np.array_equal(stored.frame(time), video.frame(time))
                for time in range(len(video))
            )
        )
    except AsistError:
        return False


def _is_alike(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return bool(np.isclose(first, second, rtol=1e-4))
