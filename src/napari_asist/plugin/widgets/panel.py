"""Base class of all panels, which disconnect from viewer and session when undocked."""

from napari import Viewer
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QWidget

from napari_asist.plugin.session import session_of
from napari_asist.plugin.widgets.connections import release


class Panel(QWidget):
    """A widget that follows a viewer and its session as long as it is docked.

    Parameters
    ----------
    viewer : napari.Viewer
    parent : QWidget, optional
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewer = viewer
        self.session = session_of(viewer)
        self._is_open = True

    def on_undock(self) -> None:
        """Stop whatever the panel has started; called once."""

    def event(self, event: QEvent) -> bool:
        """Disconnect when the dock is closed, which removes the panel from it."""
        # Compare with None: an empty stack of panels is false.
        is_undocked = event.type() == QEvent.Type.ParentChange and self.parent() is None
        if is_undocked and self._is_open:
            self._is_open = False
            release(self)
            self.on_undock()
        return bool(super().event(event))
