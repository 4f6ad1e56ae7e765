"""Long work in one of napari's threads, with progress and one-sentence errors."""

import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from napari.qt.threading import create_worker
from napari.utils import progress
from qtpy.QtCore import QObject, Signal

from napari_asist.errors import AsistError
from napari_asist.events import Event, Progress, Started, StopFlag, Work, stoppable

SECONDS_A_CHANGE = 0.2


@dataclass(frozen=True)
class _Outcome:
    result: Any = None
    error: str = ""
    unexpected: Exception | None = None
    is_stopped: bool = False


class _Activity:
    """A bar in napari's list of activities.

    Each change of napari's bar processes all waiting events, among them the next ones
    of the work, so a bar that followed each event would nest as many event loops as
    events are waiting, and the window would stop responding.
    """

    def __init__(self, title: str) -> None:
        self._bar = progress(total=0, desc=title)
        self._stage = title
        self._next = 0.0
        self._is_changing = False

    def advance(self, event: Event) -> None:
        """Follow an event, unless the bar has just been changed."""
        now = time.monotonic()
        is_due = isinstance(event, Started) or now > self._next
        if self._is_changing or not is_due or not isinstance(event, Started | Progress):
            return
        self._is_changing, self._next = True, now + SECONDS_A_CHANGE
        if self._bar.total != event.total:
            self._bar.reset(event.total)
        if self._stage != event.stage:
            self._stage = event.stage
            self._bar.set_description(event.stage)
        self._bar.update(event.done - self._bar.n)
        self._is_changing = False

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()


class LongWork(QObject):
    """Does one piece of work at a time.

    Parameters
    ----------
    parent : QObject, optional
    """

    progressed = Signal(str, int, int)
    """Stage, units done, total units."""

    happened = Signal(object)
    """Each event of the work."""

    returned = Signal(object)
    failed = Signal(str)
    stopped = Signal()

    ended = Signal()
    """After each of the three above."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stop = StopFlag()
        self._outcome = _Outcome(is_stopped=True)
        self._activity: _Activity | None = None
        self.is_running = False

    def start(
        self, work: Work[Any], title: str, stop: StopFlag, saves: bool = False
    ) -> None:
        """Start; no other work may be running.

        Parameters
        ----------
        work : generator of Event
        title : str
            For napari's list of activities.
        stop : StopFlag
            Set to cancel the work, which may check it more often.
        saves : bool
            Whether the work ends on its own after a request to stop, because it has
            something to save; other work is abandoned.
        """
        self._stop, self.is_running = stop, True
        # This outcome applies if napari is closed and aborts its workers.
        self._outcome = _Outcome(is_stopped=True)
        # Qt does not keep it alive.
        self._activity = activity = _Activity(title)
        worker = create_worker(_driven, work, stop, saves)
        # First, because the bar lets the next events pass.
        worker.yielded.connect(self._forward)
        worker.yielded.connect(activity.advance)
        worker.finished.connect(activity.close)
        worker.returned.connect(self._keep)
        # This comes last, so that napari no longer counts it as running when the end is
        # reported.
        worker.finished.connect(self._end)
        worker.start()

    def stop(self) -> None:
        """Request the work to end."""
        self._stop.stop()

    def pause(self) -> None:
        """Ask training to save, free its device and wait."""
        self._stop.pause()

    def resume(self) -> None:
        """Resume paused training."""
        self._stop.resume()

    @property
    def is_pause_requested(self) -> bool:
        """Whether `pause` was called and `resume` was not."""
        return self.is_running and self._stop.is_paused

    @property
    def is_stop_requested(self) -> bool:
        """Whether `stop` was called and the work has not ended yet."""
        return self.is_running and self._stop.is_set

    def _forward(self, event: Event) -> None:
        self.happened.emit(event)
        if isinstance(event, Started | Progress):
            self.progressed.emit(event.stage, event.done, event.total)

    def _keep(self, outcome: _Outcome) -> None:
        self._outcome = outcome

    def _end(self) -> None:
        outcome, self.is_running = self._outcome, False
        if outcome.is_stopped:
            self.stopped.emit()
        elif outcome.error:
            self.failed.emit(outcome.error)
        else:
            self.returned.emit(outcome.result)
        self.ended.emit()
        if outcome.unexpected is not None:
            _report(outcome.unexpected)


def _driven(
    work: Work[Any], stop: StopFlag, saves: bool
) -> Generator[Event, None, _Outcome]:
    try:
        result = yield from stoppable(work, stop, saves)
        return _Outcome(result)
    except AsistError as error:
        return _Outcome(error=str(error), is_stopped=stop.is_set)
    except Exception as error:
        # Napari's workers swallow some errors, and crash on others under PySide6.
        message = f"An unexpected error occurred ({type(error).__name__}: {error})."
        return _Outcome(error=message, unexpected=error)


def _report(error: Exception) -> None:
    """Show an error that is not meant for users, with its traceback, in napari."""
    sys.excepthook(type(error), error, error.__traceback__)
