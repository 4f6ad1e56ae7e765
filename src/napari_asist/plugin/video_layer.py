"""What a chosen Image layer is as a video."""

import dask.array as da
from napari.layers import Image

from napari_asist.errors import AsistError
from napari_asist.video import Video


def layer_video(layer: Image | None) -> Video:
    """Return the video that an Image layer shows, without reading it.

    Raises
    ------
    AsistError
        No layer is chosen, or it is no 2D video of one channel.
    """
    if layer is None:
        raise AsistError("Choose a video first: an Image layer with the axes T, Y, X.")
    data = layer.data[0] if layer.multiscale else layer.data
    if layer.rgb:
        raise AsistError(
            f"{layer.name} is in colour; split its channels (right-click on the layer) "
            "and choose one."
        )
    if data.ndim != 3 or len(data) < 2:
        raise AsistError(
            f"{layer.name} has the shape {' × '.join(map(str, data.shape))}; choose a "
            "2D video over time, with the axes T, Y, X and at least 2 frames."
        )
    frames = data if isinstance(data, da.Array) else da.from_array(data, (1, -1, -1))
    return Video(frames, layer.name)


def frame_size(layer: Image) -> tuple[int, int]:
    """Return height and width of the frames of an Image layer.

    Raises
    ------
    AsistError
        It is no 2D video of one channel.
    """
    height, width = layer_video(layer).frames.shape[1:]
    return int(height), int(width)
