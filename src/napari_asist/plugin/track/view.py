"""Base class for drawings of a result's tracks: measurements, layer, theme."""

from napari import Viewer
from napari.layers import Labels
from qtpy.QtWidgets import QWidget

from napari_asist.plugin.track.measurements import ResultFacts
from napari_asist.plugin.track.navigator import TrackNavigator


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
        viewer.events.theme.connect(self.draw)

    def set_facts(self, facts: ResultFacts | None, layer: Labels | None) -> None:
        """Draw another result, in the colors of its layer."""
        self._facts, self._layer = facts, layer
        self.draw()

    def draw(self, event: object = None) -> None:
        """Redraw everything."""
        raise NotImplementedError

    def close_view(self) -> None:
        """Release the viewer."""
        self._viewer.events.theme.disconnect(self.draw)
