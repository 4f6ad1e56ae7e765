"""What a network that is still in training can do: track, and show its outlines."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from napari import Viewer
from napari.layers import Image, Labels
from qtpy.QtWidgets import QCheckBox, QPushButton, QVBoxLayout, QWidget

from napari_asist.errors import AsistError
from napari_asist.events import (
    CheckpointWritten,
    Event,
    FirstLook,
    Started,
    StopFlag,
    Stopped,
)
from napari_asist.plugin.layers.metadata import place_of
from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.plugin.session import session_of
from napari_asist.plugin.track.tracking import tracking_of
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.widgets.status_bar import WorkBar
from napari_asist.plugin.work.latest_request import NewestRequest
from napari_asist.workflow.checkpoint_model import (
    NONE_YET,
    has_checkpoint,
    save_checkpoint_model,
)
from napari_asist.workflow.first_look import looking_at
from napari_asist.workflow.model import Model
from napari_asist.workflow.scale import kept_radius

if TYPE_CHECKING:
    from napari_asist.video import Video

SUFFIX = " while training"


class CheckpointUse(QWidget):
    """A button that tracks with the newest checkpoint, and outlines while training.

    Parameters
    ----------
    viewer : napari.Viewer
    trainings : sequence of str
        Names under which the network's training reports its events.
    """

    def __init__(self, viewer: Viewer, trainings: tuple[str, ...]) -> None:
        super().__init__()
        self._viewer, self._trainings = viewer, trainings
        self._session, self._tracking = session_of(viewer), tracking_of(viewer)
        self._is_mine = False
        self.track = QPushButton("Track with this checkpoint")
        self.track.setToolTip(
            "Outline and track the video with what the network has learned so far. The "
            "training goes on."
        )
        self.look = QCheckBox("show outlines while training")
        self.look.setToolTip(
            "Outline the objects of the shown frame again at each checkpoint."
        )
        self.bar = WorkBar()
        self._layer: Labels | None = None
        self._below: Image | None = None
        self._stop = StopFlag()
        self._requests = NewestRequest()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.track, self.look, self.bar):
            layout.addWidget(widget)
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        self.track.clicked.connect(self._track)
        self.look.toggled.connect(self._switch)
        self.bar.cancel.clicked.connect(self._tracking.abandon)
        self._requests.delivered.connect(self._show)
        self._requests.failed.connect(self._explain)
        connections = Connections(self)
        for signal, slot in (
            (self._session.work.happened, self._follow),
            (self._session.work.ended, self.refresh),
            (self._session.run_changed, self._follow_run),
            (self._tracking.progressed, self._advance),
            (self._tracking.failed, self._say),
            (self._tracking.tracked, self._say),
            (self._tracking.stopped, self._report_canceled),
            (self._tracking.ended, self._end),
            (self._viewer.dims.events.current_step, self._outline),
        ):
            connections.add(signal, slot)

    def refresh(self) -> None:
        """Offer what is possible; hide if the run's network is not in training."""
        work = self._session.work
        there = has_checkpoint(self._session.run)
        is_free = there and not self._tracking.is_tracking
        self.track.setEnabled(is_free and self._session.layer is not None)
        is_training = work.is_running and work.state.stage in self._trainings
        is_of_use = there or is_training or self._is_mine
        if not is_of_use:
            self._remove()
        self.setVisible(is_of_use)

    def close_view(self) -> None:
        """Stop outlining and tracking; the training goes on."""
        self._stop.stop()
        self._requests.close()
        if self._is_mine:
            self._tracking.abandon()

    def _track(self) -> None:
        assert self._session.run is not None
        try:
            self._tracking.start_checkpoint(self._session.run)
        except AsistError as error:
            self.bar.say(str(error))
            return
        self._is_mine = True
        self.bar.begin()
        self.refresh()

    def _advance(self, stage: str, done: int, total: int) -> None:
        if self._is_mine:
            self.bar.advance(stage, done, total)

    def _say(self, sentence: str) -> None:
        if self._is_mine:
            self.bar.say(sentence)

    def _report_canceled(self) -> None:
        self._say("Canceled.")

    def _end(self) -> None:
        if not self._tracking.is_tracking:
            self._is_mine = False
            self.bar.end()
        self.refresh()

    def _follow(self, event: Event) -> None:
        if event.stage not in self._trainings:
            return
        if isinstance(event, Started | CheckpointWritten):
            self.refresh()
        if isinstance(event, CheckpointWritten):
            self._outline()

    def _follow_run(self) -> None:
        self.bar.say("")
        self._remove()
        self.refresh()

    def _switch(self) -> None:
        self._stop.stop()
        self._stop = StopFlag()
        self._requests.close()
        self.bar.say("")
        if not self.look.isChecked():
            self._remove()
        elif not has_checkpoint(self._session.run):
            self.bar.say(NONE_YET)
        self._outline()

    def _outline(self, event: Any = None) -> None:
        """Outline the objects of the shown frame in a thread, if that is wanted."""
        run, layer = self._session.run, self._session.layer
        if not self.look.isChecked() or layer is None or not has_checkpoint(run):
            return
        assert run is not None
        try:
            video = layer_video(layer)
        except AsistError:
            return  # the panel says so when the training starts
        self._below = layer
        time = int(self._viewer.dims.current_step[0])
        self._requests.ask(outlined(run, video, time, self._stop))

    def _show(self, number: int, look: FirstLook) -> None:
        below = self._below
        if not self.look.isChecked() or below not in self._viewer.layers:
            return
        assert below is not None
        place = below.translate + below.scale * (look.time, 0, 0)
        if self._layer in self._viewer.layers:
            assert self._layer is not None
            self._layer.data = look.labels[np.newaxis]
            self._layer.translate = place
            return
        active = self._viewer.layers.selection.active
        self._layer = self._viewer.add_labels(
            look.labels[np.newaxis],
            name=below.name + SUFFIX,
            **(place_of(below) | {"translate": place}),
        )
        self._layer.contour = 1
        self._viewer.layers.selection.active = active

    def _explain(self, number: int, error: Exception) -> None:
        if number == self._requests.newest and not isinstance(error, Stopped):
            self.bar.say(str(error))

    def _remove(self) -> None:
        if self._layer in self._viewer.layers:
            self._viewer.layers.remove(self._layer)
        self._layer = None


def outlined(
    run: Path, video: "Video", time: int, stop: StopFlag
) -> Iterator[FirstLook | None]:
    """Outline the objects of a frame with the newest checkpoint of a run's network.

    Parameters
    ----------
    run : Path
    video : Video
    time : int
        The frame, from 0.
    stop : StopFlag

    Yields
    ------
    FirstLook or None
        None as long as there is none. Nothing if no object is found, and for networks
        that are too slow.
    """
    with tempfile.TemporaryDirectory() as folder:
        path, _ = save_checkpoint_model(run, Path(folder))
        radius = kept_radius(run)
        yield None
        model = Model.load(path)
        for event in looking_at(time, video, model, stop, radius):
            if isinstance(event, FirstLook):
                yield event
