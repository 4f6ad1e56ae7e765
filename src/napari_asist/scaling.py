"""Robust intensity scaling, the same for every network of the project."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.ndimage import gaussian_filter, median_filter, zoom

from napari_asist.settings import Settings

SAMPLED_FRAMES = 12
SHRINKAGE = 8


class ScalingSettings(Settings):
    """How raw intensities become the networks' range of -1 to 1."""

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
        "spread linearly, brighter ones logarithmically, so that dim objects keep "
        "their part of the range.",
        json_schema_extra={"unit": "background sd"},
    )
    background_window: int = Field(
        128,
        ge=0,
        description="Side of the window whose median is the local background; it is "
        "several objects wide. 0 takes one background level for the whole frame.",
        json_schema_extra={"unit": "px"},
    )


@dataclass(frozen=True)
class IntensityScaling:
    """A scaling fitted to one video.

    Parameters
    ----------
    background_window : int
        Side of the window whose median is the local background, in pixels.
    softness : float
        Counts over the background at which the scale turns logarithmic.
    low, high : float
        Softened intensities that become -1 and 1.
    """

    background_window: int
    softness: float
    low: float
    high: float

    def apply(self, frame: NDArray[np.generic]) -> NDArray[np.float32]:
        """Scale one raw frame.

        Parameters
        ----------
        frame : ndarray, shape (Y, X)

        Returns
        -------
        ndarray of float32, shape (Y, X)
            -1 to 1; the tails are cut.
        """
        counts = subtract_background(frame, self.background_window)
        return np.clip(self.of_counts(counts), -1, 1)

    def of_counts(self, counts: NDArray[np.floating] | float) -> NDArray[np.float32]:
        """Scale intensities given in counts over the background; nothing is cut."""
        soft = np.arcsinh(np.asarray(counts, np.float32) / self.softness)
        return np.asarray(
            2 * (soft - self.low) / (self.high - self.low) - 1, np.float32
        )

    def to_counts(self, scaled: NDArray[np.floating] | float) -> NDArray[np.float32]:
        """Return the counts over the background that `of_counts` has scaled.

        Parameters
        ----------
        scaled : ndarray or float
            -1 to 1; what was cut at either end stays at that end.
        """
        soft = (np.asarray(scaled, np.float64) + 1) / 2 * (self.high - self.low)
        return np.asarray(self.softness * np.sinh(soft + self.low), np.float32)


def fit_scaling(
    frames: NDArray[np.generic] | Sequence[NDArray[np.generic]],
    settings: ScalingSettings | None = None,
) -> IntensityScaling:
    """Fit the scaling to a video: one range for all its frames.

    The inverse hyperbolic sine is linear near the background and logarithmic far
    from it; microscope videos of nuclei span a hundredfold in brightness.

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
    counts = np.stack(
        [
            subtract_background(np.asarray(frames[time]), settings.background_window)
            for time in sampled
        ]
    )
    # A flat video still needs a scale.
    smallest = max(1e-3 * float(np.ptp(counts)), float(np.finfo(np.float32).tiny))
    softness = settings.softness * max(background_deviation(counts), smallest)
    soft = np.arcsinh(counts / softness)
    low, high = np.quantile(soft, (settings.tail, 1 - settings.tail))
    return IntensityScaling(
        settings.background_window,
        softness,
        float(low),
        max(float(high), float(low) + 1e-6),
    )


def subtract_background(frame: NDArray[np.generic], window: int) -> NDArray[np.float32]:
    """Return a frame in counts over its local background.

    The background is the median over a wide window, taken on a frame shrunk
    `SHRINKAGE`-fold, and smoothed: objects that cover less than half of the window
    leave no trace in it.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
    window : int
        Side of the window in pixels; 0 for the median of the whole frame.

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    image = frame.astype(np.float32)
    if window == 0 or min(image.shape) < 2 * SHRINKAGE:
        return image - np.float32(np.median(image))
    rows, columns = (side // SHRINKAGE for side in image.shape)
    small = np.median(
        image[: rows * SHRINKAGE, : columns * SHRINKAGE].reshape(
            rows, SHRINKAGE, columns, SHRINKAGE
        ),
        axis=(1, 3),
    )
    side = max(3, window // SHRINKAGE)
    level = gaussian_filter(median_filter(small, side, mode="reflect"), side / 4)
    scale = (image.shape[0] / rows, image.shape[1] / columns)
    background: NDArray[np.float32] = zoom(
        level, scale, order=1, mode="nearest", grid_mode=True
    )
    return image - background


def background_deviation(counts: NDArray[np.float32]) -> float:
    """Return the standard deviation of the background, from its lower half.

    Objects are brighter than the background in most videos, so the intensities
    below the background level are nearly free of them.

    Parameters
    ----------
    counts : ndarray of float32
        Intensities over the local background.
    """
    below = counts[counts < 0]
    return float(np.median(-below) / 0.6745) if below.size else 0.0
