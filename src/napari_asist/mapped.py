"""Memory-mapped video arrays, so that a long video needs little memory."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

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
    """
    if file is None:
        return np.zeros(shape, dtype)
    file.parent.mkdir(parents=True, exist_ok=True)
    # The file is sparse: it takes up disk space as frames are written.
    return np.memmap(file, dtype, "w+", shape=shape)


def each_frame(video: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield the frames of a video, and release the memory of mapped ones."""
    for time, frame in enumerate(video):
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
