"""Intensities in counts, whatever unit a video is stored in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError

SAMPLED = 8
"""Number of frames from which the unit is determined."""

FULL_SCALE = 10_000.0
"""Range of a converted video in counts."""

MOST_COUNTS = 100_000.0
"""Intensity up to which values are counts of a camera."""

LEAST_RANGE = 200.0
"""Range above which values that are not integers may be counts of a camera."""

LARGEST = 2**53
"""Integer up to which floating-point numbers distinguish all integers."""

TAIL = 1e-4
"""Fraction of the pixels beyond either end of the range."""


@dataclass(frozen=True)
class IntensityUnit:
    """A linear conversion of stored intensities to counts.

    Parameters
    ----------
    zero : float
        Stored intensity that becomes 0 counts.
    size : float
        Stored intensity of one count.
    """

    zero: float
    size: float

    def counts(self, frame: NDArray[np.generic]) -> NDArray[np.float32]:
        """Convert a frame, shape (Y, X), to counts."""
        # In float32, the grades of a small signal on a large offset would be lost.
        stored = frame.astype(np.float64)
        return ((stored - self.zero) / self.size).astype(np.float32)


def intensity_unit(frames: Any) -> IntensityUnit | None:
    """Return how to convert a video to counts, or None if it is in counts.

    Integers of up to 16 bits without negative values are counts of a camera, and so are
    other numbers in the same range. Anything else, such as intensities from 0 to 1,
    negative values or integers that span 32 bits, is converted linearly to the range of
    a camera, in which the virtual microscope draws.

    Parameters
    ----------
    frames : array, shape (T, Y, X)
        Numpy, dask or joined; a few frames are read.

    Raises
    ------
    AsistError
        Integers are so large that their differences would be lost.
    """
    dtype = np.asarray(frames[0]).dtype
    if dtype in (np.uint8, np.uint16):
        return None
    times = np.unique(np.linspace(0, len(frames) - 1, SAMPLED).round().astype(int))
    stored = [np.asarray(frames[int(time)]) for time in times]
    if dtype in (np.int64, np.uint64):
        _refuse_large(stored)
    images = [image.astype(np.float64) for image in stored]
    ends = np.array([np.quantile(image, (TAIL, 1 - TAIL)) for image in images])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    is_wide = np.issubdtype(dtype, np.integer) or high - low >= LEAST_RANGE
    if high <= low or (is_wide and low >= 0 and high <= MOST_COUNTS):
        return None
    return IntensityUnit(low, (high - low) / FULL_SCALE)


def _refuse_large(images: list[NDArray[np.generic]]) -> None:
    low = min(int(image.min()) for image in images)
    high = max(int(image.max()) for image in images)
    if max(-low, high) > LARGEST:
        raise AsistError(
            f"The video has intensities from {low} to {high}, too large to be told "
            f"apart; subtract {low} from all of them, or save them as 16-bit integers."
        )
