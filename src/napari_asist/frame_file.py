"""Frames of a video that wait in a file and not in memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray


class FrameFile:
    """An array of frames in a NumPy file, of which memory holds the frames in use.

    Frames are read and written whole, by number; `numpy.asarray` reads all of them.
    Frames are copied, not mapped, so that memory in use is what it seems to be.

    Parameters
    ----------
    path : Path
        Made anew, ``.npy``; `numpy.load` reads it too.
    shape : tuple of int
        (T, Y, X).
    dtype : data type
    """

    def __init__(
        self, path: Path, shape: tuple[int, int, int], dtype: DTypeLike
    ) -> None:
        self.path, self.shape, self.dtype = path, shape, np.dtype(dtype)
        self.ndim = len(shape)
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        mapped = np.lib.format.open_memmap(  # type: ignore[no-untyped-call]
            path, mode="w+", dtype=self.dtype, shape=shape
        )
        self._start, self._size = mapped.offset, self.dtype.itemsize * mapped[0].size

    def __len__(self) -> int:
        """Return the number of frames."""
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        """Yield the frames one by one."""
        return (self[time] for time in range(len(self)))

    def __getitem__(self, time: int) -> NDArray[Any]:
        """Read a frame, shape (Y, X); changing it does not change the file."""
        place = self._start + range(len(self))[time] * self._size
        count = self.shape[1] * self.shape[2]
        frame = np.fromfile(self.path, self.dtype, count, offset=place)
        return frame.reshape(self.shape[1:])

    def __setitem__(self, time: int, frame: NDArray[Any]) -> None:
        """Write a frame, shape (Y, X)."""
        with self.path.open("r+b") as file:
            file.seek(self._start + range(len(self))[time] * self._size)
            stored = np.empty(self.shape[1:], self.dtype)
            stored[...] = frame
            file.write(stored.tobytes())

    def max(self, initial: int = 0) -> Any:
        """Return the highest value of all frames, or `initial` if that is higher."""
        return max((frame.max(initial=initial) for frame in self), default=initial)

    def __array__(
        self, dtype: DTypeLike = None, copy: bool | None = None
    ) -> NDArray[Any]:
        """Read all frames into memory."""
        if copy is False:
            raise ValueError("The frames are in a file: only a copy fits in memory.")
        return np.stack(list(self)).astype(dtype or self.dtype, copy=False)


def new_frames(
    shape: tuple[int, ...], dtype: DTypeLike, path: Path | None = None
) -> NDArray[Any]:
    """Make an array to be filled frame by frame.

    Parameters
    ----------
    shape : tuple of int
        (T, Y, X).
    dtype : data type
    path : Path, optional
        Where to keep the frames; in memory by default.

    Returns
    -------
    ndarray, shape (T, Y, X)
        With a path a `FrameFile`, which is no ndarray but serves as one to all code
        that goes through its frames.
    """
    if path is None:
        return np.zeros(shape, dtype)
    frames, height, width = shape
    return cast("NDArray[Any]", FrameFile(path, (frames, height, width), dtype))
