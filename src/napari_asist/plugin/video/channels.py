"""One channel of a layer as a video, projected over z if necessary, read lazily."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Image
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.plugin.layers.metadata import LayerData, layer_facts
from napari_asist.plugin.layers.source_file import (
    all_channels,
    axes_in,
    calibration_of,
    channels_in,
    file_of_video,
    is_video_file,
    layer_path,
    opened,
)
from napari_asist.plugin.layers.video_layers import COLORS, image_layer, layer_video
from napari_asist.video import Axes, Video, lazy_frames

COLOR_NAMES = ("red", "green", "blue", "alpha")

CHANNEL_AXES = ("c", "ch", "channel", "channels")

DEPTH_AXES = ("z", "slice", "slices", "depth")

OTHER_AXES = (*DEPTH_AXES, "s", "p", "position")

MOST_CHANNELS = 8
"""In a layer without names of axes, a longer axis is taken for depth or positions."""

KEPT = ("opacity", "blending", "colormap", "visible")
"""What a reopened layer keeps from the layer that it replaces."""


@dataclass(frozen=True)
class Channels:
    """The channels to choose from, and the z slices to project.

    Parameters
    ----------
    names : list of str
        One per channel.
    times, slices : int
        Lengths of the axes of time and z.
    path : Path or None
        The file that contains them all.
    axis, depth : int or None
        Axes of the channels and of z in the layer's data, if there is no file.
    """

    names: list[str]
    times: int
    slices: int = 1
    path: Path | None = None
    axis: int | None = None
    depth: int | None = None

    @property
    def is_3d_video(self) -> bool:
        """Whether there are z slices at each of several times."""
        return self.times > 1 and self.slices > 1


def channels_of(layer: Image) -> Channels | None:
    """Return what a layer consists of, None if it is a single channel, or not known.

    The axes in the layer's file count, then the layer's own axis labels, and only then
    its shape. Reads the file, so it may take seconds.
    """
    path, axes = layer_path(layer), None
    if path is not None and is_video_file(path):
        try:
            axes = axes_in(path)
        except AsistError:
            axes = None
    if path is not None and axes is not None and _is_whole(layer, axes):
        return _channels_of_file(layer, path, axes)
    return _channels_of_data(layer, axes)


def channel_layer(layer: Image, channels: Channels, number: int) -> LayerData:
    """Return a gray layer with one channel of another layer, read lazily.

    A 3D video is projected over z; each frame has the maximum of its z slices.

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
        The file cannot be opened.
    """
    parts = [layer.name]
    if len(channels.names) > 1:
        parts.append(channels.names[number])
    if channels.is_3d_video:
        parts.append("projection")
    name = " ".join(parts)
    if channels.path is not None:
        kept = number if len(channels.names) > 1 else None
        return image_layer(all_channels(channels.path)[number], name, kept)
    data: Any = layer.data[0] if layer.multiscale else layer.data
    axes = list(range(data.ndim))
    if channels.axis is not None:
        axis = channels.axis % data.ndim
        data = data[(slice(None),) * axis + (number,)]
        axes.remove(axis)
    if not channels.is_3d_video or channels.depth is None:
        return data, {"name": name, **_placement(layer, axes)}, "image"
    depth = axes.index(channels.depth)
    axes.pop(depth)
    video = _projection(layer, data, depth)
    return image_layer(video, name, **_placement(layer, axes))


def take_scale(layer: Image, channel: Image) -> None:
    """Give a layer the pixel size of one of its channels, which napari discarded."""
    layer.scale = (*layer.scale[:-2], *channel.scale[-2:])
    layer.units = (*layer.units[:-2], *channel.units[-2:])


def _is_whole(layer: Image, axes: Axes) -> bool:
    """Return whether a layer shows all frames of its file, or of one channel."""
    frames = axes.times * axes.rows * axes.columns
    size, count = prod(layer.data.shape), len(axes.channels)
    return axes.times > 1 and size in (
        frames,
        frames * count,
        frames * axes.slices,
        frames * count * axes.slices,
    )


def _channels_of_file(layer: Image, path: Path, axes: Axes) -> Channels | None:
    is_flat = layer.data.ndim == 3 and not layer.rgb
    if len(axes.channels) < 2 and (is_flat or axes.slices < 2):
        return None
    named = [name or f"channel {number}" for number, name in enumerate(axes.channels)]
    return Channels(named, axes.times, axes.slices, path)


def _channels_of_data(layer: Image, axes: Axes | None) -> Channels | None:
    data = layer.data[0] if layer.multiscale else layer.data
    if data.ndim < 4:
        return None
    labels = [label.lower() for label in layer.axis_labels]
    if axes is not None and len(axes.order) == data.ndim:
        labels = list(axes.order.lower())
    names, axis = _channels_along(layer, data, labels)
    depth = _place(labels[:-2], DEPTH_AXES)
    others = data.ndim - 2 - (axis is not None) - (depth is not None)
    if others > 1 or (axis is None and depth is None):
        return None
    slices = int(data.shape[depth]) if depth is not None else 1
    left = [place for place in range(data.ndim) if place not in (axis, depth)]
    times = int(data.shape[left[0]]) if others else 1
    if axis is None and times == 1:
        return None
    return Channels(names, times, slices, axis=axis, depth=depth)


def _channels_along(
    layer: Image, data: Any, labels: Sequence[str]
) -> tuple[list[str], int | None]:
    """Return the names of the channels in a layer's data, and their axis."""
    if layer.rgb or data.shape[-1] in COLORS:
        return list(COLOR_NAMES[: data.shape[-1]]), data.ndim - 1
    axis = _place(labels, CHANNEL_AXES)
    if axis is None and data.ndim == 4 and not {*labels}.intersection(OTHER_AXES):
        # Nothing marks the axis, but videos have more frames than channels.
        shortest = min((0, 1), key=lambda number: (data.shape[number], -number))
        axis = shortest if 2 <= data.shape[shortest] <= MOST_CHANNELS else None
    if axis is None:
        return [layer.name], None
    return [f"channel {number}" for number in range(data.shape[axis])], axis


def _place(labels: Sequence[str], names: Sequence[str]) -> int | None:
    places = (place for place, label in enumerate(labels) if label in names)
    return next(places, None)


def _placement(layer: Image, axes: Sequence[int]) -> dict[str, Any]:
    """Return the placement of a layer with some of the axes of another one."""
    # The colors of an RGB layer are not an axis of the layer.
    kept = [axis for axis in axes if axis < layer.ndim]
    names = ("scale", "translate", "units", "axis_labels")
    return {name: [getattr(layer, name)[axis] for axis in kept] for name in names}


def _projection(layer: Image, data: Any, depth: int) -> Video:
    """Return the maximum projection of an array over the axis 0 or 1, frame by frame.

    Parameters
    ----------
    layer : Image
    data : array, shape (T, Z, Y, X) or (Z, T, Y, X)
    depth : int
    """

    def project(time: int) -> NDArray[Any]:
        slices = data[time] if depth else data[:, time]
        brightest: NDArray[Any] = np.asarray(slices).max(axis=0)
        return brightest

    known = calibration_of(layer)
    frames = lazy_frames(
        range(data.shape[1 - depth]), project, data.shape[2:], data.dtype, layer.name
    )
    return Video(
        frames,
        layer.name,
        first_frame=int(layer_facts(layer).get("first_frame", 0)),
        pixel_size=known.pixel_size,
        frame_interval=known.frame_interval,
        made_from=f"the maximum projection over z of {layer.name}",
    )


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


def reopened(layer: Image, path: Path, channel: int | None) -> LayerData:
    """Return a layer with the name of another one, opened lazily from its file.

    Raises
    ------
    AsistError
        The file cannot be opened as a 2D video.
    """
    options = {name: getattr(layer, name) for name in KEPT}
    return image_layer(opened(path, channel), layer.name, channel, **options)


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
