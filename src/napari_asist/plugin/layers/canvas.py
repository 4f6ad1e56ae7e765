"""Conversion between positions in a video and the view on the canvas."""

from collections.abc import Sequence

import numpy as np
from napari import Viewer
from napari.layers import Image, Labels


def show_place(viewer: Viewer, labels: Labels, place: Sequence[float]) -> None:
    """Move the time slider to a position in a layer, and center the camera on it.

    Parameters
    ----------
    viewer : Viewer
    labels : Labels
        With the axes T, Y, X.
    place : sequence of float
        Frame, row and column.
    """
    world = np.asarray(labels.data_to_world(place), float)
    viewer.dims.set_point(viewer.dims.ndim - 3, world[0])
    # Since napari 0.9 the camera belongs to the scene.
    getattr(viewer, "scene", viewer).camera.center = (0.0, *world[1:])


def shown_frame(viewer: Viewer, layer: Image | Labels) -> int:
    """Return the frame of a layer that the viewer shows, or the nearest one."""
    if viewer.dims.ndim < 3:
        return 0
    time = layer.world_to_data(viewer.dims.point[-3:])[0]
    data = layer.data[0] if layer.multiscale else layer.data
    return int(min(max(round(float(time)), 0), len(data) - 1))
