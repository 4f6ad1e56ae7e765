"""Determine whether a video's objects are darker than their surroundings."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import blurred
from napari_asist.threads import frame_of, in_threads

SAMPLED = 6
SCALES = (2.0, 4.0, 8.0, 16.0)
"""Sigmas in px at which objects are searched for; the surroundings are 3 times as
wide."""

CLEAR = 0.5
"""Skewness above which objects are clearly brighter or clearly darker."""


def objects_are_dark(frames: Any, sampled: int = SAMPLED) -> bool:
    """Return whether objects are darker than their surroundings, from a few frames.

    Objects cover less area than the background, so the local contrast is skewed toward
    their side. The scale with the largest skewness is used.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Numpy or dask.
    sampled : int
        Number of frames to examine, spread over the video.

    Returns
    -------
    bool
        False if neither is clear. At most one of a video and its inverse has dark
        objects.
    """
    times = np.unique(np.linspace(0, len(frames) - 1, sampled).round().astype(int))
    skewed = in_threads(partial(_skewnesses, frames), times.tolist())
    skews = np.median(skewed, axis=0)
    return bool(skews.min() < -CLEAR and -skews.min() > skews.max())


def brightest_possible(frames: Any) -> float:
    """Return the intensity from which a video is subtracted to invert it.

    Parameters
    ----------
    frames : array, shape (T, Y, X)
        Numpy or dask; of integers, otherwise in the range of a few sampled frames.
    """
    dtype = np.dtype(frames.dtype)
    if dtype == np.uint8:
        return 255.0
    times = np.unique(np.linspace(0, len(frames) - 1, SAMPLED).round().astype(int))
    return max(float(np.asarray(frames[int(time)]).max()) for time in times)


def _skewnesses(frames: Any, time: int) -> list[float]:
    """Return the skewness of the contrast of a frame at each scale."""
    image = frame_of(frames, time).astype(np.float32)
    return [_skewness(image, sigma) for sigma in SCALES]


def _skewness(image: NDArray[np.float32], sigma: float) -> float:
    contrast = blurred(image, sigma) - blurred(image, 3 * sigma)
    contrast -= contrast.mean()
    spread = float(contrast.std())
    # Powers of single-precision numbers are slow.
    cubed = float(np.mean(contrast * contrast * contrast))
    return cubed / spread**3 if spread > 0 else 0.0
