"""Processes of this machine or of a cluster, by dask.distributed."""

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from napari_asist.errors import AsistError

if TYPE_CHECKING:
    from distributed import Client

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
