"""A measured number with its spread over the frames of a video."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Spread:
    """A number for a whole video and its quartiles over the frames.

    Parameters
    ----------
    value : float
        For all measured frames together.
    low, high : float
        The 25 % and the 75 % quantile over the frames.
    """

    value: float
    low: float
    high: float

    def times(self, factor: float) -> "Spread":
        """Return the spread in another unit."""
        return Spread(factor * self.value, factor * self.low, factor * self.high)

    def text(self, decimals: int = 1, scale: float = 1, unit: str = "") -> str:
        """Return text such as ``12.9 px (12.4 to 13.3)``."""
        value, low, high = (
            f"{scale * number:.{decimals}f}"
            for number in (self.value, self.low, self.high)
        )
        return f"{value}{unit and ' ' + unit} ({low} to {high})"


def spread_of(value: float, by_frame: Sequence[float] | NDArray[np.float64]) -> Spread:
    """Return a number with its quartiles over the frames, ignoring gaps (nan)."""
    known = np.asarray(by_frame, np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return Spread(float(value), float(value), float(value))
    low, high = np.quantile(known, (0.25, 0.75))
    return Spread(float(value), float(low), float(high))


def median_spread(frames: Sequence[NDArray[Any]]) -> Spread:
    """Return the median of all frames' values, with the quartiles of their medians."""
    return quantile_spreads(frames, (0.5,))[0]


def quantile_spreads(
    frames: Sequence[NDArray[Any]], levels: Sequence[float]
) -> tuple[Spread, ...]:
    """Return quantiles of all frames' values, each with its spread over the frames.

    Parameters
    ----------
    frames : sequence of ndarray of float
        The values of each frame's objects; 0 is returned if there are none at all.
    levels : sequence of float
        From 0 to 1.
    """
    filled = [values for values in frames if len(values)] or [np.zeros(1)]
    pooled = np.quantile(np.concatenate(filled), levels)
    single = np.array([np.quantile(values, levels) for values in filled])
    return tuple(
        spread_of(value, column) for value, column in zip(pooled, single.T, strict=True)
    )
