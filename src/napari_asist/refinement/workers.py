"""Work on the frames of a video by all cores or by a cluster, in the frames' order."""

import logging
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from napari_asist.errors import AsistError

if TYPE_CHECKING:
    from distributed import Client

Result = TypeVar("Result")

ONE_GRAPH = {"distributed.admin.large-graph-warning-threshold": "1 TiB"}
"""Frames travel with their task; dask would advise against that, for there it is many
tasks that share data."""

PATIENCE = 5.0
"""Seconds in which a scheduler has to answer."""

NO_HISTORY = {"distributed.admin.low-level-log-length": 1}
"""dask keeps the last thousand messages for debugging, and with them their frames."""

ENVIRONMENT = {
    "distributed.nanny.pre-spawn-environ": {
        "OMP_NUM_THREADS": 1,
        "MKL_NUM_THREADS": 1,
        "OPENBLAS_NUM_THREADS": 1,
    }
}
"""What dask sets by default, less that memory is given back at once: fetching it anew
for each frame takes a third of the time of the fast engines."""


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
        are in flight. What is in flight when the generator is closed is canceled.

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
                # A client that was left has canceled all of them.
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


@contextmanager
def start_processes(workers: int) -> Iterator["Client"]:
    """Start processes of one thread on this machine; end them with the context.

    They also end when this process is killed.

    Parameters
    ----------
    workers : int
    """
    import dask
    from distributed import Client, LocalCluster

    with dask.config.set(NO_HISTORY | ENVIRONMENT):
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            # Limits of dask's own would spill frames to disk; a frame is small.
            memory_limit=0,
            scheduler_kwargs={
                "dashboard": False,
                # Any free port, for the usual one may be taken.
                "dashboard_address": "127.0.0.1:0",
                # Who runs out of memory with one frame does so with it again.
                "allowed_failures": 0,
            },
            silence_logs=logging.CRITICAL,
        )
        client = Client(cluster, set_as_default=False)
    with cluster, client:
        client.run(_leave_interrupts_to_the_parent)
        yield client


@contextmanager
def connect(address: str) -> Iterator["Client"]:
    """Use the workers of a scheduler that runs somewhere.

    Parameters
    ----------
    address : str
        ``tcp://host:8786``.

    Raises
    ------
    AsistError
        Nothing answers there, or there are no workers.
    """
    import dask
    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    try:
        with dask.config.set(NO_HISTORY):
            client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise AsistError(
            f"No dask scheduler answers at {address}; start one (dask scheduler), or "
            "leave refinement.scheduler empty to use this machine's cores."
        ) from error
    # What its log would tell of lost connections is told by errors.
    with silence_logging_cmgr(logging.CRITICAL), client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise AsistError(
                f"The dask scheduler {address} has no workers; start some (dask "
                f"worker {address})."
            ) from error
        yield client


def _leave_interrupts_to_the_parent() -> None:
    # Ctrl+C reaches all processes of a terminal; the parent tells these what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
