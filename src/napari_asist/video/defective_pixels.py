"""Pixels and lines of a camera that are defective, and pixels that flash.

A defective pixel always differs from all of its neighbors, more sharply than the image
of a point; a defective line has one value, as no line with noise has; and where a
cosmic ray hits, a pixel is brighter than any point of light. Each is replaced by its
neighbors.
"""

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, label, median_filter

from napari_asist.noise import NOISELESS, pixel_noise
from napari_asist.video.masked_areas import Frame, Mask

DEFECT, STEADY = 5.0, 2.0
"""Standard deviations by which a defective pixel differs from its neighbors in the mean
over time, and in each frame."""

FLASH = 20.0
"""Standard deviations of the noise by which a pixel that flashes exceeds its
neighbors."""

SPREAD, NEXT = 0.15, 0.3
"""Largest fraction of a defective pixel's excess, above or below its surroundings, that
its neighbors have in the median, and that more than one of them has. The image of a
point reaches more."""

LINE, SHORTEST_LINE, WIDEST_DEFECT = 0.95, 8, 3
"""Fraction of a defective line's pixels that have its value: others may be defects of
another line. Its least length, and the largest number of such lines side by side."""


def steady_defects(frames: Sequence[Frame], regions: Mask) -> Mask:
    """Return single pixels that always differ from all of their neighbors.

    Parameters
    ----------
    frames : sequence of ndarray, shape (Y, X)
    regions : ndarray of bool, shape (Y, X)
        Pixels that are no measurement.

    Returns
    -------
    ndarray of bool, shape (Y, X)
        Empty if there are fewer than 3 frames.
    """
    found = np.zeros(regions.shape, bool)
    if len(frames) < 3 or min(regions.shape) < 5:
        return found
    average = np.asarray(np.mean(frames, axis=0), np.float32)
    excess = average - median_filter(average, 3)
    deviation = float(np.median(np.abs(excess[~regions]))) / 0.6745
    noise = float(np.median([pixel_noise(frame, ~regions) for frame in frames]))
    span = float(np.subtract(*np.quantile(average[~regions], (0.99, 0.01))))
    if noise <= NOISELESS * span:
        return found
    candidates = np.abs(excess) > DEFECT * deviation
    # Beside a masked region, neighbors are no measurements either.
    candidates &= ~binary_dilation(regions, np.ones((5, 5)))
    rows, columns = np.nonzero(candidates)
    is_alone = _stand_alone(average, rows, columns)
    center = excess[rows, columns]
    for frame in frames:
        near = _windows(frame.astype(np.float32), rows, columns, 1).reshape(-1, 9)
        differs = near[:, 4] - np.median(np.delete(near, 4, axis=1), axis=1)
        is_alone &= differs * np.sign(center) > STEADY * noise
    found[rows[is_alone], columns[is_alone]] = True
    return found


def flashes_in(frame: Frame, hidden: Mask) -> Mask:
    """Return single pixels of a frame that are brighter than any point of light.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
    hidden : ndarray of bool, shape (Y, X)
        Pixels that are no measurement, and are not searched.

    Returns
    -------
    ndarray of bool, shape (Y, X)
    """
    found = np.zeros(frame.shape, bool)
    noise = pixel_noise(frame, ~hidden)
    if min(frame.shape) < 5 or not noise:
        return found
    image = frame.astype(np.float32)
    excess = image - median_filter(image, 3)
    # Fainter ones do no harm.
    span = float(np.subtract(*np.quantile(image[~hidden], (0.99, 0.01))))
    candidates = (excess > max(FLASH * noise, span)) & ~hidden
    rows, columns = np.nonzero(candidates)
    is_alone = _stand_alone(image, rows, columns)
    found[rows[is_alone], columns[is_alone]] = True
    return found


def _stand_alone(
    image: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which pixels differ more from all neighbors than the image of a point."""
    around = _windows(image, rows, columns, 2)
    ring = np.ones((5, 5), bool)
    ring[1:4, 1:4] = False
    around -= np.median(around[:, ring], axis=1)[:, None, None]
    center = np.abs(around[:, 2, 2])
    neighbors = np.abs(np.delete(around[:, 1:4, 1:4].reshape(-1, 9), 4, axis=1))
    neighbors.sort(axis=1)
    is_alone = neighbors[:, -2] <= NEXT * center
    return np.asarray(is_alone & (np.median(neighbors, axis=1) <= SPREAD * center))


def defective_lines(frames: Sequence[Frame], regions: Mask) -> Mask:
    """Return rows and columns that have one value, as no line with noise has.

    Parameters
    ----------
    frames : sequence of ndarray, shape (Y, X)
    regions : ndarray of bool, shape (Y, X)
        Pixels that are no measurement.

    Returns
    -------
    ndarray of bool, shape (Y, X)
    """
    found = np.zeros(regions.shape, bool)
    if not any(pixel_noise(frame, ~regions) > 0 for frame in frames):
        return found
    for axis in (0, 1):
        measured = np.count_nonzero(~regions, axis=axis)
        shares = np.array([_share_of_median(frame, regions, axis) for frame in frames])
        is_constant = (shares.min(axis=0) >= LINE) & (measured >= SHORTEST_LINE)
        # Lines beside one another that are all constant are no defects of a camera.
        wide, _ = label(is_constant)
        narrow = np.bincount(wide) <= WIDEST_DEFECT
        narrow[0] = False
        found |= np.expand_dims(narrow[wide], axis)
    return found & ~regions


def _share_of_median(frame: Frame, regions: Mask, axis: int) -> NDArray[np.float64]:
    """Return the fraction of each line's measured pixels that have its median value."""
    values = np.where(regions, np.nan, frame.astype(np.float64))
    known = np.isfinite(values)
    with warnings.catch_warnings():  # lines without a measured pixel
        warnings.simplefilter("ignore", RuntimeWarning)
        middle = np.nanmedian(values, axis=axis, keepdims=True)
    equal = np.count_nonzero(values == middle, axis=axis)
    share: NDArray[np.float64] = equal / np.maximum(np.count_nonzero(known, axis), 1)
    return share


def _windows(
    image: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    reach: int,
) -> NDArray[np.float32]:
    """Return the surroundings of some pixels, shape (n, side, side)."""
    side = 2 * reach + 1
    padded = np.pad(image, reach, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side))
    return np.array(windows[rows, columns])


def replace_defects(frame: Frame, defects: Mask, hidden: Mask) -> None:
    """Replace each defective pixel by the median of its measured neighbors.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
        Changed in place.
    defects, hidden : ndarray of bool, shape (Y, X)
        Pixels to replace, and pixels that are no measurement either.
    """
    height, width = frame.shape
    unknown = defects | hidden
    for row, column in np.argwhere(defects & ~hidden):
        for reach in (1, 2, 3):
            rows = slice(max(row - reach, 0), min(row + reach + 1, height))
            columns = slice(max(column - reach, 0), min(column + reach + 1, width))
            known = frame[rows, columns][~unknown[rows, columns]]
            if known.size >= 3:
                # An observed value, so that integers stay integers.
                frame[row, column] = np.sort(known)[known.size // 2]
                break
