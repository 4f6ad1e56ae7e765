"""Robust intensity scaling, the same for every network of the project."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from napari_asist.settings import Settings

SAMPLED_FRAMES = 12


class ScalingSettings(Settings):
    """How raw intensities become the networks' range of -1 to 1."""

    tail: float = Field(
        0.001,
        ge=0,
        lt=0.1,
        description="Fraction of the pixels beyond either end of the range.",
    )
    softness: float = Field(
        6.0,
        gt=0,
        description="Intensities within this many noise deviations of the background "
        "are spread linearly, brighter ones logarithmically, so that dim objects keep "
        "their part of the range.",
        json_schema_extra={"unit": "noise sd"},
    )


@dataclass(frozen=True)
class IntensityScaling:
    """A scaling fitted to one video.

    Parameters
    ----------
    softness : float
        Counts over the background at which the scale turns logarithmic.
    low, high : float
        Softened intensities that become -1 and 1.
    noise : float
        Standard deviation of the video's noise, in counts.
    """

    softness: float
    low: float
    high: float
    noise: float

    def apply(self, frame: NDArray[np.generic]) -> NDArray[np.float32]:
        """Scale one raw frame.

        Parameters
        ----------
        frame : ndarray, shape (Y, X)

        Returns
        -------
        ndarray of float32, shape (Y, X)
            About -1 to 1; the tails are cut at -1 and 1.5.
        """
        level = background_level(frame)
        return np.clip(self.of_counts(frame.astype(np.float32) - level), -1, 1.5)

    def of_counts(self, counts: NDArray[np.floating] | float) -> NDArray[np.float32]:
        """Scale intensities given in counts over the background; nothing is cut."""
        soft = np.arcsinh(np.asarray(counts, np.float32) / self.softness)
        return np.asarray(
            2 * (soft - self.low) / (self.high - self.low) - 1, np.float32
        )


def fit_scaling(
    frames: NDArray[np.generic], settings: ScalingSettings | None = None
) -> IntensityScaling:
    """Fit the scaling to a video: one range for all its frames.

    The inverse hyperbolic sine is linear near the background and logarithmic far
    from it; microscope videos of nuclei span a hundredfold in brightness.

    Parameters
    ----------
    frames : array, shape (T, Y, X)
        Numpy or dask; `SAMPLED_FRAMES` frames spread over the video are read.
    settings : ScalingSettings, optional
    """
    settings = settings or ScalingSettings()
    sampled = np.unique(
        np.linspace(0, len(frames) - 1, SAMPLED_FRAMES).round().astype(int)
    )
    raw = [np.asarray(frames[time], np.float32) for time in sampled]
    noise = float(np.median([noise_deviation(frame) for frame in raw]))
    # A noiseless, synthetic video still needs a scale.
    noise = max(noise, 1e-3 * float(np.ptp(raw[0])), np.finfo(np.float32).tiny)
    softness = settings.softness * noise
    soft = np.concatenate(
        [
            np.arcsinh((frame - background_level(frame)) / softness).ravel()
            for frame in raw
        ]
    )
    low, high = np.quantile(soft, (settings.tail, 1 - settings.tail))
    return IntensityScaling(softness, float(low), max(float(high), low + 1e-6), noise)


def background_level(frame: NDArray[np.generic]) -> float:
    """Return the mode of a frame's intensities, by the half-sample method.

    Bickel and Frühwirth, Computational Statistics & Data Analysis 50, 2006.
    """
    ordered = np.sort(frame, axis=None)[:: max(1, frame.size // 50_000)]
    values = ordered.astype(np.float64)
    while len(values) > 2:
        half = (len(values) + 1) // 2
        widths = values[half - 1 :] - values[: len(values) - half + 1]
        # Integer images have many equally narrow halves: take the middle one.
        narrowest = np.flatnonzero(widths == widths.min())
        start = int(narrowest[len(narrowest) // 2])
        if half == len(values):
            break
        values = values[start : start + half]
    return float(values.mean())


def noise_deviation(frame: NDArray[np.generic]) -> float:
    """Return the standard deviation of a frame's pixel noise.

    Half of the pixels of a typical frame are flat, so the median absolute value of
    the second difference along both axes (gain 6, Immerkær 1996) sees noise alone.
    """
    image = frame.astype(np.float32)
    across = image[:, :-2] - 2 * image[:, 1:-1] + image[:, 2:]
    both = across[:-2] - 2 * across[1:-1] + across[2:]
    return float(np.median(np.abs(both)) / 0.6745 / 6)
