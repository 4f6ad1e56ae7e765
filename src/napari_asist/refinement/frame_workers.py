"""Work on the frames of a video by all cores or by a cluster, in the frames' order."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from napari_asist.errors import AsistError
from napari_asist.refinement.processes import connect, start_processes

if TYPE_CHECKING:
    from distributed import Client

Result = TypeVar("Result")

ONE_GRAPH = {"distributed.admin.large-graph-warning-threshold": "1 TiB"}
"""Frames travel with their task; dask would advise against that, for there it is many
tasks that share data."""


@dataclass(frozen=True)
class Known(Generic[Result]):
    """A job whose result needs no work."""

    result: Result


class FrameWorkers:
    """What works on frames: this process, its own processes, or a cluster.

    To be used as a context: at its end all processes are gone.

    Parameters
    ----------
    workers : int
        Processes on this machine, started when first needed. 1 works in this process.
    scheduler : str
        Address of a dask.distributed scheduler, whose workers are used instead.
    """

    def __init__(self, workers: int = 1, scheduler: str = "") -> None:
        if workers < 1:
            raise AsistError(f"workers = {workers}: give at least 1.")
        self._workers, self._scheduler = workers, scheduler
        self._client: Client | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop all processes of this machine and leave the cluster."""
        self._client = None
        self._open.close()

    def results(
        self,
        function: Callable[..., Result],
        jobs: Iterable[tuple[Any, ...] | Known[Result]],
    ) -> Generator[Result, None, None]:
        """Yield what a function returns for each job, in the order of the jobs.

        Jobs are taken while results are: at most twice as many as there are workers
        are in flight. What is in flight when the generator is closed is cancelled.

        Parameters
        ----------
        function : callable
            Of a module, so that other processes find it.
        jobs : iterable of tuple or Known
            Arguments of the function, or the result itself.

        Raises
        ------
        AsistError
            A worker was killed, or the cluster does not answer.
        """
        if self._workers == 1 and not self._scheduler:
            for job in jobs:
                yield job.result if isinstance(job, Known) else function(*job)
            return
        waiting: deque[Any] = deque()
        try:
            for job in jobs:
                if isinstance(job, Known):
                    waiting.append(job)
                else:
                    waiting.append(self._submitted(function, job))
                while len(waiting) >= self._most_in_flight():
                    yield self._result(waiting.popleft())
            while waiting:
                yield self._result(waiting.popleft())
        except (CancelledError, OSError) as error:
            raise AsistError(
                f"The dask scheduler {self._scheduler} went away; run again to go on "
                "from the frames that are done."
            ) from error
        finally:
            for future in waiting:
                # A client that was left has cancelled all of them.
                if self._client is not None and not isinstance(future, Known):
                    future.cancel()

    def _submitted(self, function: Callable[..., Result], job: tuple[Any, ...]) -> Any:
        import dask

        if self._client is None:
            self._client = self._open.enter_context(
                connect(self._scheduler)
                if self._scheduler
                else start_processes(self._workers)
            )
        with dask.config.set(ONE_GRAPH):
            return self._client.submit(_alone, function, *job, pure=False)

    def _most_in_flight(self) -> int:
        if not self._scheduler or self._client is None:
            return 2 * self._workers
        # A cluster may grow and shrink.
        threads: dict[str, int] = self._client.nthreads()
        return 2 * max(1, sum(threads.values()))

    def _result(self, waiting: Any) -> Any:
        from distributed import KilledWorker

        if isinstance(waiting, Known):
            return waiting.result
        try:
            return waiting.result()
        except KilledWorker as error:
            raise AsistError(
                "A process that refined frames was killed, often for want of memory; "
                "run again with fewer workers."
            ) from error
        except OSError as error:
            if waiting.status != "error":  # it never got that far
                raise
            raise AsistError(f"A frame could not be refined: {error}.") from error
        except (ImportError, RuntimeError) as error:
            raise AsistError(
                f"The cluster {self._scheduler} cannot run napari-asist ({error}); "
                "install this version of it, of Python and of dask there."
            ) from error


def _alone(function: Callable[..., Result], *arguments: Any) -> Result:
    # Two processes of one thread do more frames than one process of two. ITK looks
    # this up when it is first used.
    os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = "1"
    return function(*arguments)
