"""Convert Image layers to videos, and videos to Image layers."""

from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
from napari.layers import Image

from napari_asist.errors import AsistError
from napari_asist.plugin.layers.metadata import (
    METADATA_KEY,
    LayerData,
    layer_facts,
    placement,
)
from napari_asist.plugin.layers.source_file import (
    all_channels,
    axes_in,
    calibration_of,
)
from napari_asist.video import Video

CHOOSE = "Choose a video first: an Image layer with the axes T, Y, X."

COLORS = (3, 4)
"""Possible lengths of a last axis with red, green, blue and optionally alpha."""

SAMPLED_FRAMES = 5

SHOWN_RANGE = (1, 99.5)
"""Percentiles of the intensities shown as black and white; a few mitotic nuclei are
so bright that the others would be black."""


def layer_video(layer: Image | None) -> Video:
    """Return the video that an Image layer shows, without reading it.

    Its pixel size and frame interval come from the layer's scale if that has units,
    otherwise from the layer's file.

    Raises
    ------
    AsistError
        No layer is chosen, or it is not a single-channel 2D video.
    """
    if layer is None:
        raise AsistError(CHOOSE)
    data = layer.data[0] if layer.multiscale else layer.data
    if layer.rgb:
        raise AsistError(
            f"{layer.name} is in color; split its channels (right-click on the layer) "
            "and choose one."
        )
    if data.ndim != 3 or len(data) < 2 or data.shape[-1] in COLORS:
        raise AsistError(
            f"{layer.name} has the shape {' × '.join(map(str, data.shape))}; choose a "
            "2D time-lapse video with the axes T, Y, X and at least 2 frames."
        )
    frames = data if isinstance(data, da.Array) else _chunked(data)
    calibration, facts = calibration_of(layer), layer_facts(layer)
    return Video(
        frames,
        layer.name,
        first_frame=int(facts.get("first_frame", 0)),
        pixel_size=_in_unit(layer, -1, "micrometer") or calibration.pixel_size,
        frame_interval=_in_unit(layer, -3, "second") or calibration.frame_interval,
        made_from=str(facts.get("made_from", "")),
    )


def frame_size(layer: Image) -> tuple[int, int]:
    """Return height and width of the frames of an Image layer.

    Raises
    ------
    AsistError
        It is not a single-channel 2D video.
    """
    height, width = layer_video(layer).frames.shape[1:]
    return int(height), int(width)


def _chunked(data: Any) -> da.Array:
    # Do not let dask name the array: it would hash all pixels.
    return da.from_array(data, (1, -1, -1), name=False)


def _in_unit(layer: Image, axis: int, unit: str) -> float | None:
    """Return the step along an axis, None if its unit is different."""
    own: Any = layer.units[axis]
    if not own.is_compatible_with(unit):
        return None
    length = float((layer.scale[axis] * own).to(unit).magnitude)
    return length if length > 0 else None


def image_layer(
    video: Video, name: str, channel: int | None = None, **options: Any
) -> LayerData:
    """Return a microscope video as an Image layer that reads frames when shown.

    Parameters
    ----------
    video : Video
    name : str
    channel : int, optional
        Channel in the file; kept with the path in the layer's metadata.
    **options
        Passed on to the layer.
    """
    darkest, brightest = np.percentile(video.sampled(SAMPLED_FRAMES), SHOWN_RANGE)
    limits = (float(darkest), float(max(brightest, darkest + 1e-6)))
    return (
        video.frames,
        {
            "name": name,
            "contrast_limits": limits,
            "gamma": 0.7,
            "metadata": {METADATA_KEY: _provenance(video, channel)},
            **placement(video.pixel_size),
            **options,
        },
        "image",
    )


def layers_of_file(path: Path) -> list[LayerData]:
    """Open a file or folder with a video as one Image layer per channel.

    Only the first is visible. A video in 3D is projected over z. May be called in any
    thread; a file with thousands of pages takes seconds.

    Parameters
    ----------
    path : Path

    Raises
    ------
    AsistError
        It is not a video.
    """
    videos = all_channels(path)
    axes = axes_in(path)
    several = len(videos) > 1
    layers = []
    for number, video in enumerate(videos):
        parts = [video.name]
        if several:
            parts.append(axes.channels[number] or f"channel {number}")
        if axes.slices > 1:
            parts.append("projection")
        channel = number if several else None
        made = image_layer(video, " ".join(parts), channel, visible=number == 0)
        layers.append(made)
    return layers


def _provenance(video: Video, channel: int | None) -> dict[str, Any]:
    if video.path is None and not video.made_from:
        return {}
    return {
        "path": video.path,
        "channel": channel,
        "first_frame": video.first_frame,
        "pixel_size": video.pixel_size,
        "frame_interval": video.frame_interval,
        "made_from": video.made_from,
    }
