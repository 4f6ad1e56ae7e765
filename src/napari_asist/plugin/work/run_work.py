"""The stages of a run, done in the background as long as the viewer is open."""

from collections.abc import Collection
from pathlib import Path

from napari.layers import Image
from qtpy.QtCore import QObject, Signal

from napari_asist.events import Event, StopFlag, Work
from napari_asist.plugin.layers.video_on_disk import Source, video_source_work
from napari_asist.plugin.work.run_follower import RunFollower
from napari_asist.plugin.work.run_progress import RunState
from napari_asist.plugin.work.worker import LongWork
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.run import run_stages


class RunWork(QObject):
    """Runs stages of a run, and reports every event to all listeners.

    It belongs to the viewer's session and not to a panel, so that training continues
    when a dock is closed. Events of a run in another process are reported as well.

    Parameters
    ----------
    parent : QObject
    """

    happened = Signal(object)
    """Each event of the run, here or in another process."""

    began = Signal()
    failed = Signal(str)
    stopped = Signal()
    done = Signal(object)
    """The stages are done; carries the folder of the results."""

    ended = Signal()
    """After each of the three above."""

    elsewhere_changed = Signal()
    """Another process started or stopped working on the run."""

    requested = Signal()
    """The work was requested to pause, resume or stop."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work = LongWork(self)
        self._follower = RunFollower(self)
        self._run: Path | None = None
        self.state = RunState()
        """The current state of the run."""
        self.stages: tuple[str, ...] = ()
        """The stages requested last."""
        self._work.happened.connect(self._report)
        self._work.failed.connect(self.failed)
        self._work.stopped.connect(self.stopped)
        self._work.returned.connect(self.done)
        self._work.ended.connect(self._end)
        self._follower.happened.connect(self._report)
        self._follower.holder_changed.connect(self._change_holder)

    @property
    def is_running(self) -> bool:
        """Whether this process is working on a run."""
        return self._work.is_running

    @property
    def elsewhere(self) -> str:
        """Another process on the run, such as ``process 12 on host``, or empty."""
        return self._follower.holder

    @property
    def is_pause_requested(self) -> bool:
        """Whether the work is paused or about to pause."""
        return self._work.is_pause_requested

    @property
    def is_stop_requested(self) -> bool:
        """Whether the work is saving and about to end."""
        return self._work.is_stop_requested

    def follow(self, run: Path | None) -> None:
        """From now on, report what other processes do in a run folder.

        Parameters
        ----------
        run : Path or None
        """
        self._run = run
        if not self.is_running:
            self.state.clear()
            self._follower.follow(run)

    def start(
        self,
        video: Image | Path,
        channel: int | None,
        recipe: Recipe,
        run: Path,
        stages: Collection[str],
    ) -> None:
        """Start some stages; nothing may be running.

        Parameters
        ----------
        video : Image or Path
            A layer without its own file is first written to the run folder.
        channel : int or None
            Channel of a path that has several.
        recipe : Recipe
        run : Path
            The run folder.
        stages : collection of str
            Finished stages are not repeated.

        Raises
        ------
        AsistError
            The layer is not a video; nothing is started.
        """
        stop = StopFlag()
        if isinstance(video, Path):
            work = run_stages(video, recipe, run, stop, channel, stages)
        else:
            source = video_source_work(video, run, stop)
            work = _placed_stages(source, recipe, run, stop, stages)
        self.stages = tuple(stages)
        self._run = run
        self._follower.rest()
        self.state.clear()
        self._work.start(work, f"ASIST {run.name}", stop, saves=True)
        self.began.emit()

    def stop(self) -> None:
        """Ask the run to save and stop."""
        self._work.stop()
        self.requested.emit()

    def pause(self) -> None:
        """Ask the training to save, free its device and wait."""
        self._work.pause()
        self.requested.emit()

    def resume(self) -> None:
        """Resume paused training."""
        self._work.resume()
        self.requested.emit()

    def _report(self, event: Event) -> None:
        self.state.take(event)
        self.happened.emit(event)

    def _end(self) -> None:
        self.state.is_paused = self.state.is_training = False
        self._follower.follow(self._run)
        self.ended.emit()

    def _change_holder(self) -> None:
        if self._follower.holder:
            self.state.clear()
        else:
            self.state.is_paused = self.state.is_training = False
        self.elsewhere_changed.emit()


def _placed_stages(
    source: Work[Source],
    recipe: Recipe,
    run: Path,
    stop: StopFlag,
    stages: Collection[str],
) -> Work[Path]:
    video, channel = yield from source
    return (yield from run_stages(video, recipe, run, stop, channel, stages))
