"""Lock a run folder for one process at a time."""

import json
import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from napari_asist.errors import AsistError
from napari_asist.file_lock import is_locked, lock_file
from napari_asist.files import refuse_link

LOCK = "lock"

_held_here: set[Path] = set()
_guard = threading.Lock()
"""Closing any handle of a file releases the locks that the process has on it through
other handles, so nothing is checked while a lock is being taken."""


@contextmanager
def locked(run: Path) -> Iterator[None]:
    """Lock a run folder, or raise an error if another process has locked it.

    The operating system keeps the lock and releases it however the process ends, so the
    lock file left by a killed process does no harm.

    Parameters
    ----------
    run : Path
        An existing folder; the file ``lock`` in it names the holder.

    Raises
    ------
    AsistError
        The folder is in use; names the process.
    """
    path = run.resolve() / LOCK
    refuse_link(path)
    file = _taken(path, run)
    try:
        file.truncate(0)
        json.dump({"process": os.getpid(), "host": platform.node()}, file)
        file.flush()
        yield
    finally:
        # The next holder must not find this file still open: closing any handle of a
        # file releases the process's locks on it.
        with _guard:
            file.truncate(0)
            file.close()
            _held_here.discard(path)


def holder(run: Path) -> str:
    """Return which process uses a run folder, without taking the lock.

    Parameters
    ----------
    run : Path

    Returns
    -------
    str
        Such as ``process 123 on host``, or empty if none does.
    """
    path = run.resolve() / LOCK
    with _guard:
        if path in _held_here:
            return "this process"
        try:
            with path.open("r+") as file:
                return _holder(path) if is_locked(file) else ""
        except OSError:
            return ""


def _taken(path: Path, run: Path) -> IO[str]:
    with _guard:
        # The system's lock does not distinguish two holders within one process.
        if path in _held_here:
            raise _refusal(run, "this process")
        file = path.open("a+")
        try:
            lock_file(file)
        except OSError as error:
            file.close()
            raise _refusal(run, _holder(path)) from error
        _held_here.add(path)
        return file


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
