"""The stages of a run, done in the background for as long as the viewer is open."""

from collections.abc import Collection
from pathlib import Path

from qtpy.QtCore import QObject, Signal

from napari_asist.events import StopFlag
from napari_asist.plugin.long_work import LongWork
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.run import run_stages


class RunWork(QObject):
    """Does stages of a run, and tells all that happens to whoever looks.

    It belongs to the viewer's session and not to a panel, so that training goes on
    when a dock is closed.

    Parameters
    ----------
    parent : QObject
    """

    happened = Signal(object)
    """Each event of the run."""

    began = Signal()
    failed = Signal(str)
    stopped = Signal()
    done = Signal(object)
    """The stages are done; the folder of the results."""

    ended = Signal()
    """After each of the three above."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work = LongWork(self)
        self._work.happened.connect(self.happened)
        self._work.failed.connect(self.failed)
        self._work.stopped.connect(self.stopped)
        self._work.returned.connect(self.done)
        self._work.ended.connect(self.ended)
        self.stages: tuple[str, ...] = ()
        """The stages that were asked for last."""

    @property
    def is_running(self) -> bool:
        """Whether this process works on a run now."""
        return self._work.is_running

    def start(
        self,
        video: Path,
        channel: int | None,
        recipe: Recipe,
        run: Path,
        stages: Collection[str],
    ) -> None:
        """Begin some stages; nothing is to be running.

        Parameters
        ----------
        video : Path
        channel : int or None
        recipe : Recipe
        run : Path
            The run folder.
        stages : collection of str
            What is done already is not done again.
        """
        self.stages = tuple(stages)
        stop = StopFlag()
        work = run_stages(video, recipe, run, stop, channel, stages)
        self._work.start(work, f"ASIST {run.name}", stop, saves=True)
        self.began.emit()

    def stop(self) -> None:
        """Ask the run to save and stop."""
        self._work.stop()

    def pause(self) -> None:
        """Ask the training to save, to free its device and to wait."""
        self._work.pause()

    def resume(self) -> None:
        """Let paused training go on."""
        self._work.resume()
