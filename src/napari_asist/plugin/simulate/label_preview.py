"""Non-blocking preview of the current settings, as labels over the video."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np
from napari import Viewer
from napari.layers import Image, Labels
from napari.utils.colormaps import CyclicLabelColormap
from numpy.typing import DTypeLike, NDArray
from qtpy.QtCore import QObject, Signal

from napari_asist.errors import AsistError
from napari_asist.labels import LabelArray
from napari_asist.plugin.layers.colors import palette
from napari_asist.plugin.layers.metadata import (
    AXES,
    IS_PREVIEW,
    METADATA_KEY,
    place_of,
)
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.work.latest_request import NewestRequest
from napari_asist.simulation.preview import Preview
from napari_asist.simulation.settings import SimulatorSettings

LONGEST_WAIT = 0.02
"""Seconds after which an earlier frame is shown in place of the current one."""

NAME = "simulated"

COLORS = 150
"""Napari's own colors repeat every 49 labels, and some are hard to see on black."""


class PreviewPlayer(QObject):
    """Simulates the settings requested last in a thread, and shows the result.

    Parameters
    ----------
    viewer : Viewer
    parent : QObject
    """

    shown = Signal(object)
    """A preview whose current frame the layer now shows."""

    completed = Signal(object)
    """The newest preview, with all frames simulated."""

    failed = Signal(str)
    """Why the newest preview cannot be simulated; the previous one stays."""

    removed = Signal()
    """The user removed the layer."""

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._layer = PreviewLayer(viewer)
        self.below: Image | None = None
        """Video over which the preview is shown."""
        self._complete: Preview | None = None
        self._requests = NewestRequest()
        self._requests.delivered.connect(self._show)
        self._requests.failed.connect(self._explain)
        Connections(self).add(viewer.layers.events.removed, self._notice)

    def ask(
        self,
        settings: SimulatorSettings,
        seed: int,
        below: Image | None,
    ) -> None:
        """Show some settings soon; older requests are dropped.

        Parameters
        ----------
        settings : SimulatorSettings
        seed : int
            As in `simulate_video`.
        below : Image or None
            Video over which they are shown.
        """
        self.below = below
        self._requests.ask(played(Preview(settings, seed), self._layer.time(below)))

    @property
    def shown_settings(self) -> SimulatorSettings | None:
        """The settings that the layer shows; None if there is no layer."""
        preview = self._layer.preview
        return preview.settings if preview else None

    @property
    def complete(self) -> Preview | None:
        """The last preview that was fully simulated."""
        return self._complete

    @property
    def time(self) -> int:
        """The frame that the viewer shows."""
        return self._layer.time(self.below)

    def stop(self) -> None:
        """Stop showing previews."""
        self._requests.close()

    def _show(self, number: int, preview: Preview) -> None:
        if self._layer.preview is preview:
            self._layer.show_awaited()
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
    """Simulate a preview, and yield it as soon as it can be shown.

    Parameters
    ----------
    preview : Preview
    time : int
        Frame in view; the last one if the preview is shorter.
    """
    began, time = perf_counter(), min(time, preview.shape[0] - 1)
    for done in preview.simulating():
        is_shown = done > time or perf_counter() - began > LONGEST_WAIT
        yield preview if is_shown else None


class PreviewFrames:
    """A preview as array data for napari, which paints frames on request."""

    dtype = np.dtype(np.uint16)
    ndim = 3

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        self.shape = preview.shape
        self.awaited = -1
        """The frame that was requested before it was simulated."""

    def __getitem__(self, key: Any) -> NDArray[np.generic]:
        key = key if isinstance(key, tuple) else (key,)
        times = np.arange(self.shape[0])[key[0]]
        if np.ndim(times):
            frames = [self.preview.frame(int(time)) for time in times]
            stacked = np.stack([np.empty((0, *self.shape[1:]), self.dtype), *frames])
            return np.asarray(stacked[(slice(None), *key[1:])])
        self.awaited = int(times) if times >= self.preview.done else -1
        frame: LabelArray = self.preview.frame(int(times))
        return np.asarray(frame[key[1:]])

    def __array__(
        self, dtype: DTypeLike = None, copy: bool | None = None
    ) -> NDArray[np.generic]:
        return np.asarray(self[:], dtype)


class PreviewLayer:
    """Maintains one Labels layer that shows the latest preview.

    Parameters
    ----------
    viewer : Viewer
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self.layer: Labels | None = None

    @property
    def is_there(self) -> bool:
        """Whether the layer is in the viewer; the user may have removed it."""
        return self.layer is not None and self.layer in self._viewer.layers

    @property
    def preview(self) -> Preview | None:
        """The preview that the layer shows; None if there is no layer."""
        if self.layer is None or not self.is_there:
            return None
        shown: Preview = self.layer.data.preview
        return shown

    def time(self, below: Image | None) -> int:
        """Return the frame that the viewer shows, 0 if it shows no video."""
        point = self._viewer.dims.point
        if len(point) < 3:
            return 0
        scale, start = (below.scale[-3], below.translate[-3]) if below else (1, 0)
        return max(0, round(float(point[-3] - start) / float(scale)))

    def show(self, preview: Preview, below: Image | None) -> None:
        """Show a preview over a video.

        Parameters
        ----------
        preview : Preview
        below : Image or None
        """
        place = _placement(below)
        if not self.is_there:
            self.layer = self._earlier()
        if self.layer is None:
            self.layer = self._viewer.add_labels(
                PreviewFrames(preview),
                name=NAME,
                opacity=0.5,
                colormap=_colors(),
                metadata={METADATA_KEY: {IS_PREVIEW: True}},
                **place,
            )
            self.layer.editable = False
            return
        frames = self.layer.data
        if frames.shape == preview.shape:
            frames.preview = preview
            self.layer.refresh(extent=False)
        else:
            self.layer.data = PreviewFrames(preview)
        for name in ("scale", "translate"):
            if not np.array_equal(getattr(self.layer, name), place[name]):
                setattr(self.layer, name, place[name])

    def _earlier(self) -> Labels | None:
        """Return the layer of a closed panel, to be reused."""
        for layer in self._viewer.layers:
            if isinstance(layer, Labels) and isinstance(layer.data, PreviewFrames):
                return layer
        return None

    def show_awaited(self) -> None:
        """Show the frame that the viewer is waiting for, once it is simulated."""
        if self.layer is not None and self.is_there:
            frames = self.layer.data
            if 0 <= frames.awaited < frames.preview.done:
                self.layer.refresh(extent=False)


def _placement(below: Image | None) -> dict[str, Any]:
    if below is None:
        return {"axis_labels": AXES, "scale": (1, 1, 1), "translate": (0, 0, 0)}
    return place_of(below)


def _colors() -> CyclicLabelColormap:
    colors = np.ones((COLORS + 1, 4), np.float32)
    colors[1:, :3] = palette(COLORS)
    colors[0] = 0
    return CyclicLabelColormap(colors=colors)
