"""Fit a camera's noise, gain, background and correlation to raw frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image
from napari_asist.estimation.borders import depth_inside
from napari_asist.events import each_unless_stopped
from napari_asist.labels import LabelArray
from napari_asist.scaling import background_deviation

LAG = 8
"""Distance in pixels above which correlation is due to uneven light, not noise."""

CLEARANCE = 10
"""Pixels around objects that may contain some of their light."""

TILE, FEWEST_TILES = 16, 8

LONGEST_GRAIN = 3.0

SMALLEST_CORRELATION = 0.05

PHOTON_PART = 0.5

MOST_LIGHT = 50_000

SECOND_DIFFERENCE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]) / 6
"""It keeps the standard deviation of white noise and removes smooth structure:
Immerkær, Computer Vision and Image Understanding 64, 1996."""


@dataclass(frozen=True)
class SampledFrame:
    """A sampled raw frame.

    Parameters
    ----------
    counts : ndarray of float32, shape (Y, X)
        Over the local background.
    background : ndarray of float32, shape (Y, X)
        The local background.
    objects : ndarray of unsigned int, shape (Y, X)
        The visible objects, each at half of its own maximum.
    """

    counts: Image
    background: Image
    objects: LabelArray


def fitted_camera(
    frames: Sequence[SampledFrame],
) -> dict[str, float | tuple[float, float]]:
    """Fit the `MicroscopeSettings` of noise and background.

    Raw frames show the background's level and its noise, and how the noise grows with
    the light. They do not show how much of the background is light and how much is the
    camera's offset, so half of the noise is attributed to photons.

    Parameters
    ----------
    frames : sequence of SampledFrame

    Returns
    -------
    dict
        ``background``, ``offset``, ``unevenness``, ``read_noise``, ``gain`` and
        ``noise_grain``.
    """
    outside = [background_pixels(frame) for frame in frames]
    variance, grain = _noise(frames, outside)
    gain = _gain(frames, outside, variance)
    level = float(np.median([np.median(frame.background) for frame in frames]))
    uneven = float(np.median([frame.background.std() for frame in frames]))
    light = max(PHOTON_PART * variance / gain, uneven, 1e-6)
    light = min(light, max(level, uneven, 1e-6), MOST_LIGHT)
    return {
        "background": light,
        "offset": min(max(level - light, 0.0), MOST_LIGHT),
        "unevenness": min(uneven / light, 1.0),
        "read_noise": float(np.sqrt(max(variance - gain * light, 0))),
        "gain": gain,
        "noise_grain": grain,
    }


def background_pixels(frame: SampledFrame) -> NDArray[np.bool_]:
    """Return the pixels away from everything that stands out, shape (Y, X)."""
    from scipy.ndimage import binary_dilation, distance_transform_edt, gaussian_filter

    smooth = gaussian_filter(frame.counts, 2)
    bright = binary_dilation(smooth > 4 * background_deviation(smooth), iterations=3)
    near = distance_transform_edt(frame.objects == 0) < CLEARANCE
    away = ~(bright | near)
    # If objects fill the frame, use the darkest pixels.
    return away if away.sum() > 1000 else frame.counts < np.median(frame.counts)


def _noise(
    frames: Sequence[SampledFrame], outside: Sequence[NDArray[np.bool_]]
) -> tuple[float, tuple[float, float]]:
    """Return the noise's variance, and its grain along y and x."""
    variances, near = [], []
    for frame, away in zip(each_unless_stopped(frames), outside, strict=True):
        rows, columns = (
            [correlation(frame.counts, away, lag, axis) for lag in (1, LAG)]
            for axis in (0, 1)
        )
        shared = min(max((rows[1] + columns[1]) / 2, 0.0), 0.95)
        variances.append(_local_variance(frame.counts, away, 1 - shared))
        near.append([(one[0] - shared) / (1 - shared) for one in (rows, columns)])
    y, x = (_grain(float(value)) for value in np.median(near, axis=0))
    return max(float(np.median(variances)), 1e-12), (y, x)


def _local_variance(counts: Image, away: NDArray[np.bool_], unshared: float) -> float:
    """Return the variance in small tiles, because uneven light is not noise.

    The median over the tiles ignores those with structure.
    """
    rows, columns = (side // TILE for side in counts.shape)
    tiles, used = (
        image[: rows * TILE, : columns * TILE]
        .reshape(rows, TILE, columns, TILE)
        .swapaxes(1, 2)
        .reshape(-1, TILE**2)
        for image in (counts, away)
    )
    whole = tiles[used.all(axis=1)]
    if len(whole) < FEWEST_TILES:
        return float(counts[away].var()) * unshared
    return float(np.median(whole.var(axis=1, ddof=1)))


def _grain(neighbor: float) -> float:
    """Return the sigma of a Gaussian that yields this correlation of neighbors."""
    if neighbor < SMALLEST_CORRELATION:
        return 0.0
    return float(min(np.sqrt(-1 / (4 * np.log(min(neighbor, 0.99)))), LONGEST_GRAIN))


def _gain(
    frames: Sequence[SampledFrame],
    outside: Sequence[NDArray[np.bool_]],
    variance: float,
) -> float:
    """Return the counts per photon: how noise grows with light (photon transfer).

    The noise is constant, photons add to its variance in proportion to the light, and
    texture in proportion to its square (Janesick, Photon Transfer, 2007).
    """
    from scipy.ndimage import convolve, gaussian_filter
    from scipy.optimize import nnls

    light, spread, base = [], [], []
    for frame, away in zip(each_unless_stopped(frames), outside, strict=True):
        squared = convolve(frame.counts, SECOND_DIFFERENCE) ** 2
        inside = depth_inside(frame.objects) > 3
        light.append(gaussian_filter(frame.counts, 1.5)[inside])
        spread.append(squared[inside])
        base.append(float(squared[away].mean()))
    white = max(float(np.median(base)), 1e-12)
    signal, noise = np.concatenate(light), np.concatenate(spread)
    smallest = variance / MOST_LIGHT
    if len(signal) < 100:
        return max(smallest, 1e-9)
    ends = np.quantile(signal, np.linspace(0, 1, 21))
    bins = np.clip(np.searchsorted(ends, signal) - 1, 0, 19)
    filled = np.bincount(bins, minlength=20) > 0
    x, y = (
        (np.bincount(bins, part, 20) / np.maximum(np.bincount(bins, minlength=20), 1))
        for part in (signal, noise)
    )
    x, y = np.maximum(x[filled], 0), y[filled]
    weight = 1 / (y + white)
    (slope, _), _ = nnls(np.stack([x, x**2], 1) * weight[:, None], (y - white) * weight)
    return float(min(max(slope * variance / white, smallest, 1e-9), 1000.0))


def correlation(
    image: NDArray[np.floating], used: NDArray[np.bool_], lag: int, axis: int
) -> float:
    """Return the correlation of pixels a number of steps apart along an axis.

    Parameters
    ----------
    image : ndarray, shape (Y, X)
    used : ndarray of bool, shape (Y, X)
        Pixels to use; both pixels of a pair must be among them.
    lag : int
        Number of steps between the two pixels of a pair.
    axis : int

    Returns
    -------
    float
        -1 to 1; 0 if there is no pair.
    """
    one = [slice(None)] * 2
    other = [slice(None)] * 2
    one[axis], other[axis] = slice(None, -lag), slice(lag, None)
    both = used[tuple(one)] & used[tuple(other)]
    if not both.any():
        return 0.0
    values = image[used]
    centered = image - values.mean()
    product = (centered[tuple(one)] * centered[tuple(other)])[both]
    return float(product.mean() / max(float(values.var()), 1e-12))
