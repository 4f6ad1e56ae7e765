"""Non-blocking preview of the synthetic frame for the current simulation."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from napari import Viewer
from napari.layers import Image
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QCheckBox

from napari_asist.errors import AsistError
from napari_asist.events import CheckpointWritten
from napari_asist.plugin.layers.metadata import IS_PREVIEW, METADATA_KEY, place_of
from napari_asist.plugin.session import Session
from napari_asist.plugin.simulate.label_preview import PreviewPlayer
from napari_asist.plugin.simulate.quick_looks import quick_looks_of
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.work.latest_request import NewestRequest
from napari_asist.simulation.preview import Preview
from napari_asist.workflow.synthetic_preview import load_preview, preview_file

if TYPE_CHECKING:
    from napari_asist.labels import LabelVideo
    from napari_asist.workflow.quick_look import QuickLook
    from napari_asist.workflow.synthetic_preview import SyntheticPreview

NAME = "synthetic"

GAP = 0.04
"""Space between the frames, as a fraction of their width."""

READY = (
    "Show the simulated frame as the run's generator draws it, next to the real one."
)

QUICK = (
    "Show the simulated frame with the noise, blur and brightness of your video, next "
    "to the real one. A run fits them more closely."
)

NO_RUN = (
    "Needs a video whose objects stand out, or a generator: start a run or choose its "
    "folder."
)

NO_GENERATOR = (
    "Needs a video whose objects stand out, or a generator, and the run has none yet. "
    "Train one and wait for its first checkpoint."
)


class SyntheticPlayer(QObject):
    """Draws the frame requested last in a thread, and shows it.

    Parameters
    ----------
    viewer : Viewer
    parent : QObject
    """

    shown = Signal(int)
    """The frame that the layer now shows."""

    failed = Signal(str)
    """Why the newest frame cannot be drawn."""

    removed = Signal()
    """The user removed the layer."""

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._layer = SyntheticLayer(viewer)
        self._below: Image | None = None
        self._kept = _Cache()
        self._requests = NewestRequest()
        self._requests.delivered.connect(self._show)
        self._requests.failed.connect(self._explain)
        self._is_on = False
        Connections(self).add(viewer.layers.events.removed, self._notice)

    def ask(
        self,
        source: "Path | QuickLook",
        preview: Preview,
        time: int,
        below: Image | None,
    ) -> None:
        """Show a frame soon; older requests are dropped.

        Parameters
        ----------
        source : Path or QuickLook
            What draws the frame: a run folder that has a generator, or a quick look.
        preview : Preview
            Fully simulated.
        time : int
        below : Image or None
            Video next to which it is shown.
        """
        self._below, self._is_on = below, True
        self._requests.ask(drawn(self._kept, source, preview, time))

    def stop(self) -> None:
        """Remove the layer, and stop showing frames."""
        self._is_on = False
        self._requests.close()
        self._layer.remove()

    def _show(self, number: int, result: tuple[int, NDArray[np.float32]]) -> None:
        # While a slider is being dragged, an older frame is better than none.
        if self._is_on:
            time, frame = result
            self._layer.show(frame, self._below)
            self.shown.emit(time)

    def _explain(self, number: int, error: Exception) -> None:
        if number == self._requests.newest:
            known = isinstance(error, AsistError)
            reason = str(error) if known else f"{type(error).__name__}: {error}"
            self.failed.emit(f"The synthetic frame cannot be drawn. {reason}")

    def _notice(self, event: object) -> None:
        if self._layer.layer is not None and not self._layer.is_there:
            self._layer.layer = None
            self._is_on = False
            self._requests.close()
            self.removed.emit()


@dataclass
class _Cache:
    """What was last loaded and painted; used by one request at a time."""

    files: tuple[Path, int] | None = None
    engine: "SyntheticPreview | None" = None
    look: "QuickLook | None" = None
    preview: Preview | None = None
    annotation: "LabelVideo | None" = field(default=None, repr=False)


def drawn(
    kept: _Cache, source: "Path | QuickLook", preview: Preview, time: int
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Draw one frame with the run's newest weights, or as a quick look shows it.

    Parameters
    ----------
    kept : _Cache
    source : Path or QuickLook
    preview : Preview
    time : int
        The last simulated frame stands in for later ones.

    Yields
    ------
    int, ndarray of float32, shape (Y, X)
        The frame's number, and the frame in counts.
    """
    if not isinstance(source, Path):
        yield _drawn_quickly(kept, source, preview, time)
        return
    path = preview_file(source)
    files = (path, path.stat().st_mtime_ns) if path else None
    if kept.engine is None or files != kept.files:
        kept.engine, kept.files = load_preview(source), files
        kept.annotation = None  # another run may have another scale
    if kept.annotation is None or kept.preview is not preview or kept.look:
        kept.annotation, kept.preview = preview.video(), preview
        kept.annotation = kept.engine.at_scale(kept.annotation)
        kept.look = None
    time = min(time, len(kept.annotation) - 1)
    yield time, kept.engine.frame(kept.annotation, preview.settings, time)


def _drawn_quickly(
    kept: _Cache, look: "QuickLook", preview: Preview, time: int
) -> tuple[int, NDArray[np.float32]]:
    if kept.annotation is None or kept.preview is not preview or kept.look is None:
        kept.annotation, kept.preview = preview.video(), preview
    kept.look = look
    time = min(time, len(kept.annotation) - 1)
    return time, look.frame(kept.annotation, time, preview.seed)


class SyntheticLayer:
    """Maintains one Image layer with the latest synthetic frame.

    Parameters
    ----------
    viewer : Viewer
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self.layer: Image | None = None

    @property
    def is_there(self) -> bool:
        """Whether the layer is in the viewer; the user may have removed it."""
        return self.layer is not None and self.layer in self._viewer.layers

    def show(self, frame: NDArray[np.float32], below: Image | None) -> None:
        """Show a frame to the right of the video, with the video's brightness.

        Parameters
        ----------
        frame : ndarray of float32, shape (Y, X)
            In the video's counts.
        below : Image or None
            The video.
        """
        scale, corner = (1.0, 1.0), (0.0, 0.0)
        if below is not None:
            scale, corner = tuple(below.scale[-2:]), tuple(below.translate[-2:])
        right = corner[1] + (1 + GAP) * frame.shape[1] * scale[1]
        if self.layer is None or not self.is_there:
            active = self._viewer.layers.selection.active
            place = {} if below is None else place_of(below, frame.ndim)
            self.layer = self._viewer.add_image(
                frame, name=NAME, metadata={METADATA_KEY: {IS_PREVIEW: True}}, **place
            )
            self._viewer.layers.selection.active = active
            self._look_like(below)
            self.layer.scale, self.layer.translate = scale, (corner[0], right)
            self._viewer.reset_view()
            return
        self.layer.data = frame
        for name, value in (("scale", scale), ("translate", (corner[0], right))):
            if not np.array_equal(getattr(self.layer, name), value):
                setattr(self.layer, name, value)

    def remove(self) -> None:
        """Remove the layer from the viewer."""
        layer, self.layer = self.layer, None
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def _look_like(self, below: Image | None) -> None:
        assert self.layer is not None
        if below is None:
            return
        for name in ("units", "axis_labels"):
            setattr(self.layer, name, getattr(below, name)[-2:])
        for name in ("colormap", "gamma", "contrast_limits"):
            setattr(self.layer, name, getattr(below, name))


class SyntheticCheckBox(QCheckBox):
    """While checked, a synthetic frame follows the settings and the time slider.

    Parameters
    ----------
    viewer : Viewer
    session : Session
        Its run may have a generator; without one, a quick look at its video draws.
    previews : PreviewPlayer
        Provides the simulated frames.
    """

    failed = Signal(str)

    def __init__(
        self, viewer: Viewer, session: Session, previews: PreviewPlayer
    ) -> None:
        super().__init__("synthetic frame")
        self._session, self._previews = session, previews
        self._looks = quick_looks_of(session)
        self.player = SyntheticPlayer(viewer, self)
        self.player.failed.connect(self.failed)
        self.player.removed.connect(lambda: self.setChecked(False))
        self.toggled.connect(self._switch)
        previews.completed.connect(self._draw)
        connections = Connections(self)
        connections.add(viewer.dims.events.current_step, self._draw)
        connections.add(session.run_changed, self._draw)
        connections.add(session.video_changed, self._draw)
        connections.add(self._looks.found, self._draw)
        connections.add(session.work.happened, self._notice)
        connections.add(session.work.ended, self._draw)
        self._draw()

    def _draw(self, event: object = None) -> None:
        """Check what can draw frames, and draw if wanted."""
        run, look, preview = (
            self._session.run,
            self._looks.look,
            self._previews.complete,
        )
        has_generator = preview_file(run) is not None
        source = run if has_generator else look
        self.setEnabled(source is not None)
        missing = NO_GENERATOR if run else NO_RUN
        self.setToolTip(READY if has_generator else QUICK if look else missing)
        if source is None:
            self.setChecked(False)
        elif preview and self.isChecked():
            self.player.ask(source, preview, self._previews.time, self._previews.below)

    def _switch(self, is_on: bool) -> None:
        if is_on:
            self._draw()
        else:
            self.player.stop()

    def _notice(self, event: object) -> None:
        if isinstance(event, CheckpointWritten):
            self._draw()
