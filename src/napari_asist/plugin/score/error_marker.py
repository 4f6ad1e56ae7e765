"""A ring on the canvas around the selected error."""

import numpy as np
from napari import Viewer
from napari.layers import Labels, Points

from napari_asist.evaluation.kinds import TrackingError
from napari_asist.plugin.layers.canvas import show_place

NAME = "error"
COLOR = "#ffd500"
DIAMETER = 40
"""Pixels of the video."""

WIDTH = 0.06
"""Width of the ring, as a fraction of its diameter."""


class ErrorMarker:
    """One Points layer with one ring, reused for each error.

    Parameters
    ----------
    viewer : Viewer
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._layer: Points | None = None

    def show(self, error: TrackingError, labels: Labels) -> None:
        """Go to an error's frame, center the view on it and mark it with a ring.

        Parameters
        ----------
        error : TrackingError
        labels : Labels
            The layer of the result; its label is selected.
        """
        if np.isnan(error.y):
            place = np.array([error.frame, *np.array(labels.data.shape[1:]) / 2])
        else:
            place = np.array([error.frame, error.y, error.x])
        viewer = self._viewer
        active = viewer.layers.selection.active
        layer = self._shown(labels)
        layer.data = place[np.newaxis]
        layer.visible = True
        viewer.layers.selection.active = active
        show_place(viewer, labels, place.tolist())
        if error.labels:
            labels.selected_label = error.labels[0]

    def remove(self) -> None:
        """Remove the ring."""
        if self._layer is not None and self._layer in self._viewer.layers:
            self._viewer.layers.remove(self._layer)
        self._layer = None

    def _shown(self, labels: Labels) -> Points:
        if self._layer is None or self._layer not in self._viewer.layers:
            self._layer = Points(
                ndim=3,
                name=NAME,
                size=DIAMETER,
                face_color="transparent",
                border_color=COLOR,
                border_width=WIDTH,
                out_of_slice_display=False,
                axis_labels=labels.axis_labels,
                units=labels.units,
            )
            self._viewer.add_layer(self._layer)
        layer = self._layer
        layer.scale, layer.translate = labels.scale, labels.translate
        return layer
