"""The long tasks of the "Simulate" panel: matching a video and writing label videos."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QPushButton

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, Work
from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.plugin.simulate.starting_points import matching
from napari_asist.plugin.widgets.status_bar import WorkBar
from napari_asist.plugin.work.worker import LongWork
from napari_asist.workflow.annotations import (
    refuse_other_videos,
    writing_annotations,
)
from napari_asist.workflow.estimate.match import VideoMatch
from napari_asist.workflow.recipe import Recipe


class SimulatorWork(QObject):
    """Runs one task at a time, and shows its progress in the bar.

    Parameters
    ----------
    bar : WorkBar
    buttons : sequence of QPushButton
        Start the tasks; disabled while one is running.
    parent : QObject
    """

    matched = Signal(object)
    """The `VideoMatch` with a video."""

    def __init__(
        self, bar: WorkBar, buttons: tuple[QPushButton, ...], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bar, self._buttons = bar, buttons
        self._work = LongWork(self)
        self._then: Callable[[Any], None] = self._take_match
        bar.cancel.clicked.connect(self._work.stop)
        self._work.progressed.connect(bar.advance)
        self._work.failed.connect(bar.say)
        self._work.stopped.connect(lambda: bar.say("Canceled."))
        self._work.returned.connect(lambda result: self._then(result))
        self._work.ended.connect(self._unlock)

    def match(self, layer: Any, settings: Any, recipe: Recipe) -> None:
        """Estimate settings from a video.

        Parameters
        ----------
        layer : Image or None
        settings : SimulatorSettings
            Determines the simulator and the numbers of videos and frames.
        recipe : Recipe
        """
        try:
            work = matching(layer_video(layer), settings, recipe)
        except AsistError as error:
            self._bar.say(str(error))
            return
        self._begin(work, "match my video", StopFlag(), self._take_match)

    def simulate(self, recipe: Recipe, folder: Path) -> None:
        """Write label videos to a folder.

        Parameters
        ----------
        recipe : Recipe
            With simulation settings.
        folder : Path
        """
        try:
            refuse_other_videos(folder, recipe)
        except AsistError as error:
            self._bar.say(str(error))
            return
        stop = StopFlag()
        work = writing_annotations(recipe, folder, stop)
        self._begin(work, "simulate", stop, self._report_folders)

    def stop(self) -> None:
        """Cancel the running task."""
        self._work.stop()

    def _begin(
        self, work: Work[Any], title: str, stop: StopFlag, then: Callable[[Any], None]
    ) -> None:
        self._then = then
        for button in self._buttons:
            button.setEnabled(False)
        self._bar.begin()
        self._work.start(work, title, stop)

    def _take_match(self, match: VideoMatch) -> None:
        self.matched.emit(match)
        self._bar.say("The settings now match the video.")

    def _report_folders(self, folders: list[Path]) -> None:
        self._bar.say(f"Wrote {len(folders)} videos to {folders[0].parent}.")

    def _unlock(self) -> None:
        self._bar.end()
        for button in self._buttons:
            button.setEnabled(True)
