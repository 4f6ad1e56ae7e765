"""Follow a run that another process works on, through its files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal

from napari_asist.events import Event, SampleImage
from napari_asist.workflow.run_folder.event_log import EventTail, event_of
from napari_asist.workflow.run_folder.lock import holder
from napari_asist.workflow.run_folder.training_progress import (
    SAMPLES,
    TRAININGS,
    training_folder,
)

LOOK_MILLISECONDS = 500
IN_FILES = ("Scalars", "SampleImage")
"""Earlier losses and pictures, which are read from their own files."""


class RunFollower(QObject):
    """Checks a folder twice a second for another process, and reports its events.

    Parameters
    ----------
    parent : QObject
    """

    happened = Signal(object)
    """Each event that another process writes."""

    holder_changed = Signal()
    """Another process started or ended."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.holder = ""
        """The process working in the folder; empty if there is no other."""
        self._run: Path | None = None
        self._tail = EventTail(Path())
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.look)

    def follow(self, run: Path | None) -> None:
        """Follow another folder from now on, or none."""
        self._run = run
        self._set_holder("")
        self._timer.stop()
        if run is not None:
            self._tail = EventTail(run)
            self._tail.skip()
            self._timer.start()
            self.look()

    def rest(self) -> None:
        """Stop checking while this process itself works in the folder."""
        self._timer.stop()
        self._set_holder("")

    def look(self) -> None:
        """Report what has happened since the last check."""
        if self._run is None:
            return
        now = holder(self._run)
        # Read after checking: a process that has ended has already written everything.
        if now and not self.holder:
            self._set_holder(now)
            self._report(_condensed(self._tail.current()))
        else:
            self._report(self._tail.new())
            self._set_holder(now)

    def _report(self, records: Sequence[dict[str, Any]]) -> None:
        for record in records:
            event = event_of(record) or self._sample(record)
            if event is not None:
                self.happened.emit(event)

    def _set_holder(self, now: str) -> None:
        if now != self.holder:
            self.holder = now
            self.holder_changed.emit()

    def _sample(self, record: dict[str, Any]) -> Event | None:
        """Return a sample image with the picture from the training's folder."""
        if record.get("event") != "SampleImage" or record.get("stage") not in TRAININGS:
            return None
        assert self._run is not None
        folder = training_folder(self._run, record["stage"])
        if folder is None:
            return None
        from skimage.io import imread

        name, step = record["name"], record["step"]
        try:
            image = imread(folder / SAMPLES / f"{name}_{step:06d}.png")
        except (OSError, ValueError):
            return None
        return SampleImage(record["stage"], step, name, image)


def _condensed(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return past events except those kept in files and all but the last progress."""
    kept = [one for one in records if one.get("event") not in IN_FILES]
    last = max(
        (n for n, one in enumerate(kept) if one.get("event") == "Progress"), default=-1
    )
    return [
        one for n, one in enumerate(kept) if n == last or one.get("event") != "Progress"
    ]
