"""Memory-mapped video arrays, so that a long video needs little memory."""

import errno
import mmap
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from dask.utils import format_bytes
from numpy.typing import DTypeLike, NDArray

from napari_asist.errors import AsistError
from napari_asist.events import each_unless_stopped

FRAMES_HELD = 16
"""Number of frames of a mapped array that are read before their memory is released."""


def blank_video(
    shape: tuple[int, ...], dtype: DTypeLike, file: Path | None
) -> NDArray[Any]:
    """Return an array of zeros for a video.

    Parameters
    ----------
    shape : tuple of int
        The first axis is time.
    dtype : dtype
    file : Path or None
        File for the array, replaced if it exists; if omitted, the array is in memory.

    Raises
    ------
    AsistError
        The disk has no space for the file.
    """
    if file is None:
        return np.zeros(shape, dtype)
    file.parent.mkdir(parents=True, exist_ok=True)
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    with file.open("wb") as empty:
        try:
            _reserve(empty, max(size, 1))
        except OSError as error:
            file.unlink(missing_ok=True)
            raise AsistError(
                f"{file} needs {format_bytes(size)} ({error.strerror or error}); "
                "free some space on that disk, or choose another folder, and run again."
            ) from error
    return np.memmap(file, dtype, "r+", shape=shape)


def _reserve(file: IO[bytes], size: int) -> None:
    """Fill a new file with zeros, and reserve its space on the disk.

    A process that writes to a mapped file for which the disk has no space is killed by
    the system (SIGBUS).
    """
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file.fileno(), 0, size)
            return
        except OSError as error:  # some file systems cannot reserve space
            if error.errno not in {errno.EINVAL, errno.EOPNOTSUPP}:
                raise
    if shutil.disk_usage(Path(file.name).parent).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    file.truncate(size)


def each_frame(video: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield the frames of a video, and release the memory of mapped ones.

    Ends with `Stopped` if the work that is going on was asked to stop.
    """
    for time, frame in enumerate(each_unless_stopped(video)):
        yield np.asarray(frame)
        if time % FRAMES_HELD == FRAMES_HELD - 1:
            release(video)


def release(video: NDArray[Any]) -> None:
    """Release the memory that a mapped array takes.

    What was written is kept; pages are read from the file again when needed. Does
    nothing for arrays in memory, or if the system does not support it.
    """
    mapped = getattr(video, "_mmap", None)
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)
