"""Segmentation and tracking of the session's video, whose panels all share it."""

import weakref
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from napari import Viewer
from napari.layers import Image, Labels
from qtpy.QtCore import QObject, Signal

from napari_asist.ctc import result_name
from napari_asist.errors import AsistError
from napari_asist.events import FirstLook, Note, Progress, Started, StopFlag, Work
from napari_asist.plugin.layers.canvas import shown_frame
from napari_asist.plugin.layers.metadata import layer_facts, place_of
from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.plugin.layers.video_on_disk import Source, run_source_work
from napari_asist.plugin.result.origin import (
    TrackedResult,
    as_result,
    origin_metadata,
    reading,
)
from napari_asist.plugin.session import session_of
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.work.worker import LongWork
from napari_asist.resampling import ScaleSettings
from napari_asist.settings import Settings
from napari_asist.video import Video
from napari_asist.workflow.apply_model import track_in_memory
from napari_asist.workflow.checkpoint_model import (
    CHECKPOINTS,
    save_checkpoint_model,
)
from napari_asist.workflow.export.provenance import origin_of_run
from napari_asist.workflow.first_look import looking_at
from napari_asist.workflow.model import ABOUT_MODEL, Model, recipe_of_model
from napari_asist.workflow.pretrained import model_for
from napari_asist.workflow.quick_look import QuickLook, quick_look
from napari_asist.workflow.recipe import TRACKING_OF, Recipe
from napari_asist.workflow.run_folder.earlier_result import set_result_aside

STAGE = "track"
BUSY = "The run is busy; wait until it has finished, or stop it."


@dataclass(frozen=True, eq=False)
class _Requested:
    layer: Image | None
    model: Path | None
    recipe: Recipe
    time: int
    look: QuickLook | None = None


_trackings: "weakref.WeakKeyDictionary[Viewer, ModelTracking]" = (
    weakref.WeakKeyDictionary()
)


def tracking_of(viewer: Viewer) -> "ModelTracking":
    """Return what tracks the video of a viewer, the same for each of its panels.

    Parameters
    ----------
    viewer : Viewer
        Or its proxy, which napari gives to plugins.
    """
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _trackings:
        _trackings[viewer] = ModelTracking(viewer)
    return _trackings[viewer]


class ModelTracking(QObject):
    """Tracks the session's video in its run, or with any model, and shows the result.

    Parameters
    ----------
    viewer : Viewer
        Held weakly, so that a closed window is not kept alive.
    """

    began = Signal()
    progressed = Signal(str, int, int)
    failed = Signal(str)
    stopped = Signal()
    glimpsed = Signal()
    """The objects of the shown frame are shown."""

    tracked = Signal(str)
    """The result is shown; carries one sentence about it."""

    ended = Signal()

    def __init__(self, viewer: Viewer) -> None:
        super().__init__()
        self._viewer = weakref.ref(viewer)
        self._session = session = session_of(viewer)
        self._first_look: Labels | None = None
        self._notes: list[str] = []
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
            work.ended.connect(self._end)
        self._work.returned.connect(self._show)
        self._work.happened.connect(self._glimpse)
        self._work.happened.connect(self._note)
        self._comparing.returned.connect(self._continue)
        connections = Connections(self)
        connections.add(session.work.began, self._begin_run)
        connections.add(session.work.happened, self._follow_run)
        connections.add(session.work.happened, self._note)
        connections.add(session.work.failed, self._fail_run)
        connections.add(session.work.stopped, self._stop_run)
        connections.add(session.work.done, self._read_run)

    @property
    def is_running(self) -> bool:
        """Whether this or anything else in the run is in progress."""
        return self.is_tracking or self._session.work.is_running

    @property
    def is_tracking(self) -> bool:
        """Whether a video is being tracked outside of a run, or a result is read."""
        return self._work.is_running or self._comparing.is_running

    def start(
        self,
        model: Path | None,
        settings: Settings | None = None,
        look: QuickLook | None = None,
    ) -> None:
        """Start tracking; the objects of the shown frame come first.

        Parameters
        ----------
        model : Path or None
            The session's run folder, another one, or a weights file. None for the
            ready-made model that suits the objects, with the session's settings.
        settings : TrackingSettings or DepthTrackingSettings, optional
            For the model's engine; the model's own by default.
        look : QuickLook, optional
            What the video shows, if known; the first objects are then shown earlier.

        Raises
        ------
        AsistError
            There is no video or model, or something is already running.
        """
        layer = self._session.layer
        layer_video(layer)
        if self.is_running:
            raise AsistError(BUSY)
        recipe = self._session.recipe
        if model is not None:
            scale = recipe.scale.model_dump()
            recipe = recipe_of_model(model).changed(scale=scale)
        if settings is not None:
            changes = {TRACKING_OF[recipe.engine]: settings.model_dump()}
            recipe = recipe.changed(**changes)
        requested = _Requested(layer, model, recipe, self._shown_frame(), look)
        if model is None or model != self._session.run:
            self._apply(requested)
            return
        stop = self._comparing_stop = StopFlag()
        self._requested = requested
        work = run_source_work(layer, model)
        self._comparing.start(work, "ASIST compare videos", stop)
        self.began.emit()

    def start_checkpoint(self, run: Path) -> None:
        """Start tracking with the newest checkpoint of a run's network.

        The run may still be training; it is not disturbed.

        Parameters
        ----------
        run : Path
            The run folder.

        Raises
        ------
        AsistError
            There is no video, or one is being tracked.
        """
        layer = self._session.layer
        video = layer_video(layer)
        if self.is_tracking:
            raise AsistError(BUSY)
        assert layer is not None
        stop, channel = StopFlag(), layer_facts(layer).get("channel")
        scale, time = self._session.recipe.scale, self._shown_frame()
        work = _applied_checkpoint(video, channel, run, scale, time, stop)
        self._layer = layer
        self._notes.clear()
        self._work.start(work, "ASIST track", stop)
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
        assert requested.model is not None
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
        self._notes.clear()
        self._work.start(work, "ASIST track", stop)
        self.began.emit()

    def _shown_frame(self) -> int:
        viewer, layer = self._viewer(), self._session.layer
        return shown_frame(viewer, layer) if viewer and layer is not None else 0

    def _glimpse(self, event: object) -> None:
        """Show the objects of the current frame until the video is tracked."""
        viewer, layer = self._viewer(), self._layer
        if not isinstance(event, FirstLook) or viewer is None or layer is None:
            return
        if layer not in viewer.layers:
            return
        active = viewer.layers.selection.active
        place = place_of(layer)
        place["translate"] = place["translate"] + place["scale"] * (event.time, 0, 0)
        self._first_look = viewer.add_labels(
            event.labels[np.newaxis], name=f"{layer.name} first look", **place
        )
        viewer.layers.selection.active = active
        self.glimpsed.emit()

    def _note(self, event: object) -> None:
        """Keep what is said about how well the model suits the video."""
        if isinstance(event, Note) and event.stage == ABOUT_MODEL:
            self._notes.append(event.message)

    def _show(self, tracked: TrackedResult) -> None:
        viewer, layer = self._viewer(), self._layer
        if viewer is None:
            return
        name = f"{layer.name} result" if layer is not None else "result"
        result = self._session.result
        metadata = origin_metadata(tracked)
        result.show(tracked.video, name, layer, tracked.look, metadata)
        if result.labels is not None:
            viewer.layers.selection.active = result.labels
        count = len(tracked.video.tracks)
        found = f"{count} {'track' if count == 1 else 'tracks'} found."
        self.tracked.emit(" ".join([found, *self._notes]))

    def _end(self) -> None:
        viewer = self._viewer()
        if viewer is not None and self._first_look in viewer.layers:
            viewer.layers.remove(self._first_look)
        self._first_look = None
        self.ended.emit()

    def _is_mine(self) -> bool:
        return self._session.work.stages == (STAGE,)

    def _begin_run(self) -> None:
        self._notes.clear()
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
    model: Model | Recipe = requested.recipe
    if requested.model is not None:
        model = Model.load(requested.model, requested.recipe)
    yield from _glimpses(video, model, requested, stop)
    return as_result(*(yield from track_in_memory(video, channel, model, stop)))


def _glimpses(
    video: Video, model: Model | Recipe, requested: _Requested, stop: StopFlag
) -> Work[None]:
    """Look at the shown frame, if a quick look can tell what it shows."""
    look, radius = requested.look, None
    if not isinstance(model, Model):
        try:
            look = look or quick_look(video, model)
            model = Model.pretrained(model_for(look.match.kind), model)
        except AsistError:
            return
    if look is not None:
        radius = look.match.radius
    yield from looking_at(requested.time, video, model, stop, radius)


def _applied_checkpoint(
    video: Video,
    channel: int | None,
    run: Path,
    scale: ScaleSettings,
    time: int,
    stop: StopFlag,
) -> Work[TrackedResult]:
    model, step = save_checkpoint_model(run, run / CHECKPOINTS)
    yield Note(ABOUT_MODEL, f"The network was at step {step:,} of its training.")
    recipe = recipe_of_model(model).changed(scale=scale.model_dump())
    requested = _Requested(None, model, recipe, time)
    return (yield from _applied(video, channel, requested, stop))
