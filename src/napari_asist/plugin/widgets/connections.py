"""Connections to objects that outlive a widget: made once, and released together."""

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject


class Connections(QObject):
    """Pairs of a signal and a slot, connected until they are released.

    Viewer, layers, session and work outlive the widgets connected to them, and would
    keep calling the slots of a closed widget.

    Parameters
    ----------
    parent : QObject
        The object whose slots are connected; see `release`.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pairs: list[tuple[Any, Callable[..., object]]] = []

    def add(self, signal: Any, slot: Callable[..., object]) -> None:
        """Connect a signal to a slot.

        Parameters
        ----------
        signal : Signal or EventEmitter
            A Qt or napari signal.
        slot : callable
        """
        signal.connect(slot)
        self._pairs.append((signal, slot))

    def release(self) -> None:
        """Disconnect all pairs."""
        for signal, slot in self._pairs:
            signal.disconnect(slot)
        self._pairs.clear()


def release(owner: QObject) -> None:
    """Release the connections of an object and of all objects inside it.

    Parameters
    ----------
    owner : QObject
    """
    for connections in owner.findChildren(Connections):
        connections.release()
