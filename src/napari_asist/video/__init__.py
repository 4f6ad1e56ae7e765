"""Microscope videos, opened lazily."""

from napari_asist.video.opening import open_video
from napari_asist.video.video import Video, lazy_frames

__all__ = ["Video", "lazy_frames", "open_video"]
