"""The chosen video as a layer that is read lazily, with its axes and pixel size."""

from pathlib import Path

from napari.layers import Image, Layer

from napari_asist.errors import AsistError
from napari_asist.plugin.layer_file import (
    channels_in,
    file_of_video,
    is_video_file,
    layer_path,
    opened,
)
from napari_asist.plugin.layers import image_layer, layer_facts
from napari_asist.plugin.video_layer import layer_video

KEPT = ("opacity", "blending", "colormap", "visible")
"""What a reopened layer has from the layer that it replaces."""


def lazy_source(layer: Image) -> tuple[Path, int | None] | None:
    """Return the file and channel from which a layer can be opened lazily.

    Returns
    -------
    (Path, int or None) or None
        None where the layer was opened so already, or where no file holds its very
        frames.
    """
    if layer_facts(layer).get("path"):
        return None
    try:
        return file_of_video(layer, layer_video(layer))
    except AsistError:
        return _source_of_more_axes(layer)


def reopened(layer: Image, path: Path, channel: int | None) -> Image:
    """Return a layer with the name of another one, opened lazily from its file.

    Raises
    ------
    AsistError
        The file cannot be opened as a 2D video.
    """
    video = opened(path, channel)
    options = {name: getattr(layer, name) for name in KEPT}
    made = Layer.create(*image_layer(video, layer.name, channel, **options))
    assert isinstance(made, Image)
    return made


def _source_of_more_axes(layer: Image) -> tuple[Path, int | None] | None:
    """Return the file of a video that napari shows with axes of length one."""
    path = layer_path(layer)
    if path is None or not is_video_file(path) or layer.data.ndim < 4:
        return None
    try:
        if len(channels_in(path)) == 1 and len(opened(path)) > 1:
            return path, None
    except AsistError:
        pass
    return None
