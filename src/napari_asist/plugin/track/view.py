"""Base class for drawings of a result's tracks: measurements, layer, theme."""

from napari import Viewer
from napari.layers import Labels
from qtpy.QtWidgets import QWidget

from napari_asist.measurement.scale import Scale, duration_text
from napari_asist.plugin.track.measurements import ResultFacts
from napari_asist.plugin.track.navigator import TrackNavigator
from napari_asist.plugin.widgets.connections import Connections


class TrackView(QWidget):
    """A drawing that is redrawn for a new result or theme.

    Parameters
    ----------
    viewer : Viewer
    navigator : TrackNavigator
    parent : QWidget, optional
    """

    def __init__(
        self, viewer: Viewer, navigator: TrackNavigator, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._viewer, self._navigator = viewer, navigator
        self._facts: ResultFacts | None = None
        self._layer: Labels | None = None
        connections = Connections(self)
        connections.add(viewer.events.theme, self.draw)
        connections.add(navigator.result.recolored, self.draw)

    def set_facts(self, facts: ResultFacts | None, layer: Labels | None) -> None:
        """Draw another result, in the colors of its layer."""
        self._facts, self._layer = facts, layer
        self.draw()

    def draw(self, event: object = None) -> None:
        """Redraw everything."""
        raise NotImplementedError


def frame_title(scale: Scale) -> str:
    """Return the title of a time axis, with the time between frames if known."""
    if scale.frame_interval is None:
        return "frame"
    return f"frame (one every {duration_text(scale.frame_interval)})"
