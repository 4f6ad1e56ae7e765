"""The number of processors that this process may use."""

import os


def usable_cores() -> int:
    """Return the number of processors available to this process.

    It may be below that of the machine: clusters and containers restrict processes.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
