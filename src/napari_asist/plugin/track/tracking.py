"""Segmentation and tracking from the panel: in the session's run, or with any model."""

from dataclasses import dataclass
from pathlib import Path

from napari.layers import Image
from qtpy.QtCore import QObject, Signal

from napari_asist.ctc import result_name
from napari_asist.errors import AsistError
from napari_asist.events import FirstLook, Progress, Started, StopFlag, Work
from napari_asist.plugin.layers.metadata import layer_facts
from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.plugin.layers.video_on_disk import Source, run_source_work
from napari_asist.plugin.result.origin import TrackedResult, as_result, reading
from napari_asist.plugin.session import Session
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.work.worker import LongWork
from napari_asist.settings import Settings
from napari_asist.video import Video
from napari_asist.workflow.apply_model import looking_at, track_in_memory
from napari_asist.workflow.export.provenance import origin_of_run
from napari_asist.workflow.model import Model, recipe_of_model
from napari_asist.workflow.recipe import TRACKING_OF, Recipe
from napari_asist.workflow.run_folder.earlier_result import set_result_aside

STAGE = "track"
BUSY = "The run is busy; wait until it has finished, or stop it."


@dataclass(frozen=True, eq=False)
class _Requested:
    layer: Image | None
    model: Path
    recipe: Recipe
    time: int


class ModelTracking(QObject):
    """Tracks the session's video, reads the result and emits it.

    Parameters
    ----------
    session : Session
    parent : QObject
    """

    began = Signal()
    progressed = Signal(str, int, int)
    failed = Signal(str)
    stopped = Signal()
    glimpsed = Signal(object, object)
    """A `FirstLook` at the shown frame, and the layer with its video."""

    tracked = Signal(object, object)
    """The `TrackedResult` and the layer with its video, None if unknown."""

    ended = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._work = LongWork(self)
        self._comparing = LongWork(self)
        self._comparing_stop = StopFlag()
        self._requested: _Requested | None = None
        self._layer: Image | None = None
        """The video of the pending result."""
        for work in (self._work, self._comparing):
            work.progressed.connect(self.progressed)
            work.failed.connect(self.failed)
            work.stopped.connect(self.stopped)
            work.ended.connect(self.ended)
        self._work.returned.connect(self._hand_over)
        self._work.happened.connect(self._glimpse)
        self._comparing.returned.connect(self._continue)
        connections = Connections(self)
        connections.add(session.work.began, self._begin_run)
        connections.add(session.work.happened, self._follow_run)
        connections.add(session.work.failed, self._fail_run)
        connections.add(session.work.stopped, self._stop_run)
        connections.add(session.work.done, self._read_run)

    @property
    def is_running(self) -> bool:
        """Whether this or anything else in the run is in progress."""
        mine = self._work.is_running or self._comparing.is_running
        return mine or self._session.work.is_running

    def start(self, model: Path, settings: Settings, time: int = 0) -> None:
        """Start tracking.

        Parameters
        ----------
        model : Path
            The session's run folder, another one, or a weights file.
        settings : TrackingSettings or DepthTrackingSettings
            For the model's engine.
        time : int
            The frame that the user looks at; its objects are shown first.

        Raises
        ------
        AsistError
            There is no video or model, or something is already running.
        """
        layer = self._session.layer
        layer_video(layer)
        if self.is_running:
            raise AsistError(BUSY)
        recipe = recipe_of_model(model)
        changes = {
            TRACKING_OF[recipe.engine]: settings.model_dump(),
            "scale": self._session.recipe.scale.model_dump(),
        }
        recipe = recipe.changed(**changes)
        if model != self._session.run:
            self._apply(_Requested(layer, model, recipe, time))
            return
        stop = self._comparing_stop = StopFlag()
        self._requested = _Requested(layer, model, recipe, time)
        work = run_source_work(layer, model)
        self._comparing.start(work, "ASIST compare videos", stop)
        self.began.emit()

    def stop(self) -> None:
        """Ask the work to end."""
        self.abandon()
        if self._is_mine():
            self._session.work.stop()

    def abandon(self) -> None:
        """Ask the work to end, except for a run, which continues."""
        self._comparing.stop()
        self._work.stop()

    def _continue(self, source: Source | None) -> None:
        """Track in the run if the video is its own, otherwise with the model alone."""
        requested = self._requested
        assert requested is not None
        if self._comparing_stop.is_set:
            self.stopped.emit()
        elif source is None:
            self._apply(requested)
        elif self._session.work.is_running:
            self.failed.emit(BUSY)
        else:
            self._track_in_run(requested, source)

    def _track_in_run(self, requested: _Requested, source: Source) -> None:
        try:
            set_result_aside(requested.model, requested.recipe)
            video, channel = source
            self._session.work.start(
                video, channel, requested.recipe, requested.model, (STAGE,)
            )
        except AsistError as error:
            self.failed.emit(str(error))

    def _apply(self, requested: _Requested) -> None:
        stop = StopFlag()
        assert requested.layer is not None
        channel = layer_facts(requested.layer).get("channel")
        work = _applied(layer_video(requested.layer), channel, requested, stop)
        self._layer = requested.layer
        self._work.start(work, "ASIST track", stop)
        self.began.emit()

    def _glimpse(self, event: object) -> None:
        if isinstance(event, FirstLook):
            self.glimpsed.emit(event, self._layer)

    def _hand_over(self, result: TrackedResult) -> None:
        self.tracked.emit(result, self._layer)

    def _is_mine(self) -> bool:
        return self._session.work.stages == (STAGE,)

    def _begin_run(self) -> None:
        if self._is_mine():
            self.began.emit()

    def _follow_run(self, event: object) -> None:
        if self._is_mine() and isinstance(event, Started | Progress):
            self.progressed.emit(event.stage, event.done, event.total)

    def _fail_run(self, sentence: str) -> None:
        if self._is_mine():
            self.failed.emit(sentence)
            self.ended.emit()

    def _stop_run(self) -> None:
        if self._is_mine():
            self.stopped.emit()
            self.ended.emit()

    def _read_run(self, folder: Path) -> None:
        """Read the result after this or another panel has run the tracking stage."""
        if STAGE not in self._session.work.stages or self._work.is_running:
            return
        run = folder.parent
        result = folder / result_name()
        requested = self._requested if self._is_mine() else None
        self._layer = requested.layer if requested else self._session.layer
        self.began.emit()
        self._work.start(
            reading(result, lambda: origin_of_run(run)), "ASIST result", StopFlag()
        )


def _applied(
    video: Video, channel: int | None, requested: _Requested, stop: StopFlag
) -> Work[TrackedResult]:
    model = Model.load(requested.model, requested.recipe)
    yield from looking_at(requested.time, video, model, stop)
    return as_result(*(yield from track_in_memory(video, channel, model, stop)))
