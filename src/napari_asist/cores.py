"""How many processors this process may use."""

import os


def usable_cores() -> int:
    """Return the processors that the system grants, which may be fewer than there are.

    Schedulers of clusters and containers bind a process to some of them.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
