"""Connections to objects that outlive a widget are released together, but no others."""

from typing import Any

import pytest
from napari.components import ViewerModel
from napari.utils.events import Event
from qtpy.QtCore import QObject, Signal

from napari_asist.plugin.widgets.connections import Connections, release


class Work(QObject):  # type: ignore[misc]
    """Outlives the objects that listen to it."""

    done = Signal(int)


class Listener(QObject):  # type: ignore[misc]
    """Records what it hears."""

    def __init__(
        self, work: Work, viewer: ViewerModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.heard: list[object] = []
        connections = Connections(self)
        connections.add(work.done, self.heard.append)
        connections.add(viewer.dims.events.ndisplay, self.take)

    def take(self, event: Event) -> None:
        self.heard.append(event.value)


@pytest.fixture
def work(qapp: Any) -> Work:
    return Work()


def test_signals_of_qt_and_napari_are_heard_until_released(work: Work) -> None:
    viewer = ViewerModel()
    released, other = Listener(work, viewer), Listener(work, viewer)
    work.done.emit(1)
    viewer.dims.ndisplay = 3
    assert released.heard == other.heard == [1, 3]
    release(released)
    work.done.emit(2)
    viewer.dims.ndisplay = 2
    assert released.heard == [1, 3]
    assert other.heard == [1, 3, 2, 2]


def test_a_release_includes_all_objects_inside(work: Work) -> None:
    viewer = ViewerModel()
    outer = QObject()
    middle = Listener(work, viewer, outer)
    inner = Listener(work, viewer, middle)
    release(outer)
    work.done.emit(1)
    assert middle.heard == inner.heard == []


def test_released_connections_can_be_made_again(work: Work) -> None:
    heard: list[int] = []
    outer = QObject()
    connections = Connections(outer)
    for number in range(3):
        connections.release()
        connections.add(work.done, heard.append)
        work.done.emit(number)
    connections.release()
    connections.release()
    work.done.emit(3)
    assert heard == [0, 1, 2]
