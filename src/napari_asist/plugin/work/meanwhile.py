"""Wait for short work in a thread, while the window is drawn but takes no input.

Something that takes some tenths of a second, such as a correction, is made in a thread
while a local event loop keeps the window alive. Clicks and keys that arrive meanwhile
wait for the end, so they are neither lost nor reordered, and no one sees a result that
is half updated.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from qtpy.QtCore import QEventLoop, QObject, QThread, Signal
from qtpy.QtWidgets import QApplication

Result = TypeVar("Result")

NO_INPUT = QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents

UNNOTICED = 0.02
"""Seconds that the window may wait without drawing: most work on small videos ends
sooner."""


class _Messenger(QObject):
    ended = Signal()


def in_thread(work: Callable[[], Result]) -> Result:
    """Do work in a thread and return its result, or raise its exception.

    Anywhere but in the thread of a window, the work is simply done.

    Parameters
    ----------
    work : callable
        Must not touch any widget.
    """
    if not _has_window():
        return work()
    outcome: list[Any] = []
    messenger, loop = _Messenger(), QEventLoop()
    messenger.ended.connect(loop.quit)

    def run() -> None:
        try:
            outcome.extend((work(), None))
        except BaseException as error:
            outcome.extend((None, error))
        messenger.ended.emit()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(UNNOTICED)
    if thread.is_alive():
        loop.exec(NO_INPUT)
    # The loop also ends when napari quits.
    thread.join()
    result, error = outcome
    if error is not None:
        raise error
    done: Result = result
    return done


def breathe() -> None:
    """Let the window draw what has changed so far."""
    if _has_window():
        QApplication.processEvents(NO_INPUT)


def _has_window() -> bool:
    application = QApplication.instance()
    return application is not None and QThread.currentThread() == application.thread()
