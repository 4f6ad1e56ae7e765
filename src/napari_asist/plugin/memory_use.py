"""How much memory this process uses."""

import os
import sys

GIB = 2**30


def memory_use() -> str:
    """Return the memory of this process and of its GPU, such as ``1.2 GiB``.

    Empty where it cannot be told.
    """
    parts = []
    try:
        import psutil

        parts.append(f"{psutil.Process(os.getpid()).memory_info().rss / GIB:.1f} GiB")
    except ImportError:
        pass
    # Not imported here, which takes long; another thread may be about to do so.
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and getattr(cuda, "is_initialized", bool)():
        parts.append(f"GPU {cuda.memory_reserved() / GIB:.1f} GiB")
    return ", ".join(parts)
