"""Areas of a frame that show nothing of the sample: padding, masks, printed marks.

They have one value, and end with a sharp step beside pixels that have noise.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, label

from napari_asist.noise import NOISELESS, pixel_noise

Mask = NDArray[np.bool_]
Frame = NDArray[Any]

LEAST_AREA = 25
"""Pixels of one value next to each other that are not a coincidence."""


RARE = 0.05
"""Largest fraction of pixels near a padding that have its value by chance. More mean
that the background itself was clipped to this value."""

SHARP, SHARPEST = 0.7, 0.9
"""Smallest fraction of the step from a padding to its surroundings that is reached two
pixels, or one pixel, beside it. Light always falls off more gradually: saturated and
clipped objects are no padding."""

STEP = 5.0
"""Standard deviations of the noise above which a step is visible."""

MOST = 0.5
"""Fraction of a frame that a padding brighter than the median must cover."""

SMALLEST_FIELD = 0.02
"""Smallest fraction of a frame that a field within its padding covers."""

GRADES = 64
"""Intensities near a padding without a visible step. Compression leaves fewer, and flat
areas."""


def padding_of(frame: Frame) -> Mask:
    """Return the pixels of a frame that are padding.

    Padding has one value, the darkest of the frame or nearly so, touches the border of
    the frame, and ends with a sharp step beside pixels that have noise.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)

    Returns
    -------
    ndarray of bool, shape (Y, X)
    """
    found = np.zeros(frame.shape, bool)
    flat = _flat(frame)
    if np.count_nonzero(flat) < LEAST_AREA:
        return found
    values, counts = np.unique(frame[flat], return_counts=True)
    middle = np.median(frame)
    for value in values[np.argsort(-counts)][:3]:
        if value > middle and np.mean(frame == value) < MOST:
            continue
        parts, _ = label(frame == value)
        rim = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
        large = np.bincount(parts.ravel()) >= LEAST_AREA
        large[0] = False
        at_rim = np.zeros_like(large)
        at_rim[rim] = True
        area = (large & at_rim)[parts]
        if area.any() and _is_pasted(frame, area & ~found, value, 2, SHARP):
            found |= area
    return found if _leaves_fields(found) else np.zeros_like(found)


def _leaves_fields(padding: Mask) -> bool:
    """Return whether what is not padding consists of fields, not of single objects.

    The background of a denoised frame has one value, too.
    """
    parts, _ = label(~padding)
    areas = np.bincount(parts.ravel())[1:]
    fields = areas[areas >= SMALLEST_FIELD * padding.size]
    return bool(fields.sum() >= MOST * areas.sum())


def _flat(frame: Frame) -> Mask:
    """Return the pixels that are equal to their four neighbors."""
    flat = np.zeros(frame.shape, bool)
    inner = frame[1:-1, 1:-1]
    if inner.size:
        same = (inner == frame[:-2, 1:-1]) & (inner == frame[2:, 1:-1])
        flat[1:-1, 1:-1] = (
            same & (inner == frame[1:-1, :-2]) & (inner == frame[1:-1, 2:])
        )
    return flat


def _is_pasted(
    frame: Frame, area: Mask, value: np.generic, reach: int, sharp: float
) -> bool:
    """Return whether an area of one value is no part of the image around it.

    Parameters
    ----------
    reach : int
        Distance in px at which the surroundings have been reached.
    sharp : float
        Fraction of the step that is reached there.
    """
    inner = binary_dilation(area, iterations=reach - 1) if reach > 1 else area
    near = binary_dilation(inner) & ~inner
    beyond = binary_dilation(area, iterations=5) & ~binary_dilation(area, iterations=3)
    values = frame[beyond].astype(np.float64)
    if values.size < LEAST_AREA // 2 or np.mean(values == value) > RARE:
        return False
    rest = frame[~area].astype(np.float64)
    span = float(np.subtract(*np.quantile(rest, (0.99, 0.01))))
    noise = pixel_noise(frame, beyond)
    if noise <= NOISELESS * span:
        return False
    close, far = (
        abs(float(np.median(frame[ring].astype(np.float64))) - float(value))
        for ring in (near, beyond)
    )
    if far > STEP * noise:
        return close >= sharp * far
    return len(np.unique(values)) >= GRADES


def constant_areas(frames: Sequence[Frame]) -> Mask:
    """Return areas that have one value in all frames, such as burned-in scale bars.

    Parameters
    ----------
    frames : sequence of ndarray, shape (Y, X)

    Returns
    -------
    ndarray of bool, shape (Y, X)
        Empty if there are fewer than 3 frames.
    """
    first = frames[0]
    constant = np.logical_and.reduce([frame == first for frame in frames])
    found = np.zeros(first.shape, bool)
    if len(frames) < 3 or np.count_nonzero(constant & _flat(first)) == 0:
        return found
    values, counts = np.unique(first[constant & _flat(first)], return_counts=True)
    for value in values[np.argsort(-counts)][:8]:
        parts, _ = label(constant & (first == value))
        large = np.bincount(parts.ravel()) >= LEAST_AREA
        large[0] = False
        area = large[parts]
        if area.any() and _is_pasted(first, area, value, 1, SHARPEST):
            found |= area
    return found


def printed_areas(frames: Sequence[Frame]) -> Mask:
    """Return areas in which text of one value changes on ground of another.

    Parameters
    ----------
    frames : sequence of ndarray, shape (Y, X)

    Returns
    -------
    ndarray of bool, shape (Y, X)
        Empty if there are fewer than 3 frames.
    """
    lowest, highest = np.minimum.reduce(frames), np.maximum.reduce(frames)
    found = np.zeros(lowest.shape, bool)
    changing = lowest != highest
    for frame in frames:
        changing &= (frame == lowest) | (frame == highest)
    if len(frames) < 3 or np.count_nonzero(changing) < LEAST_AREA:
        return found
    pairs, counts = np.unique(
        np.stack([lowest[changing], highest[changing]]), axis=1, return_counts=True
    )
    low, high = pairs[:, np.argmax(counts)]
    printed = np.logical_and.reduce([(f == low) | (f == high) for f in frames])
    parts, _ = label(printed)
    large = np.bincount(parts.ravel()) >= LEAST_AREA
    large[0] = False
    large &= np.isin(np.arange(len(large)), parts[changing & (lowest == low)])
    area = large[parts]
    if not area.any():
        return found
    ground = low if np.mean(frames[0][area] == low) > 0.5 else high
    return area if _is_pasted(frames[0], area, ground, 1, SHARPEST) else found
