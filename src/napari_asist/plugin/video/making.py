"""Layers whose videos are opened in a thread, so that the window stays responsive."""

from collections.abc import Callable, Iterator, Sequence

from napari.layers import Layer
from qtpy.QtCore import QObject, Signal

from napari_asist.errors import AsistError
from napari_asist.plugin.layers.metadata import LayerData
from napari_asist.plugin.work.latest_request import NewestRequest


class LayerMaking(QObject):
    """Makes the layers that were requested last.

    Parameters
    ----------
    parent : QObject
    """

    changed = Signal()
    """`is_busy` has changed."""

    failed = Signal(str)
    """Why the layers cannot be made, in one sentence."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.is_busy = False
        self._show: Callable[[list[Layer]], None] | None = None
        self._requests = NewestRequest()
        self._requests.delivered.connect(self._deliver)
        self._requests.failed.connect(self._explain)

    def make(
        self,
        work: Callable[[], Sequence[LayerData]],
        show: Callable[[list[Layer]], None],
    ) -> None:
        """Make layers soon, and abandon an older request.

        Parameters
        ----------
        work : callable
            Opens videos; called in a thread.
        show : callable
            Shows the layers; called in the window's thread.
        """
        self._show = show
        self._requests.ask(_made(work))
        self._set_busy(True)

    def stop(self) -> None:
        """Abandon the request."""
        self._requests.close()
        self._set_busy(False)

    def _deliver(self, number: int, made: Sequence[LayerData]) -> None:
        if number == self._requests.newest and self._show is not None:
            self._set_busy(False)
            self._show([Layer.create(*data) for data in made])

    def _explain(self, number: int, error: Exception) -> None:
        if number != self._requests.newest:
            return
        self._set_busy(False)
        if not isinstance(error, AsistError):
            raise error
        self.failed.emit(str(error))

    def _set_busy(self, is_busy: bool) -> None:
        if is_busy != self.is_busy:
            self.is_busy = is_busy
            self.changed.emit()


def _made(
    work: Callable[[], Sequence[LayerData]],
) -> Iterator[Sequence[LayerData]]:
    yield work()
