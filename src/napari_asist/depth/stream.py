"""Draw new training scenes in parallel processes during training."""

import os
import pickle
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import SpawnProcess
from types import ModuleType
from typing import Generic, TypeVar, cast

from napari_asist.processes import RecordingContext, kill_processes
from napari_asist.threads import awaited

Item = TypeVar("Item")

PARENT_CHECK = 1.0
"""Seconds between a worker's checks that its parent is still running."""

UNPICKLABLE = (pickle.PicklingError, AttributeError, TypeError)
"""Errors that pickle raises if a function cannot be sent to another process."""

_draw: Callable[[int], object] | None = None


def span(step: int, steps_each: int, kept: int) -> range:
    """Return the numbers of the scenes from which a step takes its examples.

    Parameters
    ----------
    step, steps_each, kept : int
        As for `SceneStream`; the first step has a quarter of the scenes.
    """
    newest = max(1, kept // 4) + step // steps_each
    return range(max(0, newest - kept), newest)


class SceneStream(Generic[Item]):
    """Scenes by number, drawn ahead of the step that needs them.

    A step's scenes depend only on its number, so a resumed training uses the same ones.
    If worker processes cannot draw, this process does; `trouble` states why.

    Parameters
    ----------
    draw : callable
        Returns a scene, given its number; it and its result must be picklable.
    steps_each : int
        Steps after which a new scene replaces the oldest.
    kept : int
        Scenes from which a step takes its examples.
    steps : int
        Total number of steps; no scene is drawn for later ones.
    workers : int
        Number of processes that draw; with 0, scenes are drawn when they are needed.
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
        self._context = RecordingContext()
        self._scenes: dict[int, Item | Future[Item]] = {}
        self.waited = 0.0
        """Seconds that steps have waited for scenes."""
        self.trouble: str | None = None
        """One sentence on why no other process draws, although some should."""

    def span(self, step: int) -> range:
        """Return the numbers of the scenes from which a step takes its examples.

        Training begins with a few scenes, so that it does not wait for all.
        """
        return span(step, self._steps_each, self._kept)

    def at(self, step: int) -> Sequence[Item]:
        """Return the scenes of a step, and start drawing those of the next steps."""
        wanted = self.span(step)
        for number in [number for number in self._scenes if number < wanted.start]:
            del self._scenes[number]
        ahead = 2 * self._workers
        last = self.span(self._steps - 1).stop
        for number in range(wanted.start, min(wanted.stop + ahead, last)):
            if number not in self._scenes:
                self._begin(number)
        return [self._scene(number) for number in wanted]

    def drawn(self, number: int) -> Item:
        """Return one available scene, or draw it here; it is not kept."""
        found = self._scenes.get(number)
        if found is None or isinstance(found, Future):
            return self._draw(number)
        return found

    def _begin(self, number: int) -> None:
        if self._workers:
            try:
                drawn = self._started().submit(_drawn, number)
            except (BrokenProcessPool, OSError, *UNPICKLABLE) as error:
                self._draw_here(error)
            else:
                self._scenes[number] = cast("Future[Item]", drawn)

    def _scene(self, number: int) -> Item:
        found = self._scenes.get(number)
        started = time.monotonic()
        if isinstance(found, Future):
            try:
                found = awaited(found)
            except BrokenProcessPool as error:
                self._draw_here(error)
                found = None
        if found is None:
            found = self._draw(number)
        self.waited += time.monotonic() - started
        self._scenes[number] = found
        return found

    def _draw_here(self, error: Exception) -> None:
        """Continue without processes; keep the scenes they have drawn."""
        self._workers = 0
        self.trouble = (
            "The processes that draw scenes during training ended "
            f"({type(error).__name__}), so scenes are drawn between training steps, "
            "which takes longer. A script that defines the drawing function must start "
            'training below if __name__ == "__main__".'
        )
        self.rest()

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            drawing = pickle.dumps(self._draw)
            kind = SpawnProcess if b"__main__" in drawing else _BareProcess
            # A fork would copy locks held by threads of napari or torch.
            self._context = RecordingContext(kind)
            self._pool = ProcessPoolExecutor(
                self._workers, self._context, _prepare, (drawing, os.getpid())
            )
        return self._pool

    def rest(self) -> None:
        """End the processes, but keep the drawn scenes; `at` starts them again."""
        if self._pool is not None:
            # A scene being drawn is nearly finished.
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        self._scenes = {
            number: found
            for number, found in self._scenes.items()
            if not isinstance(found, Future) or _is_there(found)
        }

    def close(self) -> None:
        """End the processes at once; discard all scenes."""
        if self._pool is not None:
            kill_processes(self._pool, self._context)
            self._pool = None
        self._scenes = {}


def _is_there(found: Future[Item]) -> bool:
    """Whether a scene was drawn before the processes ended."""
    return found.done() and not found.cancelled() and found.exception() is None


class _BareProcess(SpawnProcess):
    """A process that does not run the user's script again.

    Spawned processes import the main script in case it defines the functions. Scripts
    without ``if __name__ == "__main__"`` would then train again, and in napari each
    process would load Qt.
    """

    def start(self) -> None:
        script = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            super().start()
        finally:
            sys.modules["__main__"] = script


def _prepare(drawing: bytes, parent: int) -> None:
    """Set up a worker: one thread, ignoring Ctrl-C, and ending with its parent."""
    import signal

    from threadpoolctl import threadpool_limits

    global _draw
    # From the parent process, through a pipe that nobody else can open.
    _draw = pickle.loads(drawing)  # nosec B301
    # Ctrl-C reaches all processes of a terminal; the parent stops its workers.
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
