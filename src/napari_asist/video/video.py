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
from napari_asist.video.intensity_unit import IntensityUnit
from napari_asist.video.unmeasured import Unmeasured

Source = TypeVar("Source")


@dataclass(frozen=True, eq=False)
class Recorded:
    """A video as it was recorded, before what is no measurement was replaced.

    Parameters
    ----------
    shape : (int, int, int)
        Frames, rows and columns.
    unmeasured : Unmeasured
        What was replaced and left out.
    """

    shape: tuple[int, int, int]
    unmeasured: Unmeasured


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
    unit : IntensityUnit or None
        How intensities were converted, if they were not in counts.
    recorded : Recorded or None
        The video as recorded, if frames or pixels that are no measurement were
        replaced or left out.
    made_from : str
        What the frames are, in words, if they are not all frames of a file as it was
        recorded, such as "frames 3 to 12 of cells.tif".
    """

    frames: da.Array
    name: str
    path: Path | None = None
    first_frame: int = 0
    pixel_size: float | None = None
    frame_interval: float | None = None
    ceiling: float | None = None
    unit: IntensityUnit | None = None
    recorded: "Recorded | None" = None
    made_from: str = ""

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

    def in_counts(self, unit: IntensityUnit) -> "Video":
        """Return the video with intensities converted to counts, as float32."""
        frames = self.frames.map_blocks(unit.counts, dtype=np.float32)
        return replace(self, frames=frames, unit=unit)

    def mended(self, unmeasured: Unmeasured) -> "Video":
        """Return the video without frames and pixels that are no measurement.

        Frames are left out, and cropped to the rectangle with all measured pixels;
        other pixels are replaced by the background around them.
        """
        times = unmeasured.measured_frames(len(self))
        recorded = self.frames

        def mend(block: NDArray[Any], block_id: tuple[int, ...]) -> NDArray[Any]:
            return unmeasured.mended(block[0], int(times[block_id[0]]))[np.newaxis]

        kept = recorded[times].rechunk({0: 1})
        frames = kept.map_blocks(mend, dtype=recorded.dtype)
        frames = frames[(slice(None), *unmeasured.field)]
        return replace(
            self, frames=frames, recorded=Recorded(recorded.shape, unmeasured)
        )

    @property
    def recorded_times(self) -> NDArray[np.int64]:
        """The number of each frame in the recorded video, from 0."""
        if self.recorded is None:
            return np.arange(len(self))
        return self.recorded.unmeasured.measured_frames(self.recorded.shape[0])

    @property
    def hidden(self) -> NDArray[np.bool_] | None:
        """Pixels of each frame that are no measurement, shape (Y, X), or None."""
        if self.recorded is None:
            return None
        unmeasured = self.recorded.unmeasured
        return unmeasured.regions[unmeasured.field]

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
