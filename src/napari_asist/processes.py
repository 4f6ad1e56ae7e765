"""Processes that work for this one, and that end when nobody waits for them."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any


class RecordingContext(SpawnContext):
    """Starts processes, and knows which.

    Parameters
    ----------
    kind : type
        The class of the processes.
    """

    def __init__(self, kind: type[SpawnProcess] = SpawnProcess) -> None:
        super().__init__()
        self.started: list[SpawnProcess] = []
        self._kind = kind

    def Process(  # type: ignore[override]  # noqa: N802
        self, *args: Any, **options: Any
    ) -> SpawnProcess:
        """Return a new process that is about to be started."""
        process = self._kind(*args, **options)
        self.started.append(process)
        return process


def kill_processes(pool: ProcessPoolExecutor, context: RecordingContext) -> None:
    """End the processes of a pool at once, amid what they are doing.

    Parameters
    ----------
    pool : ProcessPoolExecutor
    context : RecordingContext
        With which the pool was made.
    """
    for process in context.started:
        process.kill()
    pool.shutdown(wait=False, cancel_futures=True)
    for process in context.started:
        process.join()
