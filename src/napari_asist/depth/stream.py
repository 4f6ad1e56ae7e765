"""Fresh scenes for training, drawn by processes beside it while it goes on."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Generic, TypeVar, cast

Item = TypeVar("Item")

PARENT_CHECK = 1.0
"""Seconds between two looks of a worker at whether its parent still lives."""

_draw: Callable[[int], object] | None = None


class SceneStream(Generic[Item]):
    """Scenes by their number, drawn ahead of the step that needs them.

    Which scenes a step takes its examples from is decided by the step's number alone,
    so a training that was stopped and goes on sees the same ones.

    Parameters
    ----------
    draw : callable
        Returns a scene, given its number; it and its result can be pickled.
    steps_each : int
        Steps after which a new scene replaces the oldest.
    kept : int
        Scenes from which a step takes its examples.
    steps : int
        Steps in all; no scene is drawn for later ones.
    workers : int
        Processes that draw; with 0 scenes are drawn when they are needed.
    """

    def __init__(
        self,
        draw: Callable[[int], Item],
        steps_each: int,
        kept: int,
        steps: int,
        workers: int,
    ) -> None:
        self._draw = draw
        self._steps_each, self._kept, self._steps = steps_each, kept, steps
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._scenes: dict[int, Item | Future[Item]] = {}
        self.waited = 0.0
        """Seconds for which steps have waited for scenes."""

    def span(self, step: int) -> range:
        """Return the numbers of the scenes that a step takes its examples from.

        Training begins with a few, so that it need not wait for all.
        """
        newest = self._first + step // self._steps_each
        return range(max(0, newest - self._kept), newest)

    @property
    def _first(self) -> int:
        return max(1, self._kept // 4)

    def at(self, step: int) -> Sequence[Item]:
        """Return the scenes of a step, and begin with those of the next steps."""
        wanted = self.span(step)
        for number in [number for number in self._scenes if number < wanted.start]:
            del self._scenes[number]
        ahead = 2 * self._workers
        last = self.span(self._steps - 1).stop
        for number in range(wanted.start, min(wanted.stop + ahead, last)):
            if number not in self._scenes:
                self._begin(number, number in wanted)
        return [self._scene(number) for number in wanted]

    def _begin(self, number: int, is_wanted: bool) -> None:
        if self._workers:
            drawn = self._started().submit(_drawn, number)
            self._scenes[number] = cast("Future[Item]", drawn)
        elif is_wanted:
            self._scenes[number] = self._draw(number)

    def _scene(self, number: int) -> Item:
        found = self._scenes[number]
        if isinstance(found, Future):
            started = time.monotonic()
            found = found.result()
            self.waited += time.monotonic() - started
            self._scenes[number] = found
        return found

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # A fork would copy locks that threads of napari or torch hold.
            self._pool = ProcessPoolExecutor(
                self._workers,
                get_context("spawn"),
                _prepare,
                (self._draw, os.getpid()),
            )
        return self._pool

    def rest(self) -> None:
        """End the processes, but keep what is drawn; `at` starts them anew."""
        if self._pool is not None:
            # A scene that is being drawn is nearly done.
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        self._scenes = {
            number: found
            for number, found in self._scenes.items()
            if not isinstance(found, Future) or _is_there(found)
        }

    def close(self) -> None:
        """End the processes; scenes that were not drawn yet are dropped."""
        self.rest()
        self._scenes = {}


def _is_there(drawn: "Future[Item]") -> bool:
    return drawn.done() and not drawn.cancelled() and drawn.exception() is None


def _prepare(draw: Callable[[int], object], parent: int) -> None:
    """Set a worker up: one thread, deaf to Ctrl-C, and gone when its parent is."""
    import signal

    from threadpoolctl import threadpool_limits

    global _draw
    _draw = draw
    # Ctrl-C reaches all processes of a terminal; the parent tells these what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threadpool_limits(1)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK)
    os._exit(1)


def _drawn(number: int) -> object:
    assert _draw is not None
    return _draw(number)
