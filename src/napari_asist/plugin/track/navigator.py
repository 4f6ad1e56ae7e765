"""Navigation from a track to its position on the canvas, and back."""

import numpy as np
from napari import Viewer
from qtpy.QtCore import QObject, Signal

from napari_asist.plugin.layers.canvas import show_place, shown_frame
from napari_asist.plugin.result.result_layers import ResultLayers
from napari_asist.plugin.track.measurements import ResultFacts
from napari_asist.plugin.widgets.connections import Connections


class TrackNavigator(QObject):
    """Keeps the selected track and the current frame in sync everywhere.

    Parameters
    ----------
    viewer : Viewer
    result : ResultLayers
    parent : QObject
    """

    selected = Signal(int)
    """The label of a newly selected track, here or on the canvas."""

    frame_changed = Signal(int)
    """The time slider moved to another frame."""

    def __init__(self, viewer: Viewer, result: ResultLayers, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer, self._result = viewer, result
        self._facts: ResultFacts | None = None
        self.label = 0
        self.frame = 0
        self._of_layer = Connections(self)
        connections = Connections(self)
        connections.add(viewer.dims.events.current_step, self._follow_slider)
        connections.add(result.changed, self._follow_layer)
        self._follow_layer()
        self._follow_slider()

    @property
    def viewer(self) -> Viewer:
        """The viewer in which it navigates."""
        return self._viewer

    @property
    def result(self) -> ResultLayers:
        """The result whose tracks are shown."""
        return self._result

    def set_facts(self, facts: ResultFacts | None) -> None:
        """Set the measurements of another result."""
        self._facts = facts

    def jump(self, label: int, frame: int | None = None) -> None:
        """Show a track: move the time slider, camera and selected label to it.

        Parameters
        ----------
        label : int
        frame : int, optional
            Goes to the track's nearest frame; by default the current frame.
        """
        labels, facts = self._result.labels, self._facts
        if labels is None or facts is None:
            return
        objects = facts.of_track(label)
        if len(objects):
            wanted = self.frame if frame is None else frame
            nearest = objects[np.abs(objects["frame"] - wanted).argmin()]
            place = [nearest[name].item() for name in ("frame", "y", "x")]
            show_place(self._viewer, labels, place)
        labels.selected_label = label
        self._take(label)

    def pick_second(self, label: int) -> None:
        """Pick the second track of a correction, without going to it."""
        self._result.pick_second(label)

    def go_to_frame(self, frame: int) -> None:
        """Move the time slider."""
        labels = self._result.labels
        if labels is None:
            return
        last = len(labels.data) - 1
        world = labels.data_to_world((min(max(frame, 0), last), 0, 0))
        self._viewer.dims.set_point(self._viewer.dims.ndim - 3, world[0])

    def _follow_layer(self) -> None:
        self._of_layer.release()
        labels = self._result.labels
        if labels is not None:
            self._of_layer.add(labels.events.selected_label, self._follow_label)
            self._follow_slider()

    def _follow_label(self, event: object = None) -> None:
        labels = self._result.labels
        if labels is not None:
            self._take(int(labels.selected_label))

    def _take(self, label: int) -> None:
        if label != self.label:
            self.label = label
            self.selected.emit(label)

    def _follow_slider(self, event: object = None) -> None:
        labels = self._result.labels
        if labels is None:
            return
        frame = shown_frame(self._viewer, labels)
        if frame != self.frame:
            self.frame = frame
            self.frame_changed.emit(frame)
