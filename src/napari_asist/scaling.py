"""Robust intensity scaling, the same for all networks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import (
    binary_dilation,
    gaussian_filter,
    maximum_filter,
    minimum_filter,
)

from napari_asist.blur import gaussian
from napari_asist.compiled import compiled
from napari_asist.resampling import STANDARD_PX
from napari_asist.settings import Field, Settings
from napari_asist.threads import frame_of, in_threads

SAMPLED_FRAMES = 12
SHRINKAGE = 4
"""The background is estimated on frames smaller by this factor."""

OPENING, SMOOTHING = 0.6, 1 / 12
"""Side of the opening and sigma of the mean, as fractions of the background window."""

BRIGHT = 3.5
"""Deviations of the smoothed frame above the background from which a pixel is assigned
to an object."""

NOISELESS = 5e-4
"""Minimum deviation, as a fraction of the frame's range: rendered frames have no
noise."""

BAND = (2.0, 3.2)
"""Sigmas of the two Gaussians between which the noise is also measured, in standard px:
a band that frames of a coarser resolution still have after resampling."""

GRAIN = 0.6
"""Deviation of the pixels relative to that of white noise with the same noise in the
band. In most videos the noise of neighboring pixels is correlated; this is the value
for HeLa nuclei, for which settings in units of the noise deviation were chosen."""

ROUNDS, SETTLED = 8, 1e-3
"""Maximum number of background corrections, and the fraction of pixels that may
still change between background and object when the result is accepted."""


class ScalingSettings(Settings):
    """Scaling of raw intensities to the networks' range of -1 to 1."""

    tail: float = Field(
        0.001,
        ge=0,
        lt=0.1,
        description="Fraction of the pixels beyond either end of the range.",
    )
    softness: float = Field(
        4.0,
        gt=0,
        description="Intensities within this many deviations of the background are "
        "scaled linearly, brighter ones logarithmically, so that dim objects keep part "
        "of the range.",
        unit="background sd",
    )
    background_window: int = Field(
        128,
        ge=0,
        description="Side of the window in which the local background is the mean of "
        "the pixels without objects; should be several objects wide. 0 uses one "
        "background level for the whole frame.",
        unit=STANDARD_PX,
    )


@dataclass(frozen=True)
class IntensityScaling:
    """A scaling fitted to one video.

    Parameters
    ----------
    background_window : int
        Side of the window for the local background, in pixels.
    softness : float
        Counts above the background at which the scale becomes logarithmic.
    low, high : float
        Intensities on the linear-logarithmic scale that become -1 and 1.
    deviation : float
        Standard deviation of the background in counts.
    """

    background_window: int
    softness: float
    low: float
    high: float
    deviation: float = 1.0

    def apply(self, frame: NDArray[np.generic]) -> NDArray[np.float32]:
        """Scale one raw frame.

        Parameters
        ----------
        frame : ndarray, shape (Y, X)

        Returns
        -------
        ndarray of float32, shape (Y, X)
            -1 to 1, and more for pixels brighter than nearly all of the video: the
            brightest objects keep their contrast.
        """
        return self.of_signal(subtract_background(frame, self.background_window))

    def of_signal(self, counts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scale a frame from which the background was subtracted; see `apply`."""
        return np.maximum(self.of_counts(counts), -1)

    def of_counts(self, counts: NDArray[np.floating] | float) -> NDArray[np.float32]:
        """Scale intensities given in counts above the background, without clipping."""
        soft = np.arcsinh(np.asarray(counts, np.float32) / self.softness)
        return np.asarray(
            2 * (soft - self.low) / (self.high - self.low) - 1, np.float32
        )

    def to_counts(self, scaled: NDArray[np.floating] | float) -> NDArray[np.float32]:
        """Invert `of_counts`: return counts above the background.

        Parameters
        ----------
        scaled : ndarray or float
            -1 to 1; clipped values stay at their end.
        """
        soft = (np.asarray(scaled, np.float64) + 1) / 2 * (self.high - self.low)
        return np.asarray(self.softness * np.sinh(soft + self.low), np.float32)


def fit_scaling(
    frames: NDArray[np.generic] | Sequence[NDArray[np.generic]],
    settings: ScalingSettings | None = None,
) -> IntensityScaling:
    """Fit the scaling to a video: one range for all frames.

    The inverse hyperbolic sine is linear near the background and logarithmic far from
    it; microscope videos of nuclei span a hundredfold range of brightness.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Numpy or dask; `SAMPLED_FRAMES` frames spread over the video are read.
    settings : ScalingSettings, optional
    """
    settings = settings or ScalingSettings()
    sampled = np.unique(
        np.linspace(0, len(frames) - 1, SAMPLED_FRAMES).round().astype(int)
    )
    window = settings.background_window
    counts = np.stack(
        in_threads(
            lambda time: subtract_background(frame_of(frames, time), window),
            sampled.tolist(),
        )
    )
    # A flat video still needs a scale.
    smallest = max(1e-3 * float(np.ptp(counts)), float(np.finfo(np.float32).tiny))
    deviation = max(background_deviation(counts), GRAIN * band_noise(counts), smallest)
    softness = settings.softness * deviation
    soft = np.arcsinh(counts / softness)
    low, high = np.quantile(soft, (settings.tail, 1 - settings.tail))
    return IntensityScaling(
        settings.background_window,
        softness,
        float(low),
        max(float(high), float(low) + 1e-6),
        deviation,
    )


def subtract_background(frame: NDArray[np.generic], window: int) -> NDArray[np.float32]:
    """Return a frame in counts above its local background.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
    window : int
        Side of the window in pixels; 0 for the median of the whole frame.

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    return frame.astype(np.float32) - background_of(frame, window)


def background_of(frame: NDArray[np.generic], window: int) -> NDArray[np.float32]:
    """Return the local background of a frame: the mean of pixels without objects.

    A morphological opening gives a first estimate; pixels clearly above it belong to
    objects, and the Gaussian-weighted mean of the others corrects the estimate, until
    both agree. A median over the window would be too high where objects crowd, and the
    few gaps between them would become holes that do not occur in sparse frames.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
    window : int
        Side of the window in pixels; 0 for the median of the whole frame.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        In counts; constant if `window` is 0 or the frame is tiny.
    """
    image = frame.astype(np.float32)
    if window == 0 or min(image.shape) < 4 * SHRINKAGE:
        return np.full(image.shape, np.median(image), np.float32)
    rows, columns = (side // SHRINKAGE for side in image.shape)
    small = _blocks(image[: rows * SHRINKAGE, : columns * SHRINKAGE])
    level = _background_level(small, window / SHRINKAGE)
    return _enlarged(level, image.shape[0], image.shape[1])


def _background_level(small: NDArray[np.float32], window: float) -> NDArray[np.float32]:
    smooth = gaussian(small, 1)
    side = max(3, int(OPENING * window) | 1)
    sigma = SMOOTHING * window
    opened = maximum_filter(minimum_filter(smooth, side), side)
    span = float(np.subtract(*np.quantile(small, (0.99, 0.01))))
    least = max(NOISELESS * span, float(np.finfo(np.float32).tiny))
    deviation = max(_pixel_noise(small, smooth), least)
    # Openings follow the noise downward.
    level = gaussian(opened, 1.5 * sigma) + np.float32(deviation)
    before = None
    for _ in range(ROUNDS):
        free = _without_border(~(smooth > level + BRIGHT * deviation))
        if not free.any() or (before is not None and _agree(free, before)):
            break
        level = level + _mean_of(small - level, free, sigma)
        below = (level - smooth)[free & (smooth < level)]
        if below.size:
            deviation = max(float(np.median(below)) / 0.6745, least)
        before = free
    return level


def _without_border(area: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels whose four direct neighbors are also inside."""
    inner = area.copy()
    inner[1:] &= area[:-1]
    inner[:-1] &= area[1:]
    inner[:, 1:] &= area[:, :-1]
    inner[:, :-1] &= area[:, 1:]
    return inner


def _agree(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool:
    return float(np.mean(one != other)) < SETTLED


def _pixel_noise(small: NDArray[np.float32], smooth: NDArray[np.float32]) -> float:
    """Return the noise of the darker half, from differences that ignore gradients."""
    bent = small[:, 2:] - 2 * small[:, 1:-1] + small[:, :-2]
    dark = smooth[:, 1:-1] <= np.median(smooth)
    found = np.abs(bent[dark])
    return float(np.median(found)) / (0.6745 * 6**0.5) if found.size else 0.0


def _mean_of(
    values: NDArray[np.float32], used: NDArray[np.bool_], sigma: float
) -> NDArray[np.float32]:
    """Return the Gaussian mean of the used values, wider where they are few."""
    weight = used.astype(np.float32)
    known = values * weight
    overall = known.sum() / weight.sum()
    # A wide mean is smooth, so every fourth pixel is enough.
    far = gaussian(_blocks(known), sigma) + 1e-3 * overall
    far /= gaussian(_blocks(weight), sigma) + np.float32(1e-3)
    rows, columns = far.shape
    wide = _enlarged(far, SHRINKAGE * rows, SHRINKAGE * columns)
    near = gaussian(known, sigma, truncate=3)
    near += np.float32(0.1) * wide[: values.shape[0], : values.shape[1]]
    near /= gaussian(weight, sigma, truncate=3) + np.float32(0.1)
    return near


@compiled
def _enlarged(
    cells: NDArray[np.float32], height: int, width: int
) -> NDArray[np.float32]:
    """Interpolate cells linearly, extending the outer ones to the image's border."""
    rows, columns = cells.shape
    result = np.empty((height, width), np.float32)
    left, share = np.empty(width, np.int64), np.empty(width)
    for column in range(width):
        place = (column + 0.5) * columns / width - 0.5
        place = min(max(place, 0.0), columns - 1.0)
        left[column] = min(int(place), max(columns - 2, 0))
        share[column] = place - left[column]
    line = np.empty(columns + 1)
    for row in range(height):
        place = min(max((row + 0.5) * rows / height - 0.5, 0.0), rows - 1.0)
        top = min(int(place), max(rows - 2, 0))
        part, bottom = place - top, min(top + 1, rows - 1)
        for column in range(columns):
            above = np.float64(cells[top, column])
            line[column] = above + part * (cells[bottom, column] - above)
        line[columns] = line[columns - 1]
        for column in range(width):
            first = line[left[column]]
            step = line[left[column] + 1] - first
            result[row, column] = first + share[column] * step
    return result


@compiled
def _blocks(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the means of blocks of an image, padded with 0 at the bottom and right."""
    height, width = values.shape
    rows, columns = -(-height // SHRINKAGE), -(-width // SHRINKAGE)
    means = np.zeros((rows, columns), np.float32)
    line = np.zeros(columns * SHRINKAGE, np.float32)
    for y in range(height):
        line[:width] = values[y]
        out = means[y // SHRINKAGE]
        for column in range(columns):
            total = line[column * SHRINKAGE]
            for part in range(1, SHRINKAGE):
                total += line[column * SHRINKAGE + part]
            out[column] += total
    means /= np.float32(SHRINKAGE * SHRINKAGE)
    return means


def background_deviation(counts: NDArray[np.float32]) -> float:
    """Return the standard deviation of the background, from its lower half.

    Objects are brighter than the background in most videos, so the intensities below
    the background level are nearly free of them. Their median measures the noise; their
    96 % quantile also measures the dark fringes and shadows of phase contrast, which
    are not objects although they stand out from the noise. The larger value is used;
    for normal noise, both agree.

    Parameters
    ----------
    counts : ndarray of float32
        Intensities above the local background.
    """
    below = -counts[counts < 0]
    if not below.size:
        return 0.0
    usual, farthest = np.quantile(below, (0.5, 0.96))
    return float(max(usual / 0.6745, farthest / 2.0537))


def band_noise(counts: NDArray[np.float32]) -> float:
    """Return the deviation of white noise that has the same noise in `BAND`.

    Single-pixel noise differs between resolutions and is lost when frames are enlarged;
    noise at the size that eyes and networks see is not.

    Parameters
    ----------
    counts : ndarray of float32, shape (T, Y, X)
        Intensities above the local background.

    Returns
    -------
    float
        In counts; 0 if no pixel is free of objects.
    """
    values = np.concatenate(in_threads(_band_of_background, counts))
    if not values.size:
        return 0.0
    return float(np.median(values)) / (0.6745 * _white_in_band())


def _band_of_background(frame: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the magnitudes in the band where no object shows."""
    fine, coarse = (gaussian_filter(frame, sigma) for sigma in BAND)
    shows = fine > BRIGHT * background_deviation(fine)
    free = ~binary_dilation(shows, iterations=round(2 * BAND[1]))
    return np.asarray(np.abs(fine - coarse)[free])


@cache
def _white_in_band() -> float:
    """Return the deviation that white noise of deviation 1 has in the band."""
    point = np.zeros((65, 65))
    point[32, 32] = 1
    fine, coarse = (gaussian_filter(point, sigma) for sigma in BAND)
    return float(np.sqrt(np.sum((fine - coarse) ** 2)))
