"""Determine whether a video's objects are darker than their surroundings."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    images = [np.asarray(frames[int(time)], np.float32) for time in times]
    skews = [
        float(np.median([_skewness(image, sigma) for image in images]))
        for sigma in SCALES
    ]
    return min(skews) < -CLEAR and -min(skews) > max(skews)


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


def _skewness(image: NDArray[np.float32], sigma: float) -> float:
    from scipy.ndimage import gaussian_filter

    contrast = gaussian_filter(image, sigma) - gaussian_filter(image, 3 * sigma)
    contrast -= contrast.mean()
    spread = float(contrast.std())
    return float(np.mean(contrast**3)) / spread**3 if spread > 0 else 0.0
