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
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        parts.append(f"GPU {torch.cuda.memory_reserved() / GIB:.1f} GiB")
    return ", ".join(parts)
