"""Segmenting and tracking from the panel: in the session's run, or by any model."""

import json
import shutil
import tempfile
from pathlib import Path

from qtpy.QtCore import QObject, Signal

from napari_asist.errors import AsistError
from napari_asist.events import Progress, Started, StopFlag, Work
from napari_asist.plugin.long_work import LongWork
from napari_asist.plugin.session import Session
from napari_asist.plugin.tracked_result import TrackedResult, reading
from napari_asist.plugin.video_layer import layer_video
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.workflow.apply_model import recipe_of_model, track_with_model
from napari_asist.workflow.earlier_result import set_result_aside
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.run import recorded_videos
from napari_asist.workflow.run_card import CARD
from napari_asist.workflow.run_origin import Origin, origin_of_run

STAGE = "track"


class ModelTracking(QObject):
    """Tracks the session's video, reads the result and hands it over.

    Parameters
    ----------
    session : Session
    parent : QObject
    """

    began = Signal()
    progressed = Signal(str, int, int)
    failed = Signal(str)
    stopped = Signal()
    tracked = Signal(object)
    """`TrackedResult`."""

    ended = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._work = LongWork(self)
        self._work.progressed.connect(self.progressed)
        self._work.failed.connect(self.failed)
        self._work.stopped.connect(self.stopped)
        self._work.returned.connect(self.tracked)
        self._work.ended.connect(self.ended)
        self._links = (
            (session.work.began, self._begin_run),
            (session.work.happened, self._follow_run),
            (session.work.failed, self._fail_run),
            (session.work.stopped, self._stop_run),
            (session.work.done, self._read_run),
        )
        for signal, slot in self._links:
            signal.connect(slot)

    @property
    def is_running(self) -> bool:
        """Whether this, or anything else in the run, is under way."""
        return self._work.is_running or self._session.work.is_running

    def start(self, model: Path, settings: TrackingSettings) -> None:
        """Begin.

        Parameters
        ----------
        model : Path
            The run folder of the session or another one, or a file of weights.
        settings : TrackingSettings

        Raises
        ------
        AsistError
            There is no video or model, or something runs already.
        """
        from napari_asist.plugin.video_source import video_source

        layer_video(self._session.layer)
        if self.is_running:
            raise AsistError(
                "The run is being worked on; wait until it has ended, or stop it."
            )
        recipe = recipe_of_model(model)
        recipe = recipe.changed(tracking=settings.model_dump())
        if model == self._session.run:
            source = video_source(self._session.layer, model)
            if _is_the_runs(source, model):
                set_result_aside(model, recipe)
                self._session.work.start(*source, recipe, model, (STAGE,))
                return
        folder = Path(tempfile.mkdtemp(prefix="napari-asist-"))
        source = video_source(self._session.layer, folder)
        stop = StopFlag()
        work = _applied(*source, model, recipe, folder, stop)
        # It removes its folder, so it is to end by itself.
        self._work.start(work, "ASIST track", stop, saves=True)
        self.began.emit()

    def stop(self) -> None:
        """Ask the work to end."""
        self._work.stop()
        if self._is_mine():
            self._session.work.stop()

    def close(self) -> None:
        """Let the session go; a run goes on."""
        self._work.stop()
        for signal, slot in self._links:
            signal.disconnect(slot)

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
        """Read the result of a run that this or another panel has taken so far."""
        if STAGE not in self._session.work.stages or self._work.is_running:
            return
        run = folder.parent
        result = folder / "01_RES"
        self.began.emit()
        self._work.start(
            reading(result, lambda: origin_of_run(run)), "ASIST result", StopFlag()
        )


def _is_the_runs(source: tuple[Path, int | None], run: Path) -> bool:
    """Whether a video is the only one that a run was made for."""
    paths, channel = recorded_videos(run)
    mine = [path.resolve() for path in paths]
    return mine == [source[0].resolve()] and channel == source[1]


def _applied(
    video: Path,
    channel: int | None,
    model: Path,
    recipe: Recipe,
    folder: Path,
    stop: StopFlag,
) -> Work[TrackedResult]:
    try:
        out = folder / "out"
        result = yield from track_with_model(video, channel, model, recipe, out, stop)
        card = json.loads((out / CARD).read_text(encoding="utf-8"))
        return (yield from reading(result, lambda: Origin(**card["origin"])))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
