"""Draws the synthetic frame of what is simulated, without ever blocking the window."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from napari import Viewer
from napari.layers import Image
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_asist.errors import AsistError
from napari_asist.plugin.newest import NewestRequest
from napari_asist.plugin.synthetic_layer import SyntheticLayer
from napari_asist.simulation.preview import Preview
from napari_asist.workflow.synthetic_preview import load_preview, preview_file

if TYPE_CHECKING:
    from napari_asist.labels import LabelVideo
    from napari_asist.workflow.synthetic_preview import SyntheticPreview


class SyntheticPlayer(QObject):
    """Draws in a thread what was asked for last, and shows it.

    Parameters
    ----------
    viewer : Viewer
    parent : QObject
    """

    shown = Signal(int)
    """The frame that has come to the layer."""

    failed = Signal(str)
    """Why the newest frame cannot be drawn."""

    removed = Signal()
    """The user has removed the layer."""

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._layer = SyntheticLayer(viewer)
        self._below: Image | None = None
        self._kept = _Kept()
        self._requests = NewestRequest()
        self._requests.told.connect(self._show)
        self._requests.failed.connect(self._explain)
        self._is_on = False
        viewer.layers.events.removed.connect(self._notice)

    def ask(self, run: Path, preview: Preview, time: int, below: Image | None) -> None:
        """Show a frame soon; older requests are dropped.

        Parameters
        ----------
        run : Path
            Run folder that has a generator.
        preview : Preview
            All of it is simulated.
        time : int
        below : Image or None
            Video beside which it is shown.
        """
        self._below, self._is_on = below, True
        self._requests.ask(drawn(self._kept, run, preview, time))

    def stop(self) -> None:
        """Take the layer away, and show nothing more."""
        self._is_on = False
        self._requests.close()
        self._layer.remove()

    def close(self) -> None:
        """Show nothing more and let the viewer go."""
        self._is_on = False
        self._requests.close()
        self._viewer.layers.events.removed.disconnect(self._notice)
        self._layer.remove()

    def _show(self, number: int, result: tuple[int, NDArray[np.float32]]) -> None:
        # An older frame is better than none while a number is dragged.
        if self._is_on:
            time, frame = result
            self._layer.show(frame, self._below)
            self.shown.emit(time)

    def _explain(self, number: int, error: Exception) -> None:
        if number == self._requests.newest:
            known = isinstance(error, AsistError)
            reason = str(error) if known else f"{type(error).__name__}: {error}"
            self.failed.emit(f"There is no synthetic frame. {reason}")

    def _notice(self, event: object) -> None:
        if self._layer.layer is not None and not self._layer.is_there:
            self._layer.layer = None
            self._is_on = False
            self._requests.close()
            self.removed.emit()


@dataclass
class _Kept:
    """What was loaded and painted last; used by one request at a time."""

    files: tuple[Path, int] | None = None
    engine: "SyntheticPreview | None" = None
    preview: Preview | None = None
    annotation: "LabelVideo | None" = field(default=None, repr=False)


def drawn(
    kept: _Kept, run: Path, preview: Preview, time: int
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Draw one frame, with the newest weights that the run has.

    Parameters
    ----------
    kept : _Kept
    run : Path
    preview : Preview
    time : int
        The last frame stands in for those that are not simulated.

    Yields
    ------
    int, ndarray of float32, shape (Y, X)
        The frame's number, and the frame in counts.
    """
    path = preview_file(run)
    files = (path, path.stat().st_mtime_ns) if path else None
    if kept.engine is None or files != kept.files:
        kept.engine, kept.files = load_preview(run), files
        kept.annotation = None  # another run may have another scale
    if kept.annotation is None or kept.preview is not preview:
        kept.annotation, kept.preview = preview.video(), preview
        kept.annotation = kept.engine.at_scale(kept.annotation)
    time = min(time, len(kept.annotation) - 1)
    yield time, kept.engine.frame(kept.annotation, preview.settings, time)
