"""What a chosen Image layer is as a video."""

from typing import Any

import dask.array as da
from napari.layers import Image

from napari_asist.errors import AsistError
from napari_asist.plugin.layer_file import told_by_file
from napari_asist.plugin.layers import layer_facts
from napari_asist.video import Video

CHOOSE = "Choose a video first: an Image layer with the axes T, Y, X."
COLOURS = (3, 4)
"""Length of a last axis that holds red, green, blue and maybe alpha."""


def layer_video(layer: Image | None) -> Video:
    """Return the video that an Image layer shows, without reading it.

    Its pixel size and frame interval are those of the layer's scale where that has
    units, otherwise those that the layer's file tells.

    Raises
    ------
    AsistError
        No layer is chosen, or it is no 2D video of one channel.
    """
    if layer is None:
        raise AsistError(CHOOSE)
    data = layer.data[0] if layer.multiscale else layer.data
    if layer.rgb:
        raise AsistError(
            f"{layer.name} is in colour; split its channels (right-click on the layer) "
            "and choose one."
        )
    if data.ndim != 3 or len(data) < 2 or data.shape[-1] in COLOURS:
        raise AsistError(
            f"{layer.name} has the shape {' × '.join(map(str, data.shape))}; choose a "
            "2D video over time, with the axes T, Y, X and at least 2 frames."
        )
    frames = data if isinstance(data, da.Array) else _chunked(data)
    told = told_by_file(layer)
    return Video(
        frames,
        layer.name,
        first_frame=int(layer_facts(layer).get("first_frame", 0)),
        pixel_size=_in_unit(layer, -1, "micrometer") or told.pixel_size,
        frame_interval=_in_unit(layer, -3, "second") or told.frame_interval,
    )


def frame_size(layer: Image) -> tuple[int, int]:
    """Return height and width of the frames of an Image layer.

    Raises
    ------
    AsistError
        It is no 2D video of one channel.
    """
    height, width = layer_video(layer).frames.shape[1:]
    return int(height), int(width)


def _chunked(data: Any) -> da.Array:
    # A name of its own: dask would hash all pixels for one.
    return da.from_array(data, (1, -1, -1), name=False)


def _in_unit(layer: Image, axis: int, unit: str) -> float | None:
    """Return the length of a step along an axis, None where its unit is another."""
    own: Any = layer.units[axis]
    if not own.is_compatible_with(unit):
        return None
    length = float((layer.scale[axis] * own).to(unit).magnitude)
    return length if length > 0 else None
