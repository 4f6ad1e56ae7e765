"""Video arrays that lie on the disk, so that a long video needs little memory."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

FRAMES_HELD = 16
"""Frames of an array on the disk that are looked at before they are let go of."""


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
        Holds the array and is made anew; without, memory holds it.
    """
    if file is None:
        return np.zeros(shape, dtype)
    file.parent.mkdir(parents=True, exist_ok=True)
    # The file is sparse: it takes room on the disk as frames are written.
    return np.memmap(file, dtype, "w+", shape=shape)


def each_frame(video: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield the frames of a video, and let go of those of an array on the disk."""
    for time, frame in enumerate(video):
        yield np.asarray(frame)
        if time % FRAMES_HELD == FRAMES_HELD - 1:
            release(video)


def release(video: NDArray[Any]) -> None:
    """Let go of the memory that an array on the disk takes.

    What was written stays written; pages come back from the file when they are next
    looked at. Does nothing for arrays in memory, nor where the system has no such call.
    """
    mapped = getattr(video, "_mmap", None)
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)
