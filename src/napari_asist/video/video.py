"""A microscope video whose frames are read on demand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import dask.array as da
import numpy as np
from numpy.typing import DTypeLike, NDArray

from napari_asist.errors import AsistError

Source = TypeVar("Source")


@dataclass(frozen=True, eq=False)
class Video:
    """One channel of a microscope video.

    Parameters
    ----------
    frames : dask array, shape (T, Y, X)
        One chunk per frame; reading is thread-safe.
    name : str
    path : Path or None
        Path from which it was opened.
    first_frame : int
        Number of the first frame on disk (150 for ``t150.tif``).
    pixel_size : float or None
        Micrometers.
    frame_interval : float or None
        Seconds.
    ceiling : float or None
        Intensity from which frames were subtracted, if they are inverted.
    """

    frames: da.Array
    name: str
    path: Path | None = None
    first_frame: int = 0
    pixel_size: float | None = None
    frame_interval: float | None = None
    ceiling: float | None = None

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.frames)

    def frame(self, time: int) -> NDArray[Any]:
        """Read one frame, shape (Y, X)."""
        image: NDArray[Any] = self.frames[time].compute(scheduler="synchronous")
        return image

    def inverted(self, ceiling: float) -> "Video":
        """Return the inverted video, with frames subtracted from an intensity.

        Integers keep their dtype and do not go below 0.
        """

        def inverse(frame: NDArray[Any]) -> NDArray[Any]:
            if not np.issubdtype(frame.dtype, np.integer):
                return np.asarray(frame.dtype.type(ceiling) - frame)
            counted = int(ceiling) - frame.astype(np.int64)
            return np.clip(counted, 0, None).astype(frame.dtype)

        frames = self.frames.map_blocks(inverse, dtype=self.frames.dtype)
        return replace(self, frames=frames, ceiling=ceiling)

    def sampled(self, count: int) -> NDArray[Any]:
        """Read at most `count` frames, spread evenly over the video.

        Returns
        -------
        ndarray, shape (count or the number of frames if that is less, Y, X)
        """
        times = np.linspace(0, len(self) - 1, min(count, len(self))).round().astype(int)
        return np.stack([self.frame(int(time)) for time in times])


def lazy_frames(
    sources: Sequence[Source],
    read: Callable[[Source], NDArray[Any]],
    shape: tuple[int, int],
    dtype: DTypeLike,
    name: str = "the video",
    first_frame: int = 0,
) -> da.Array:
    """Make a dask array that reads each frame from its own source.

    Parameters
    ----------
    sources : sequence
        One per frame, of any type that `read` takes.
    read : callable
        Returns the frame, shape (Y, X).
    shape : (int, int)
        Rows and columns of a frame.
    dtype : dtype
    name : str
        Name of the video in errors.
    first_frame : int
        Number of the first frame in errors.

    Returns
    -------
    dask array, shape (T, Y, X)
        Computing a frame with NaN or infinite pixels raises `AsistError`.
    """
    frames: da.Array = da.map_blocks(
        partial(_read_block, sources, read, name, first_frame),
        chunks=((1,) * len(sources), (shape[0],), (shape[1],)),
        dtype=dtype,
        meta=np.empty((0, 0, 0), dtype),
    )
    return frames


def _read_block(
    sources: Sequence[Source],
    read: Callable[[Source], NDArray[Any]],
    name: str,
    first_frame: int,
    block_id: tuple[int, int, int],
) -> NDArray[Any]:
    frame = read(sources[block_id[0]])
    if not np.isfinite(frame).all():
        raise AsistError(
            f"{name}, frame {first_frame + block_id[0]}: some pixels are NaN or "
            "infinite; replace them with numbers, or omit the frame."
        )
    return frame[np.newaxis]
