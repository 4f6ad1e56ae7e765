"""One channel of a multichannel layer as a video, read lazily."""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from napari.layers import Image, Layer

from napari_asist.errors import AsistError
from napari_asist.plugin.layers.metadata import layer_facts
from napari_asist.plugin.layers.source_file import (
    channels_in,
    file_of_video,
    is_video_file,
    layer_path,
    opened,
)
from napari_asist.plugin.layers.video_layers import COLORS, image_layer, layer_video

COLOR_NAMES = ("red", "green", "blue", "alpha")

CHANNEL_AXES = ("c", "ch", "channel", "channels")

OTHER_AXES = ("z", "s", "slice", "depth")

MOST_CHANNELS = 8
"""In a layer without a file, a longer axis is taken for depth or positions."""

KEPT = ("opacity", "blending", "colormap", "visible")
"""What a reopened layer keeps from the layer that it replaces."""


@dataclass(frozen=True)
class Channels:
    """The channels to choose from.

    Parameters
    ----------
    names : list of str
        One per channel.
    path : Path or None
        The file that contains them all.
    axis : int
        Channel axis in the layer's data, if there is no file.
    """

    names: list[str]
    path: Path | None = None
    axis: int = -1


def channels_of(layer: Image) -> Channels | None:
    """Return the channels of a layer, None if it has only one, or no frames."""
    return _channels_of_file(layer) or _channels_of_data(layer)


def channel_layer(layer: Image, channels: Channels, number: int) -> Image:
    """Return a gray layer with one channel of another layer, read lazily.

    Parameters
    ----------
    layer : Image
    channels : Channels
        Channels of this layer.
    number : int
        The channel, starting at 0.

    Raises
    ------
    AsistError
        The file cannot be opened as a 2D video.
    """
    name = f"{layer.name} {channels.names[number]}"
    if channels.path is not None:
        video = opened(channels.path, number)
        made = Layer.create(*image_layer(video, name, number))
        assert isinstance(made, Image)
        return made
    data = layer.data[0] if layer.multiscale else layer.data
    axis = channels.axis % data.ndim
    index = (slice(None),) * axis + (number,)
    # The colors of an RGB layer are not an axis of the layer.
    kept = [own for own in range(layer.ndim) if layer.rgb or own != axis]
    return Image(
        data[index],
        name=name,
        scale=[layer.scale[own] for own in kept],
        translate=[layer.translate[own] for own in kept],
        units=[layer.units[own] for own in kept],
        axis_labels=[layer.axis_labels[own] for own in kept],
    )


def take_scale(layer: Image, channel: Image) -> None:
    """Give a layer the pixel size of one of its channels, which napari discarded."""
    layer.scale = (*layer.scale[:-2], *channel.scale[-2:])
    layer.units = (*layer.units[:-2], *channel.units[-2:])


def _channels_of_file(layer: Image) -> Channels | None:
    path = layer_path(layer)
    if path is None or not is_video_file(path):
        return None
    try:
        names = channels_in(path)
        if len(names) < 2:
            return None
        frames = opened(path, 0).frames
    except AsistError:
        return None
    size = prod(layer.data.shape)
    if len(frames) < 2 or size not in (frames.size, frames.size * len(names)):
        return None  # it was cropped
    named = [name or f"channel {number}" for number, name in enumerate(names)]
    return Channels(named, path)


def _channels_of_data(layer: Image) -> Channels | None:
    data = layer.data[0] if layer.multiscale else layer.data
    if data.ndim != 4:
        return None
    if layer.rgb or data.shape[-1] in COLORS:
        return Channels(list(COLOR_NAMES[: data.shape[-1]]))
    axis = _channel_axis(layer, data)
    if axis is None:
        return None
    names = [f"channel {number}" for number in range(data.shape[axis])]
    return Channels(names, axis=axis)


def _channel_axis(layer: Image, data: Any) -> int | None:
    labels = [label.lower() for label in layer.axis_labels]
    for axis, label in enumerate(labels):
        if label in CHANNEL_AXES:
            return axis
    if set(labels).intersection(OTHER_AXES):
        return None
    # Nothing marks the axis, but videos have more frames than channels.
    axis = min((0, 1), key=lambda number: (data.shape[number], -number))
    return axis if 2 <= data.shape[axis] <= MOST_CHANNELS else None


def lazy_source(layer: Image) -> tuple[Path, int | None] | None:
    """Return the file and channel that a layer can be opened from lazily.

    Returns
    -------
    (Path, int or None) or None
        None if the layer was already opened lazily, or no file contains exactly its
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
