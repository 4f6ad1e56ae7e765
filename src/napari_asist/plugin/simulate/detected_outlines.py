"""Outlines on the video of what a match detected, frame by frame."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from napari import Viewer
from napari.layers import Image, Labels
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray
from qtpy.QtCore import QObject

from napari_asist.plugin.layers.metadata import IS_PREVIEW, METADATA_KEY, place_of
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.work.latest_request import NewestRequest

if TYPE_CHECKING:
    from napari_asist.workflow.estimate.match import VideoMatch

CONTOUR = 2
"""Width of the outlines in px of the video."""

COLOR = "#ffd400"
"""One color for all, unlike the simulated labels."""

KEPT = 32
"""Number of frames whose outlines are kept."""


class DetectedOutlines(QObject):
    """Shows the detected objects of the frame in view, measured in a thread.

    Parameters
    ----------
    viewer : Viewer
    parent : QObject
    """

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        # A plugin's viewer proxy returns a new object for a layer each time.
        self._viewer: Viewer = getattr(viewer, "__wrapped__", viewer)
        self._match: VideoMatch | None = None
        self._below: Image | None = None
        self.layer: Labels | None = None
        self._kept: dict[int, NDArray[np.int32]] = {}
        self._requests = NewestRequest()
        self._requests.delivered.connect(self._show)
        connections = Connections(self)
        connections.add(viewer.dims.events.current_step, self._follow)
        connections.add(viewer.layers.events.removed, self._notice)

    def show_match(self, match: "VideoMatch", below: Image) -> None:
        """Show what was detected, in the frame in view now and in those viewed later.

        Parameters
        ----------
        match : VideoMatch
        below : Image
            The video that was matched.
        """
        self.remove()
        self._match, self._below = match, below
        self._follow()

    def remove(self) -> None:
        """Remove the layer, and forget the match."""
        layer, self.layer = self.layer, None
        self._match, self._below = None, None
        self._kept.clear()
        self._requests.close()
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def _follow(self, event: object = None) -> None:
        if self._match is None or self._below is None:
            return
        time = self._time()
        if time in self._kept:
            self._requests.close()
            self._draw(self._kept[time])
        else:
            self._requests.ask(_outlined(self._match, time))

    def _time(self) -> int:
        """Return the frame of the video in view."""
        assert self._below is not None
        point = self._viewer.dims.point
        if len(point) < 3:
            return 0
        start, step = self._below.translate[-3], self._below.scale[-3]
        return max(0, round(float(point[-3] - start) / float(step)))

    def _show(
        self, number: int, result: "tuple[VideoMatch, int, NDArray[np.int32]]"
    ) -> None:
        match, time, outlines = result
        if match is not self._match:
            return
        if len(self._kept) >= KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[time] = outlines
        if time == self._time():
            self._draw(outlines)

    def _draw(self, outlines: NDArray[np.int32]) -> None:
        assert self._below is not None
        if self.layer is not None:
            self.layer.data = outlines
            return
        below, active = self._below, self._viewer.layers.selection.active
        self.layer = Labels(
            outlines,
            name=f"{below.name} detected",
            colormap=DirectLabelColormap(color_dict={None: COLOR, 0: "transparent"}),
            metadata={METADATA_KEY: {IS_PREVIEW: True}},
            **place_of(below, outlines.ndim),
        )
        self.layer.contour = CONTOUR
        self._viewer.add_layer(self.layer)
        self.layer.editable = False
        self._viewer.layers.selection.active = active

    def _notice(self, event: object) -> None:
        """Forget the match if the user removed its outlines or its video."""
        layers = self._viewer.layers
        if self._below is not None and self._below not in layers:
            self.remove()
        elif self.layer is not None and self.layer not in layers:
            self.layer = None
            self.remove()


def _outlined(
    match: "VideoMatch", time: int
) -> "Iterator[tuple[VideoMatch, int, NDArray[np.int32]]]":
    yield match, time, match.outlines(time)
