"""Ctrl-C and SIGTERM: the work saves, then the program ends."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from napari_asist.events import StopFlag, Stopped


class Interrupted(Exception):  # noqa: N818 - it is no error
    """The work was stopped by a signal and has saved."""

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.status = 128 + number


@contextmanager
def stop_on_signals() -> Iterator[StopFlag]:
    """Raise a stop flag on Ctrl-C and SIGTERM; a second Ctrl-C ends at once.

    Raises
    ------
    Interrupted
        When the work has stopped because of the signal.
    """
    stop = StopFlag()
    received: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        if stop.is_set:
            raise KeyboardInterrupt
        received.append(number)
        stop.stop()

    before = {
        number: signal.signal(number, on_signal)
        for number in (signal.SIGINT, signal.SIGTERM)
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
