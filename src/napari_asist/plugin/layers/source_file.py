"""The file or folder that a layer was opened from."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from napari.layers import Image

from napari_asist.errors import AsistError
from napari_asist.plugin.layers.metadata import layer_facts
from napari_asist.video import (
    Axes,
    Video,
    axes_of,
    channel_names_of,
    open_channels,
    open_video,
)
from napari_asist.video import calibration_of as calibration_of_file
from napari_asist.video.folder import TIFF_SUFFIXES


@dataclass(frozen=True)
class Calibration:
    """Pixel size (micrometers) and frame interval (seconds) stored in a file."""

    pixel_size: float | None = None
    frame_interval: float | None = None


def layer_path(layer: Image) -> Path | None:
    """Return what a layer was opened from, None if it has no file of its own.

    A layer that was split off from another one has that layer's path.
    """
    if path := layer_facts(layer).get("path") or layer.source.path:
        return Path(path)
    parent = layer.source.parent() if layer.source.parent else None
    return layer_path(parent) if isinstance(parent, Image) else None


def is_video_file(path: Path) -> bool:
    """Return whether `open_video` may be able to open a path."""
    return path.is_dir() or path.suffix.lower() in TIFF_SUFFIXES


def opened(path: Path, channel: int | None = None) -> Video:
    """Return the video from `open_video`, cached until the file changes.

    A file with thousands of pages takes seconds, so only threads other than the
    window's call this first.
    """
    return _opened(path, channel, _age(path))


def channels_in(path: Path) -> list[str]:
    """Return the names from `channel_names_of`, cached the same way."""
    return list(_channels(path, _age(path)))


def all_channels(path: Path) -> list[Video]:
    """Return the videos from `open_channels`, cached the same way."""
    return list(_all_channels(path, _age(path)))


def axes_in(path: Path) -> Axes:
    """Return the result of `axes_of`, cached the same way."""
    return _axes(path, _age(path))


def calibration_of(layer: Image) -> Calibration:
    """Return what this plugin or else the file records about a layer's pixels."""
    facts = layer_facts(layer)
    if "pixel_size" in facts or "frame_interval" in facts:
        return Calibration(facts.get("pixel_size"), facts.get("frame_interval"))
    path = layer_path(layer)
    try:
        return _stored_calibration(path, _age(path)) if path else Calibration()
    except AsistError:
        return Calibration()


def file_of_video(layer: Image, video: Video) -> tuple[Path, int | None] | None:
    """Return the file and the channel that contain exactly the frames of a layer.

    Parameters
    ----------
    layer : Image
    video : Video
        The video that the layer shows.

    Returns
    -------
    (Path, int or None) or None
        None if the layer has no file, or was cropped or filtered since.
    """
    path = layer_path(layer)
    if path is None:
        return None
    for place, channel in _candidates(path, layer_facts(layer).get("channel")):
        if _holds(place, channel, video):
            return place, channel
    return None


def _candidates(path: Path, channel: int | None) -> Iterator[tuple[Path, int | None]]:
    # Files that were opened as a stack have the path of their first frame.
    for place in (path, path.parent):
        try:
            names = channels_in(place)
        except AsistError:
            continue
        if channel is not None:
            yield place, channel
        elif len(names) == 1:
            yield place, None
        else:
            yield from ((place, number) for number in range(len(names)))


def _holds(path: Path, channel: int | None, video: Video) -> bool:
    try:
        stored = opened(path, channel)
        if stored.frames.shape != video.frames.shape:
            return False
        return all(
            np.array_equal(stored.frame(time), video.frame(time))
            for time in (0, len(video) // 2, len(video) - 1)
        )
    except AsistError:
        return False


def _age(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=16)
def _opened(path: Path, channel: int | None, age: int) -> Video:
    return open_video(path, channel)


@lru_cache(maxsize=16)
def _channels(path: Path, age: int) -> tuple[str, ...]:
    return tuple(channel_names_of(path))


@lru_cache(maxsize=16)
def _stored_calibration(path: Path, age: int) -> Calibration:
    return Calibration(*calibration_of_file(path))


@lru_cache(maxsize=16)
def _all_channels(path: Path, age: int) -> tuple[Video, ...]:
    return tuple(open_channels(path))


@lru_cache(maxsize=16)
def _axes(path: Path, age: int) -> Axes:
    return axes_of(path)
