"""Process the frames of a video on all cores or on a cluster, in order."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from napari_asist.errors import AsistError
from napari_asist.events import raise_if_stopped
from napari_asist.processes import RecordingContext, kill_processes
from napari_asist.threads import LOOK_SECONDS, awaited

if TYPE_CHECKING:
    from distributed import Client

Result = TypeVar("Result")

ONE_GRAPH = {"distributed.admin.large-graph-warning-threshold": "1 TiB"}
"""Frames are sent with their task; dask warns about this, because it usually means that
many tasks share data."""

PATIENCE = 5.0
"""Seconds within which a scheduler must respond."""

NO_HISTORY = {"distributed.admin.low-level-log-length": 1}
"""dask keeps the last thousand messages, including their frames, for debugging."""

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # ITK reads this when it is first used.
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
}
"""Two processes with one thread each finish more frames than one with two."""

KILLED = (
    "A process that refined frames was killed, probably because memory ran out; run "
    "again with fewer workers."
)


@dataclass(frozen=True)
class FinishedJob(Generic[Result]):
    """A job whose result is already known."""

    result: Result


class FrameWorkers:
    """Processes frames: in this process, in its own worker processes, or on a cluster.

    Used as a context manager: at its end, all processes have stopped.

    Parameters
    ----------
    workers : int
        Processes on this machine, started when first needed. 1 works in this process.
        They receive jobs through pipes, which no other user can open.
    scheduler : str
        Address of a dask.distributed scheduler, whose workers are used instead. It runs
        whatever anybody sends who can reach it, so it should use TLS.
    """

    def __init__(self, workers: int = 1, scheduler: str = "") -> None:
        if workers < 1:
            raise AsistError(f"workers = {workers}: must be at least 1.")
        self._workers, self._scheduler = workers, scheduler
        self._client: Client | None = None
        self._processes: ProcessPoolExecutor | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop all processes on this machine and disconnect from the cluster."""
        self._client = self._processes = None
        self._open.close()

    def results(
        self,
        function: Callable[..., Result],
        jobs: Iterable[tuple[Any, ...] | FinishedJob[Result]],
    ) -> Generator[Result, None, None]:
        """Yield what a function returns for each job, in the order of the jobs.

        Jobs are consumed as results are: at most twice as many as there are workers are
        in progress. Those in progress when the generator is closed are canceled.

        Parameters
        ----------
        function : callable
            Defined in a module, so that other processes find it.
        jobs : iterable of tuple or FinishedJob
            Arguments of the function, or the result itself.

        Raises
        ------
        AsistError
            If a worker was killed, or the cluster does not respond.
        Stopped
            If the work that is going on was asked to stop; nobody waits for the jobs in
            progress.
        """
        if self._workers == 1 and not self._scheduler:
            for job in jobs:
                yield job.result if isinstance(job, FinishedJob) else function(*job)
            return
        waiting: deque[Any] = deque()
        try:
            for job in jobs:
                if isinstance(job, FinishedJob):
                    waiting.append(job)
                else:
                    waiting.append(self._submitted(function, job))
                while len(waiting) >= self._most_in_flight():
                    yield self._result(waiting.popleft())
            while waiting:
                yield self._result(waiting.popleft())
        except (CancelledError, OSError) as error:
            raise AsistError(
                f"The connection to the dask scheduler {self._scheduler} was lost; run "
                "the same command again to continue after the finished frames."
            ) from error
        finally:
            for future in waiting:
                # A closed client has canceled all of them.
                is_open = self._client is not None or self._processes is not None
                if is_open and not isinstance(future, FinishedJob):
                    future.cancel()

    def _submitted(self, function: Callable[..., Result], job: tuple[Any, ...]) -> Any:
        if not self._scheduler:
            if self._processes is None:
                own = start_processes(self._workers)
                self._processes = self._open.enter_context(own)
            # A job may start another process.
            with _environment(ONE_THREAD):
                return self._processes.submit(function, *job)
        import dask

        if self._client is None:
            self._client = self._open.enter_context(connect(self._scheduler))
        with dask.config.set(ONE_GRAPH):
            return self._client.submit(_alone, function, *job, pure=False)

    def _most_in_flight(self) -> int:
        if not self._scheduler or self._client is None:
            return 2 * self._workers
        # A cluster may grow and shrink.
        threads: dict[str, int] = self._client.nthreads()
        return 2 * max(1, sum(threads.values()))

    def _result(self, waiting: Any) -> Any:
        if isinstance(waiting, FinishedJob):
            return waiting.result
        if isinstance(waiting, Future):
            return _result_of_process(waiting)
        while not waiting.done():
            raise_if_stopped()
            time.sleep(LOOK_SECONDS)
        from distributed import KilledWorker

        try:
            return waiting.result()
        except KilledWorker as error:
            raise AsistError(KILLED) from error
        except OSError as error:
            if waiting.status != "error":  # it never started
                raise
            raise AsistError(f"A frame could not be refined: {error}.") from error
        except (ImportError, RuntimeError) as error:
            raise AsistError(
                f"The cluster {self._scheduler} cannot run napari-asist ({error}); "
                "install the same versions of napari-asist, Python and dask there."
            ) from error


def _result_of_process(future: "Future[Result]") -> Result:
    try:
        return awaited(future)
    except BrokenProcessPool as error:
        raise AsistError(KILLED) from error
    except OSError as error:
        raise AsistError(f"A frame could not be refined: {error}.") from error


def _alone(function: Callable[..., Result], *arguments: Any) -> Result:
    os.environ.update(ONE_THREAD)
    return function(*arguments)


@contextmanager
def start_processes(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Start single-thread processes on this machine; end them with the context.

    They also end when this process is killed.

    Parameters
    ----------
    workers : int
    """
    context = RecordingContext()
    executor = ProcessPoolExecutor(workers, context, _end_with_the_parent)
    try:
        yield executor
    finally:
        # Nobody waits for a frame in progress.
        kill_processes(executor, context)


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    """Change the environment that new processes inherit."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _end_with_the_parent() -> None:
    # Ctrl-C reaches all processes of a terminal; the parent stops its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def connect(address: str) -> Iterator["Client"]:
    """Use the workers of a running scheduler.

    Parameters
    ----------
    address : str
        ``tcp://host:8786``.

    Raises
    ------
    AsistError
        If nothing responds there, or there are no workers.
    """
    import dask
    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    try:
        with dask.config.set(NO_HISTORY):
            client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise AsistError(
            f"No dask scheduler responds at {address}; start one (dask scheduler), or "
            "leave refinement.scheduler empty to use this machine's cores."
        ) from error
    # Lost connections are reported by errors instead of its log.
    with silence_logging_cmgr(logging.CRITICAL), client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise AsistError(
                f"The dask scheduler {address} has no workers; start some (dask "
                f"worker {address})."
            ) from error
        yield client
