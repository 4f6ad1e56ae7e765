"""Choice of one of the viewer's Image layers, shared by all panels."""

from typing import Any

from napari import Viewer
from napari.layers import Image
from qtpy.QtCore import Signal

from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.layers.metadata import IS_PREVIEW, layer_facts
from napari_asist.plugin.session import session_of
from napari_asist.plugin.widgets.connections import Connections

NONE = "none"


class LayerChoice(ChoiceField):
    """A list of the viewer's Image layers, with an entry for none.

    The choice is the session's layer, so all panels share it. If no layer is chosen,
    the next video that is dropped onto the viewer becomes the choice.

    Parameters
    ----------
    viewer : Viewer
    """

    chosen = Signal()
    """Another layer, or none, was chosen, here or in another panel."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__([NONE], "Image layer with the video (axes T, Y, X).")
        # A plugin's viewer proxy returns a new object for a layer each time.
        self._viewer: Viewer = getattr(viewer, "__wrapped__", viewer)
        self._session = session_of(viewer)
        self._layers: list[Image] = []
        self.refresh()
        if self.layer is None:
            self.set_layer(next(filter(_is_shown, reversed(self._layers)), None))
            self.refresh()
        self.activated.connect(self._choose)
        connections = Connections(self)
        connections.add(self._session.video_changed, self._follow)
        events = self._viewer.layers.events
        connections.add(events.inserted, self._take_dropped)
        for event in (events.removed, events.reordered, events.renamed):
            connections.add(event, self.refresh)

    @property
    def layer(self) -> Image | None:
        """The chosen layer."""
        return self._session.layer

    def set_layer(self, layer: Image | None) -> None:
        """Choose a layer in all panels."""
        self._session.set_layer(layer)

    def refresh(self, event: object = None) -> None:
        """List the viewer's current layers."""
        self._layers = list(filter(_is_video, self._viewer.layers))
        self.blockSignals(True)
        self.clear()
        self.addItems([NONE, *(layer.name for layer in self._layers)])
        self.setCurrentIndex(self._place())
        self.blockSignals(False)

    def _place(self) -> int:
        return self._layers.index(self.layer) + 1 if self.layer in self._layers else 0

    def _take_dropped(self, event: Any) -> None:
        self.refresh()
        layer = event.value
        if self.layer is None and _is_video(layer) and _is_shown(layer):
            self.set_layer(layer)

    def _choose(self, place: int) -> None:
        self.set_layer(self._layers[place - 1] if place else None)

    def _follow(self) -> None:
        self.refresh()
        self.chosen.emit()


def _is_video(layer: object) -> bool:
    return isinstance(layer, Image) and not layer_facts(layer).get(IS_PREVIEW)


def _is_shown(layer: Image) -> bool:
    # Hidden layers, such as a run's training frames, were not dropped by the user.
    return bool(layer.visible)
