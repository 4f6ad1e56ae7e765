"""Events that long work reports while it runs.

Long work is a generator that yields events and returns its result, so that the
same code feeds a progress bar, a napari worker and the event file of a run::

    result = yield from long_work(...)      # inside other long work
    result = result_of(long_work(...))      # when nobody is watching
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Entered:
    """A run enters one of the stages that it was asked for.

    Parameters
    ----------
    stage : str
    number, total : int
        The stage is the ``number``-th of ``total``, counted from 1.
    expected, later : float or None
        Seconds that this stage will still take, and all later ones, if earlier runs
        show it.
    """

    stage: str
    number: int
    total: int
    expected: float | None = None
    later: float | None = None


@dataclass(frozen=True)
class Started:
    """A stage starts; ``total`` is its number of steps in ``unit``."""

    stage: str
    total: int
    unit: str = "frames"
    done: int = 0


@dataclass(frozen=True)
class Progress:
    """A stage has done ``done`` of its ``total`` units."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class Scalars:
    """Numbers to plot against a training step."""

    stage: str
    step: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class SampleImage:
    """A picture of a network's current output: uint8, (Y, X) or (Y, X, 3)."""

    stage: str
    step: int
    name: str
    image: NDArray[np.uint8] = field(repr=False)


@dataclass(frozen=True)
class FirstLook:
    """Objects of one frame, found before the whole video is tracked.

    ``labels`` are of shape (Y, X); ``time`` counts from 0.
    """

    stage: str
    time: int
    labels: NDArray[Any] = field(repr=False)


@dataclass(frozen=True)
class CheckpointWritten:
    """Training can resume from this file."""

    stage: str
    step: int
    path: str


@dataclass(frozen=True)
class Paused:
    """Training has saved its state, freed its device and waits to be resumed."""

    stage: str
    step: int


@dataclass(frozen=True)
class Resumed:
    """Training resumes after a pause."""

    stage: str
    step: int


@dataclass(frozen=True)
class Note:
    """One sentence for the user."""

    stage: str
    message: str


@dataclass(frozen=True)
class Finished:
    """A stage is done."""

    stage: str
    seconds: float


Event: TypeAlias = (
    Entered
    | Started
    | Progress
    | Scalars
    | SampleImage
    | FirstLook
    | CheckpointWritten
    | Paused
    | Resumed
    | Note
    | Finished
)
Work: TypeAlias = Generator[Event, None, Result]


class Stopped(AsistError):  # noqa: N818 - not an error
    """The work was asked to stop; it has saved what it needs to resume."""


class StopFlag:
    """A flag that any thread may set and that long work checks between steps.

    Training can also be paused: it saves its state, frees its device and waits. Other
    work continues, because it is short or has nothing to free.
    """

    def __init__(self) -> None:
        self._stop, self._pause = threading.Event(), threading.Event()

    def stop(self) -> None:
        """Request the work to save and stop, even while it is paused."""
        self._stop.set()

    def pause(self) -> None:
        """Request training to save its state, free its device and wait."""
        self._pause.set()

    def resume(self) -> None:
        """Resume paused training."""
        self._pause.clear()

    @property
    def is_set(self) -> bool:
        """Whether the work was asked to stop."""
        return self._stop.is_set()

    @property
    def is_paused(self) -> bool:
        """Whether training was asked to pause."""
        return self._pause.is_set()

    def raise_if_set(self) -> None:
        """Raise `Stopped` if the work was asked to stop.

        For work that has nothing to save.
        """
        if self.is_set:
            raise Stopped("Stopped; run the same command to continue.")


def result_of(
    work: Work[Result], watch: Callable[[Event], None] | None = None
) -> Result:
    """Run long work to its end and return its result.

    Parameters
    ----------
    work : generator of Event
    watch : callable, optional
        Called with each event.
    """
    while True:
        try:
            event = next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
        if watch is not None:
            watch(event)


def as_record(event: Event) -> dict[str, Any]:
    """Return an event as plain data for a line of JSON, without its picture."""
    record = asdict(event)
    record.pop("image", None)
    return {"event": type(event).__name__, **record}


def stoppable(work: Work[Result], stop: StopFlag, saves: bool = False) -> Work[Result]:
    """Let work stop when the flag is set.

    Parameters
    ----------
    work : generator of Event
    stop : StopFlag
    saves : bool
        Whether the work has something to save. Work that has not also stops between
        two of its events; both stop where they call `raise_if_stopped`.

    Raises
    ------
    Stopped
        If asked to stop.
    """
    while True:
        if not saves:
            stop.raise_if_set()
        token = _stop_of_this_work.set(stop)
        try:
            event = next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
        finally:
            _stop_of_this_work.reset(token)
        yield event


_stop_of_this_work: ContextVar[StopFlag | None] = ContextVar("stop", default=None)


def raise_if_stopped() -> None:
    """Raise `Stopped` if the `stoppable` work that is going on was asked to stop.

    For functions deep in that work which take long, and which yield no events.
    """
    stop = _stop_of_this_work.get()
    if stop is not None:
        stop.raise_if_set()


def each_unless_stopped(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items, and call `raise_if_stopped` before each of them."""
    for item in items:
        raise_if_stopped()
        yield item
