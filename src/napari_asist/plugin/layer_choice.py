"""A choice of one of the viewer's Image layers."""

from napari import Viewer
from napari.layers import Image
from qtpy.QtCore import Signal

from napari_asist.plugin.form_choices import ChoiceField

NONE = "none"


class LayerChoice(ChoiceField):
    """A list of the viewer's Image layers, and none.

    A layer is kept by itself and not by its place, so that it stays chosen when others
    come and go.

    Parameters
    ----------
    viewer : Viewer
    """

    chosen = Signal()
    """Another layer, or none, is chosen."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__([NONE], "Image layer with the video, axes T, Y, X.")
        self._viewer = viewer
        self.layer: Image | None = None
        self._layers: list[Image] = []
        self.activated.connect(self._choose)
        events = viewer.layers.events
        self._events = (events.inserted, events.removed, events.renamed)
        for event in self._events:
            event.connect(self.refresh)
        self.refresh()
        if self._layers:
            self.layer = self._layers[-1]
            self.refresh()

    def refresh(self, event: object = None) -> None:
        """List the layers that the viewer has now."""
        self._layers = [
            layer for layer in self._viewer.layers if isinstance(layer, Image)
        ]
        is_gone = self.layer is not None and self.layer not in self._layers
        if is_gone:
            self.layer = None
        self.blockSignals(True)
        self.clear()
        self.addItems([NONE, *(layer.name for layer in self._layers)])
        place = self._layers.index(self.layer) + 1 if self.layer else 0
        self.setCurrentIndex(place)
        self.blockSignals(False)
        if is_gone:
            self.chosen.emit()

    def close_choice(self) -> None:
        """Let the viewer go."""
        for event in self._events:
            event.disconnect(self.refresh)

    def _choose(self, place: int) -> None:
        layer = self._layers[place - 1] if place else None
        if layer != self.layer:
            self.layer = layer
            self.chosen.emit()
