"""Open a video in any supported form."""

from dataclasses import replace
from operator import methodcaller
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_asist.errors import AsistError
from napari_asist.tiff import open_tiff
from napari_asist.video.folder import TIFF_SUFFIXES, frame_paths, open_frame_folder
from napari_asist.video.frame_names import channels_in_names, ordered_frames
from napari_asist.video.metadata import frame_interval, pixel_size
from napari_asist.video.stack import (
    Axes,
    Projection,
    Stack,
    open_projected_stacks,
    open_stack,
    stack_axes,
    stack_channels,
)
from napari_asist.video.video import Video, lazy_frames


def open_video(
    source: str | Path | ArrayLike | Video, channel: int | None = None
) -> Video:
    """Open a microscope video without reading its pixels.

    Parameters
    ----------
    source : str, Path, array (T, Y, X), or Video
        A TIFF stack, an OME-TIFF, an ImageJ TIFF, a folder with one TIFF file per frame
        (in the order of the times in their names), or a sequence folder of the Cell
        Tracking Challenge (``t000.tif`` …); or frames as a numpy or dask array. An open
        video is returned unchanged.
    channel : int, optional
        Starting at 0; required if the video has several, including red, green and blue.

    Returns
    -------
    Video

    Raises
    ------
    AsistError
        The source is not a 2D video of one channel.
    """
    if isinstance(source, Video):
        return source
    if not isinstance(source, str | Path):
        return video_of(source)
    path = Path(source)
    if path.is_dir():
        stack, first_frame = open_frame_folder(path, channel)
        return _video(path, stack, first_frame)
    stack = open_stack(_tiff_file(path), channel)
    return _video(path, stack, stack.origin[1])


def open_channels(path: Path) -> list[Video]:
    """Open all channels of a video; a video in 3D becomes its maximum projection.

    Parameters
    ----------
    path : Path
        As for `open_video`. A file may have several z slices at each time.

    Returns
    -------
    list of Video
        One per channel.

    Raises
    ------
    AsistError
        The path is not a video.
    """
    if path.is_dir():
        names = channel_names_of(path)
        several = range(len(names)) if len(names) > 1 else [None]
        return [open_video(path, channel) for channel in several]
    stacks = open_projected_stacks(_tiff_file(path))
    videos = [_video(path, stack, stack.origin[1]) for stack in stacks]
    if len(videos) == 1 or not videos[0].made_from:
        return videos
    return [
        replace(video, made_from=f"{video.made_from}, channel {number}")
        for number, video in enumerate(videos)
    ]


def axes_of(path: Path) -> Axes:
    """Return the lengths of a video's axes, including z.

    Parameters
    ----------
    path : Path
        As for `open_channels`, or a stack of z slices of a single time.

    Raises
    ------
    AsistError
        It cannot be read.
    """
    if not path.is_dir():
        return stack_axes(_tiff_file(path))
    videos = open_channels(path)
    times, rows, columns = videos[0].frames.shape
    return Axes(times, 1, rows, columns, channel_names_of(path), "TYX")


def _tiff_file(path: Path) -> Path:
    """Return a path unless it is a file of another kind."""
    if path.exists() and path.suffix.lower() not in TIFF_SUFFIXES:
        raise AsistError(f"{path} is not a TIFF file; export the video as TIFF.")
    return path


def _video(path: Path, stack: Stack, first_frame: int) -> Video:
    frames = lazy_frames(
        stack.planes,
        methodcaller("read"),
        stack.shape,
        stack.dtype,
        str(path),
        first_frame,
    )
    made_from = stack.origin[0]
    if isinstance(stack.planes[0], Projection):
        made_from = f"the maximum projection over z of {made_from or path.name}"
    return Video(
        frames,
        # 01 for the folder 01, cells for cells.ome.tif
        path.name if path.is_dir() else path.name.split(".")[0],
        path,
        first_frame,
        stack.pixel_size,
        stack.frame_interval,
        made_from=made_from,
    )


def video_of(
    frames: ArrayLike,
    name: str = "video",
    pixel_size: float | None = None,
    frame_interval: float | None = None,
    first_frame: int = 0,
) -> Video:
    """Return available frames as a video.

    Parameters
    ----------
    frames : array, shape (T, Y, X)
        Numpy, dask, or any object with shape, dtype and indexing by frame.
    name : str
        Name used in messages.
    pixel_size : float, optional
        Micrometers.
    frame_interval : float, optional
        Seconds.
    first_frame : int
        Number of the first frame, from which frames of results are counted.

    Raises
    ------
    AsistError
        The array has axes other than time, rows and columns, or is not numeric.
    """
    array: Any = frames if hasattr(frames, "shape") else np.asarray(frames)
    shape, dtype = tuple(array.shape), np.dtype(array.dtype)
    if len(shape) != 3 or 0 in shape:
        raise AsistError(
            f"The array has the shape {shape}; pass the frames of one channel with the "
            "axes (T, Y, X)."
        )
    if dtype.kind not in "buif":
        raise AsistError(
            f"The array has the data type {dtype}; use integers or real numbers."
        )
    if dtype.kind == "b":
        array, dtype = array.astype(np.uint8), np.dtype(np.uint8)
    return Video(
        lazy_frames(array, np.asarray, shape[1:], dtype, name, first_frame),
        name,
        None,
        first_frame,
        pixel_size,
        frame_interval,
    )


def calibration_of(path: Path) -> tuple[float | None, float | None]:
    """Return a video's pixel size in micrometers and frame interval in seconds.

    Parameters
    ----------
    path : Path
        As for `open_video`; no channel has to be chosen.

    Raises
    ------
    AsistError
        The path cannot be read, or frames of a folder are missing.
    """
    if not path.is_dir():
        with open_tiff(path) as tiff:
            return pixel_size(tiff), frame_interval(tiff)
    paths = frame_paths(path)
    named = ordered_frames(paths, 0 if channels_in_names(paths) else None)
    width, interval = calibration_of(named.paths[0])
    return width, interval or named.interval


def channel_names_of(path: Path) -> list[str]:
    """Return a video's channel names, empty ones if the file has none.

    Parameters
    ----------
    path : Path
        As for `open_video`.

    Returns
    -------
    list of str
        One name for each channel to choose from.

    Raises
    ------
    AsistError
        The path cannot be opened as a 2D video.
    """
    if not path.is_dir():
        return stack_channels(path)
    paths = frame_paths(path)
    return channels_in_names(paths) or stack_channels(min(paths))
