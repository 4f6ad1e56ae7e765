"""Microscope videos, opened lazily."""

from napari_asist.video.opening import (
    axes_of,
    calibration_of,
    channel_names_of,
    open_channels,
    open_video,
    video_of,
)
from napari_asist.video.stack import Axes
from napari_asist.video.video import Video, lazy_frames
from napari_asist.video.writing import write_video

__all__ = [
    "Axes",
    "Video",
    "axes_of",
    "calibration_of",
    "channel_names_of",
    "lazy_frames",
    "open_channels",
    "open_video",
    "video_of",
    "write_video",
]
