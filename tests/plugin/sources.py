"""Locate a layer's video on disk, ignoring the events of writing it."""

from pathlib import Path

from napari.layers import Image

from napari_asist.events import StopFlag, result_of
from napari_asist.plugin.layers.video_on_disk import Source, video_source_work


def video_source(layer: Image | None, run: Path) -> Source:
    return result_of(video_source_work(layer, run, StopFlag()))
