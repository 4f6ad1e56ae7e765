"""Signals: Ctrl-C and SIGTERM save and exit, SIGUSR1 pauses, SIGUSR2 resumes."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from napari_asist.events import StopFlag, Stopped


class Interrupted(Exception):  # noqa: N818 - not an error
    """A signal stopped the work, which has been saved."""

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.status = 128 + number


@contextmanager
def stop_on_signals() -> Iterator[StopFlag]:
    """Set a stop flag on Ctrl-C and SIGTERM; a second Ctrl-C exits at once.

    A second SIGTERM does nothing, because torchrun and SLURM may each send one. On
    systems that have them, SIGUSR1 pauses training and SIGUSR2 resumes it.

    Raises
    ------
    Interrupted
        If a signal stopped the work.
    """
    stop = StopFlag()
    received: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and stop.is_set:
            raise KeyboardInterrupt
        received.append(number)
        stop.stop()

    handlers = {signal.SIGINT: on_signal, signal.SIGTERM: on_signal}
    if sys.platform != "win32":
        handlers[signal.SIGUSR1] = lambda number, frame: stop.pause()
        handlers[signal.SIGUSR2] = lambda number, frame: stop.resume()
    before = {
        number: signal.signal(number, handler) for number, handler in handlers.items()
    }
    try:
        yield stop
    except Stopped as stopped:
        if received:
            raise Interrupted(str(stopped), received[0]) from stopped
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
