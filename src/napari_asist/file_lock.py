"""Locks on open files, which the operating system releases however a process ends."""

import os
import sys
from typing import IO, Any

if sys.platform == "win32":
    import msvcrt

    FAR = 1 << 20
    """Lock a byte after the text, because Windows forbids reading locked bytes."""

    def lock_file(file: IO[Any]) -> None:
        """Lock an open file, or raise OSError if another process has locked it."""
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0, os.SEEK_END)

    def is_locked(file: IO[Any]) -> bool:
        """Return whether another process has locked an open file."""
        # On Windows, the only way to check is to try.
        try:
            lock_file(file)
        except OSError:
            return True
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
        return False

else:
    import fcntl
    import struct

    # Type, whence, start, length, process; macOS has another order.
    FLOCK, TYPE = ("qqihh", 3) if sys.platform == "darwin" else ("hhqqi", 0)

    def lock_file(file: IO[Any]) -> None:
        """Lock an open file, or raise OSError if another process has locked it."""
        # lockf, not flock: worker processes that outlive a killed parent would
        # inherit a flock.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def is_locked(file: IO[Any]) -> bool:
        """Return whether another process has locked an open file."""
        values = [0] * 5
        values[TYPE] = fcntl.F_WRLCK
        query = struct.pack(FLOCK, *values)
        answer = fcntl.fcntl(file.fileno(), fcntl.F_GETLK, query)
        return bool(struct.unpack(FLOCK, answer)[TYPE] != fcntl.F_UNLCK)
