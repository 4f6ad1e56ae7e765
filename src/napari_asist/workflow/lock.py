"""One process at a time in a run folder."""

import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from napari_asist.errors import AsistError

LOCK = "lock"

_held_here: set[Path] = set()


@contextmanager
def locked(run: Path) -> Iterator[None]:
    """Hold a run folder, or refuse because another process holds it.

    The operating system keeps the lock and gives it up when the process ends, however
    it ends, so the lock file that a killed process leaves behind is no hindrance.

    Parameters
    ----------
    run : Path
        An existing folder; receives the file ``lock``, which names the holder.

    Raises
    ------
    AsistError
        When the folder is held; names the process.
    """
    path = (run / LOCK).resolve()
    # The system's lock does not tell apart two holders within one process.
    if path in _held_here:
        raise _refusal(run, "this process")
    with path.open("a+") as file:
        try:
            _lock(file)
        except OSError as error:
            raise _refusal(run, _holder(path)) from error
        _held_here.add(path)
        try:
            file.truncate(0)
            json.dump({"process": os.getpid(), "host": platform.node()}, file)
            file.flush()
            yield
        finally:
            _held_here.discard(path)
            file.truncate(0)


def _refusal(run: Path, holder: str) -> AsistError:
    return AsistError(
        f"{run} is in use by {holder}; wait until it ends or choose another --out."
    )


def _holder(path: Path) -> str:
    try:
        record = json.loads(path.read_text())
        return f"process {record['process']} on {record['host']}"
    except (OSError, ValueError, KeyError):
        return "another process"


if sys.platform == "win32":
    import msvcrt

    FAR = 1 << 20
    """Windows forbids reading locked bytes, so a byte behind the text is locked."""

    def _lock(file: IO[str]) -> None:
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0, os.SEEK_END)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        # lockf, not flock: worker processes that outlive a killed parent would
        # inherit a flock.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
