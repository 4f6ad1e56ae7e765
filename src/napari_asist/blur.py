"""Gaussian blur and smooth noise, compiled; wide kernels use a lower resolution."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled

Image = NDArray[np.float32]

CELLS = 3
"""Minimum number of cells per standard deviation when an image is blurred at a lower
resolution: averaging and linear interpolation then add a tenth of the variance."""

NOISE_CELLS = 4
"""Minimum number of cells per standard deviation in which wide noise is drawn."""


def blurred(
    image: Image,
    sigma: float | tuple[float, float],
    wrap: bool = False,
    truncate: float = 4,
) -> Image:
    """Blur an image with a Gaussian.

    The cost is linear in the number of pixels and decreases with the width: starting at
    six pixels, the image is first averaged over cells, and the blurred cells are
    interpolated. The kernel's variance is still that of the Gaussian.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X)
    sigma : float or tuple of float
        Standard deviation in pixels, or one along y and one along x; 0 leaves an axis
        unchanged.
    wrap : bool
        Whether the image is periodic; otherwise it is mirrored at its borders.
    truncate : float
        Standard deviations at which the Gaussian is cut off.

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    down, across = sigma if isinstance(sigma, tuple) else (sigma, sigma)
    cell = max(1, int(min(down, across) // CELLS))
    tall, wide = (_weights(side, cell, truncate) for side in (down, across))
    image = np.ascontiguousarray(image, np.float32)
    if cell == 1:
        return _filtered(image, tall, wide, wrap)
    # Interpolation needs one extra cell on each side.
    rows, columns = len(tall), len(wide)
    padded = _padded(image, cell, rows, columns, wrap)
    smooth = _filtered(padded, tall, wide, wrap)
    inner = np.ascontiguousarray(smooth[rows - 1 : 1 - rows, columns - 1 : 1 - columns])
    height, width = image.shape
    return _stretched(inner, height, width, 1 / cell, 1 / cell)


def gaussian(image: Image, sigma: float, truncate: float = 4) -> Image:
    """Blur an image as `scipy.ndimage.gaussian_filter` does, to the last bit.

    This is faster than scipy for the small images in which thresholds are determined;
    `blurred` is faster still, and good enough for images that are only displayed.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X)
        Mirrored at its borders.
    sigma : float
        Standard deviation in pixels.
    truncate : float
        Standard deviations at which the Gaussian is cut off.

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    reach = int(truncate * sigma + 0.5)
    place = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 / (sigma * sigma) * place**2)
    weights /= weights.sum()
    return _in_double_precision(
        np.ascontiguousarray(image, np.float32), np.ascontiguousarray(weights[reach:])
    )


def at_low_resolution(
    image: Image, cell: int, margin: int, work: Callable[[Image], Image]
) -> Image:
    """Process an image averaged over cells, and interpolate the result.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X)
    cell : int
        Side of a cell in pixels; 1 means no averaging.
    margin : int
        Cells by which the image is extended beyond its borders, mirrored.
    work : callable
        Takes and returns an image of cells, of the same shape.

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    # One extra cell, for the interpolation.
    padded = _padded(
        np.ascontiguousarray(image, np.float32), cell, margin + 1, margin + 1, False
    )
    made = np.ascontiguousarray(work(padded)[margin:-margin, margin:-margin])
    height, width = image.shape
    if cell == 1:
        return made[1 : height + 1, 1 : width + 1]
    return _stretched(made, height, width, 1 / cell, 1 / cell)


def enlarged(cells: Image, shape: tuple[int, ...]) -> Image:
    """Enlarge a periodic image by linear interpolation to another periodic image.

    Parameters
    ----------
    cells : ndarray of float32, shape (y, x)
    shape : tuple of int
        Height and width of the larger image.

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    height, width = shape
    tall, wide = cells.shape[0] / height, cells.shape[1] / width
    return _stretched(np.pad(cells, 1, mode="wrap"), height, width, tall, wide)


@lru_cache(maxsize=256)
def _weights(sigma: float, cell: int, truncate: float) -> Image:
    """Return one half of a Gaussian, in cells, starting at its center."""
    # Averages over a cell have a variance of (cell² - 1) / 12; linear interpolation
    # between cells has twice that.
    spread = np.sqrt(sigma**2 - (cell**2 - 1) / 4) / cell
    place = np.arange(int(truncate * spread + 0.5) + 1)
    weights = np.exp(-0.5 * (place / max(spread, 1e-6)) ** 2)
    whole = weights[0] + 2 * weights[1:].sum()
    return np.asarray(weights / whole, np.float32)


@compiled
def _inside(place: int, size: int, wrap: bool) -> int:
    """Return the pixel of an image that corresponds to a position beyond its border."""
    if wrap:
        return place % size
    place = place % (2 * size)
    return place if place < size else 2 * size - 1 - place


@compiled
def _padded(image: Image, cell: int, tall: int, wide: int, wrap: bool) -> Image:
    """Average an image over cells, including cells beyond each border."""
    height, width = image.shape
    rows = (height + cell - 1) // cell + 2 * tall
    columns = (width + cell - 1) // cell + 2 * wide
    padded = np.zeros((rows, columns), np.float32)
    # The sum of the pixel rows of one row of cells, extended beyond its ends.
    line = np.empty(columns * cell, np.float32)
    first = wide * cell
    inner = line[first : first + width]
    share = np.float32(1 / (cell * cell))
    for row in range(rows):
        inner[:] = 0
        for part in range(cell):
            source = image[_inside((row - tall) * cell + part, height, wrap)]
            for column in range(width):
                inner[column] += source[column]
        for column in range(first):
            line[column] = inner[_inside(column - first, width, wrap)]
        for column in range(first + width, len(line)):
            line[column] = inner[_inside(column - first, width, wrap)]
        out = padded[row]
        if cell == 1:
            out[:] = line
        else:
            for column in range(columns):
                for part in range(cell):
                    out[column] += line[column * cell + part]
                out[column] *= share
    return padded


@compiled
def _filtered(image: Image, down: Image, across: Image, wrap: bool) -> Image:
    """Filter an image along both axes, periodic or mirrored at its borders."""
    tall, wide = len(down) - 1, len(across) - 1
    height, width = image.shape
    result = np.empty((height, width), np.float32)
    # A row filtered along y, extended beyond its ends.
    line = np.empty(width + 2 * wide, np.float32)
    inner = line[wide : wide + width]
    for row in range(height):
        middle = image[row]
        for column in range(width):
            inner[column] = down[0] * middle[column]
        for step in range(1, tall + 1):
            above = image[_inside(row - step, height, wrap)]
            below = image[_inside(row + step, height, wrap)]
            weight = down[step]
            for column in range(width):
                inner[column] += weight * (above[column] + below[column])
        for step in range(1, wide + 1):
            line[wide - step] = inner[_inside(-step, width, wrap)]
            line[wide + width - 1 + step] = inner[
                _inside(width - 1 + step, width, wrap)
            ]
        out = result[row]
        for column in range(width):
            out[column] = across[0] * inner[column]
        for step in range(1, wide + 1):
            left = line[wide - step : wide - step + width]
            right = line[wide + step : wide + step + width]
            weight = across[step]
            for column in range(width):
                out[column] += weight * (left[column] + right[column])
    return result


@compiled
def _in_double_precision(image: Image, weights: NDArray[np.float64]) -> Image:
    """Filter a mirrored image along both axes, summing from the farthest pixels in."""
    reach = len(weights) - 1
    height, width = image.shape
    result = np.empty((height, width), np.float32)
    total = np.empty(width)
    line = np.empty(width + 2 * reach)
    inner = line[reach : reach + width]
    for row in range(height):
        middle = image[row]
        for column in range(width):
            total[column] = weights[0] * middle[column]
        for step in range(reach, 0, -1):
            above = image[_inside(row - step, height, False)]
            below = image[_inside(row + step, height, False)]
            weight = weights[step]
            for column in range(width):
                both = np.float64(above[column]) + np.float64(below[column])
                total[column] += weight * both
        for column in range(width):
            # Values are rounded to single precision between the axes.
            inner[column] = np.float32(total[column])
        for step in range(1, reach + 1):
            line[reach - step] = inner[_inside(-step, width, False)]
            line[reach + width - 1 + step] = inner[
                _inside(width - 1 + step, width, False)
            ]
        for column in range(width):
            total[column] = weights[0] * inner[column]
        for step in range(reach, 0, -1):
            left = line[reach - step : reach - step + width]
            right = line[reach + step : reach + step + width]
            weight = weights[step]
            for column in range(width):
                total[column] += weight * (left[column] + right[column])
        out = result[row]
        for column in range(width):
            out[column] = total[column]
    return result


@compiled
def _stretched(
    cells: Image, height: int, width: int, tall: float, wide: float
) -> Image:
    """Interpolate between cells; on each axis, the first cell is outside the image.

    A pixel is `tall` cells high and `wide` cells wide.
    """
    left = np.empty(width, np.int64)
    share = np.empty(width, np.float32)
    for column in range(width):
        place = (column + 0.5) * wide + 0.5
        left[column] = int(place)
        share[column] = place - left[column]
    # Each row of cells is interpolated along x once, for all pixel rows next to it.
    rows = np.empty((len(cells), width), np.float32)
    for row in range(len(cells)):
        line, out = cells[row], rows[row]
        for column in range(width):
            first = line[left[column]]
            out[column] = first + share[column] * (line[left[column] + 1] - first)
    result = np.empty((height, width), np.float32)
    for row in range(height):
        place = (row + 0.5) * tall + 0.5
        top = int(place)
        part = np.float32(place - top)
        above, below, out = rows[top], rows[top + 1], result[row]
        for column in range(width):
            out[column] = above[column] + part * (below[column] - above[column])
    return result


def smooth_noise(
    shape: tuple[int, ...], sigma: float, rng: np.random.Generator
) -> Image:
    """Return periodic noise of mean 0 and standard deviation 1.

    Wide noise is drawn in cells of at most a quarter of its grain size and
    interpolated.

    Parameters
    ----------
    shape : tuple of int
        Height and width.
    sigma : float
        Grain size, in pixels.
    rng : Generator

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    # In powers of two, so that slightly wider noise with the same seed looks alike.
    finest = 2 ** max(0, int(np.log2(max(sigma / NOISE_CELLS, 1))))
    cells = tuple(max(1, round(side / finest)) for side in shape)
    noise = rng.standard_normal(cells, np.float32)
    down, across = (
        sigma * count / side for count, side in zip(cells, shape, strict=True)
    )
    noise = blurred(noise, (down, across), wrap=True)
    if cells != tuple(shape):
        noise = enlarged(noise, shape)
    return np.asarray((noise - noise.mean()) / max(float(noise.std()), 1e-12))
