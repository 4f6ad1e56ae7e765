"""Work in a separate thread that serves only the latest request."""

import threading
from collections.abc import Iterator
from contextlib import suppress

from qtpy.QtCore import QObject, Signal

REST = 0.05
"""Seconds after a request's first result that are reserved for the window: Python
threads take turns, and the window would draw the result several times as slowly."""


class NewestRequest(QObject):
    """Serves one request at a time and, of those that arrive meanwhile, only the last.

    Work that has begun continues to its first result even if newer work waits;
    otherwise nothing would be shown while a number is changed by holding an arrow.

    Napari's workers do not suit this: each adds itself to the window's list of tasks,
    which napari asks about when it is closed.
    """

    delivered = Signal(int, object)
    """Number of a request and one of its results, in the receiver's thread."""

    failed = Signal(int, object)
    """Number of a request and the exception that ended it."""

    def __init__(self) -> None:
        # Without a parent, so that a thread can still emit after a dock is closed.
        super().__init__()
        self.newest = 0
        self._lock = threading.Lock()
        self._is_requested = threading.Event()
        self._waiting: Iterator[object] | None = None
        self._is_running = False

    def ask(self, work: Iterator[object]) -> int:
        """Start some work soon, and abandon older work.

        Parameters
        ----------
        work : iterator
            Yields results, or None as long as it has none.

        Returns
        -------
        int
            Number of the request.
        """
        with self._lock:
            self.newest += 1
            self._waiting = work
            self._is_requested.set()
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, daemon=True).start()
            return self.newest

    def close(self) -> None:
        """Abandon all work."""
        self.ask(iter(()))

    def _run(self) -> None:
        while True:
            with self._lock:
                work, self._waiting = self._waiting, None
                number = self.newest
                self._is_requested.clear()
                if work is None:
                    self._is_running = False
                    return
            try:
                self._do(number, work)
            except _WindowClosedError:
                return
            except Exception as error:  # the thread must survive
                with suppress(_WindowClosedError):
                    self._tell("failed", number, error)

    def _do(self, number: int, work: Iterator[object]) -> None:
        rest = REST
        for result in work:
            if result is not None:
                self._tell("delivered", number, result)
                if self._is_requested.wait(rest):
                    return
                rest = 0

    def _tell(self, signal: str, number: int, result: object) -> None:
        """Emit a signal, unless napari was closed meanwhile, which deletes this object.

        Its thread cannot be told before: a window that is closed does not undock what
        is in it.
        """
        try:
            getattr(self, signal).emit(number, result)
        except RuntimeError as error:
            raise _WindowClosedError from error


class _WindowClosedError(Exception):
    """There is nothing left that a result could be delivered to."""
