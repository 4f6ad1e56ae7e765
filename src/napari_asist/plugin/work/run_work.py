"""The stages of a run, done in the background for as long as the viewer is open."""

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
    """Does stages of a run, and tells all that happens to whoever looks.

    It belongs to the viewer's session and not to a panel, so that training goes on
    when a dock is closed. A run that another process works on is told alike.

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
    """The stages are done; the folder of the results."""

    ended = Signal()
    """After each of the three above."""

    elsewhere_changed = Signal()
    """Another process began to work on the run, or ended."""

    asked = Signal()
    """The work was asked to pause, to go on or to stop."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work = LongWork(self)
        self._follower = RunFollower(self)
        self._run: Path | None = None
        self.state = RunState()
        """What is known of the run now."""
        self.stages: tuple[str, ...] = ()
        """The stages that were asked for last."""
        self._work.happened.connect(self._tell)
        self._work.failed.connect(self.failed)
        self._work.stopped.connect(self.stopped)
        self._work.returned.connect(self.done)
        self._work.ended.connect(self._end)
        self._follower.happened.connect(self._tell)
        self._follower.holder_changed.connect(self._change_holder)

    @property
    def is_running(self) -> bool:
        """Whether this process works on a run now."""
        return self._work.is_running

    @property
    def elsewhere(self) -> str:
        """Who else works on the run, such as ``process 12 on host``; else empty."""
        return self._follower.holder

    @property
    def is_asked_to_pause(self) -> bool:
        """Whether the work is paused or will be."""
        return self._work.is_asked_to_pause

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether the work saves and will end."""
        return self._work.is_asked_to_stop

    def follow(self, run: Path | None) -> None:
        """Tell from now on what other processes do in a run folder.

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
        """Begin some stages; nothing is to be running.

        Parameters
        ----------
        video : Image or Path
            A layer that has no file of its own is written into the run folder first.
        channel : int or None
            Of a path that has several.
        recipe : Recipe
        run : Path
            The run folder.
        stages : collection of str
            What is done already is not done again.

        Raises
        ------
        AsistError
            The layer is no video; nothing is begun.
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
        self.asked.emit()

    def pause(self) -> None:
        """Ask the training to save, to free its device and to wait."""
        self._work.pause()
        self.asked.emit()

    def resume(self) -> None:
        """Let paused training go on."""
        self._work.resume()
        self.asked.emit()

    def _tell(self, event: Event) -> None:
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
