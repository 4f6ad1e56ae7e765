"""What the drawings of a result's tracks share: the facts, their layer, the theme."""

from napari import Viewer
from napari.layers import Labels
from qtpy.QtWidgets import QWidget

from napari_asist.plugin.track.measurements import ResultFacts
from napari_asist.plugin.track.navigator import TrackNavigator


class TrackView(QWidget):
    """Drawn anew for another result and for another theme.

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
        """Draw all anew."""
        raise NotImplementedError

    def close_view(self) -> None:
        """Let the viewer go."""
        self._viewer.events.theme.disconnect(self.draw)
