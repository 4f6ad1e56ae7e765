"""Work on several items at once, in threads of this process.

Most of the time of our work is spent in code that runs without Python's global lock:
decoding, filters, compiled loops and networks.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from importlib import import_module
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_asist.cores import usable_cores
from napari_asist.events import raise_if_stopped

MEMORY, COPIES = 2**30, 8
"""Bytes for frames that are worked on at once, and how many copies of one there may be:
as stored, in single precision, and smoothed."""

LOOK_SECONDS = 0.2
"""Seconds between two looks at the stop flag while a result is awaited."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def computed_ahead(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None
) -> Iterator[Result]:
    """Yield the results for some items in order, and compute the next ones meanwhile.

    Parameters
    ----------
    work : callable
        Takes an item. It sees the same stop flag as the caller, which is checked before
        each item.
    items : iterable
    workers : int, optional
        Number of threads, and of results that wait; that of the cores by default.
        Without threads, on a single core, results are computed on demand.

    Yields
    ------
    object
        The result for the next item; what `work` raises is raised here.

    Raises
    ------
    Stopped
        If the work that is going on was asked to stop.
    """
    workers = usable_cores() if workers is None else workers

    def done(item: Item) -> Result:
        raise_if_stopped()
        return work(item)

    if usable_cores() == 1:
        yield from map(done, items)
        return
    remaining = iter(items)
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Result]] = deque()

        def start(count: int) -> None:
            for item in islice(remaining, count):
                waiting.append(pool.submit(copy_context().run, done, item))

        try:
            start(workers + 1)
            while waiting:
                result = awaited(waiting.popleft())
                start(1)
                yield result
        finally:
            for future in waiting:
                future.cancel()


def in_threads(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return the results for some items, in their order; see `computed_ahead`."""
    return list(computed_ahead(work, items))


def awaited(future: "Future[Result]") -> Result:
    """Wait for a result, as long as the work that is going on is not asked to stop.

    Parameters
    ----------
    future : Future

    Raises
    ------
    Stopped
        If asked to stop; what computes the result goes on.
    """
    while not wait([future], LOOK_SECONDS).done:
        raise_if_stopped()
    return future.result()


def read_ahead(frames: Any) -> Iterator[NDArray[Any]]:
    """Yield the frames of a video, and read the next ones meanwhile.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Numpy or dask.
    """
    work = partial(frame_of, frames)
    return computed_ahead(work, range(len(frames)), readers_of(frames))


def readers_of(frames: Any) -> int:
    """Return how many frames can be read at once within a limited memory.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
    """
    first = frames if hasattr(frames, "dtype") else frames[0]
    pixels = int(np.prod(first.shape[-2:], dtype=np.int64))
    size = COPIES * pixels * np.dtype(first.dtype).itemsize
    at_once = MEMORY // max(size, 1)
    return max(1, min(usable_cores(), int(at_once)))


def frame_of(frames: Any, time: int) -> NDArray[Any]:
    """Read one frame in this thread, shape (Y, X)."""
    frame = frames[time]
    if hasattr(frame, "compute"):  # dask would start threads of its own
        frame = frame.compute(scheduler="synchronous")
    return np.asarray(frame)


def import_ahead(*modules: str) -> None:
    """Import modules in the background, before they are needed.

    PyTorch alone takes one to two seconds.

    Parameters
    ----------
    modules : str
        What cannot be imported is reported when it is needed.
    """

    def load() -> None:
        for module in modules:
            with suppress(Exception):
                import_module(module)

    threading.Thread(target=load, name="import ahead", daemon=True).start()
