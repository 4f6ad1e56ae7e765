"""Shows the newest settings as simulated labels, without ever blocking the window."""

from collections.abc import Iterator
from time import perf_counter

from napari import Viewer
from napari.layers import Image
from qtpy.QtCore import QObject, Signal

from napari_asist.errors import AsistError
from napari_asist.plugin.newest import NewestRequest
from napari_asist.plugin.preview_layer import PreviewLayer
from napari_asist.simulation.preview import Preview
from napari_asist.simulation.settings import HelaSettings, MicrovilliSettings

LONGEST_WAIT = 0.02
"""Seconds after which an earlier frame stands in for the one that is looked at."""


class PreviewPlayer(QObject):
    """Simulates in a thread what was asked for last, and shows it.

    Parameters
    ----------
    viewer : Viewer
    parent : QObject
    """

    shown = Signal(object)
    """A preview whose current frame has come to the layer."""

    completed = Signal(object)
    """The newest preview, of which all frames are simulated."""

    failed = Signal(str)
    """Why the newest preview cannot be simulated; the one before stays."""

    removed = Signal()
    """The user has removed the layer."""

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._layer = PreviewLayer(viewer)
        self.below: Image | None = None
        """Video over which the preview is shown."""
        self._complete: Preview | None = None
        self._viewer = viewer
        self._requests = NewestRequest()
        self._requests.told.connect(self._show)
        self._requests.failed.connect(self._explain)
        viewer.layers.events.removed.connect(self._notice)

    def ask(
        self,
        settings: HelaSettings | MicrovilliSettings,
        seed: int,
        below: Image | None,
    ) -> None:
        """Show some settings soon; older requests are dropped.

        Parameters
        ----------
        settings : HelaSettings or MicrovilliSettings
        seed : int
            As for `simulate_video`.
        below : Image or None
            Video over which they are shown.
        """
        self.below = below
        self._requests.ask(played(Preview(settings, seed), self._layer.time(below)))

    @property
    def shown_settings(self) -> HelaSettings | MicrovilliSettings | None:
        """The settings that the layer shows, None where there is no layer."""
        preview = self._layer.preview
        return preview.settings if preview else None

    @property
    def complete(self) -> Preview | None:
        """The last preview of which all frames are simulated."""
        return self._complete

    @property
    def time(self) -> int:
        """The frame that the viewer shows."""
        return self._layer.time(self.below)

    def stop(self) -> None:
        """Show nothing more."""
        self._requests.close()

    def close(self) -> None:
        """Show nothing more and let the viewer go."""
        self.stop()
        self._viewer.layers.events.removed.disconnect(self._notice)

    def _show(self, number: int, preview: Preview) -> None:
        if self._layer.preview is preview:
            self._layer.go_on()
        elif number == self._requests.newest or self._layer.is_there:
            self._layer.show(preview, self.below)
            self.shown.emit(preview)
        is_complete = preview.done == preview.shape[0] and self._layer.is_there
        if is_complete and self._complete is not preview:
            self._complete = preview
            self.completed.emit(preview)

    def _explain(self, number: int, error: Exception) -> None:
        if not isinstance(error, AsistError):
            raise error
        if number == self._requests.newest:
            self.failed.emit(str(error))

    def _notice(self, event: object) -> None:
        if self._layer.layer is not None and not self._layer.is_there:
            self._layer.layer = None
            self.stop()
            self.removed.emit()


def played(preview: Preview, time: int) -> Iterator[Preview | None]:
    """Simulate a preview, and yield it from the moment that it can be looked at.

    Parameters
    ----------
    preview : Preview
    time : int
        Frame that is looked at; the last one where the preview is shorter.
    """
    began, time = perf_counter(), min(time, preview.shape[0] - 1)
    for done in preview.simulating():
        is_shown = done > time or perf_counter() - began > LONGEST_WAIT
        yield preview if is_shown else None
