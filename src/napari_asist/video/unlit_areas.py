"""Areas that the light does not reach: outside a field stop, or beside a half-open one.

The camera records its offset there, and its noise, so that unlike padding such an area
has no constant value. It is recognized by what a stop does to the light: the dark is
flat, reaches the border of the frame and is the same in all frames, and the lit part
has a convex outline, spans the frame, and is evenly bright along its edge. Uneven light
decreases gradually instead, and groups of cells have another outline.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import (
    binary_erosion,
    binary_fill_holes,
    binary_opening,
    label,
)
from skimage.morphology import convex_hull_image

from napari_asist.noise import NOISELESS, pixel_noise
from napari_asist.video.masked_areas import Frame, Mask

Levels = NDArray[np.float64]

FINEST, CELLS, FEWEST = 2, 96, 12
"""Least side of the cells in which light is measured, in px; their number along the
shorter side of a frame; and how few there may be."""

VISIBLE = 5.0
"""Standard deviations of the noise by which the lit background exceeds the dark."""

DARKEST, BACKGROUND = 0.01, 0.3
"""Quantiles of the cells that show the dark, and, among the lit cells, the background
between objects."""

FLAT, MOSTLY = 10.0, 0.2
"""Standard deviations of the dark cells' noise within which they are as dark as the
darkest, and the fraction that must be."""

LEAST_DARK, LEAST_LIT = 0.01, 0.1
"""Least fractions of the field."""

STEADY = 0.98
"""Fraction of the cells that are dark, or lit, in every frame alike. Objects move."""

CONVEX, SPANNED = 0.96, 0.9
"""Fraction of its convex hull that the lit part fills, and the fraction of the frame's
height or width that it spans."""

EVEN = 0.25
"""Fraction of the step of light by which at most half of the cells along the edge
differ from their background."""

REACHED, RISE, WIDEST = 0.75, 0.04, 12
"""The edge ends where the light has reached this fraction, or rises by less than that
fraction from cell to cell; and its largest width in cells."""

ROUNDS = 4
"""Number of times the level that divides dark from lit is corrected."""


def unlit_areas(frames: Sequence[Frame], regions: Mask) -> Mask:
    """Return the areas that light does not reach.

    Parameters
    ----------
    frames : sequence of ndarray, shape (Y, X)
        Frames of one video, spread over its duration.
    regions : ndarray of bool, shape (Y, X)
        Pixels that are no measurement for other reasons.

    Returns
    -------
    ndarray of bool, shape (Y, X)
        Empty if there are fewer than 3 frames.
    """
    nothing = np.zeros(regions.shape, bool)
    side = max(FINEST, min(regions.shape) // CELLS)
    if len(frames) < 3 or min(regions.shape) // side < FEWEST:
        return nothing
    known: Mask = np.logical_not(_cells(regions, side).any(axis=-1))
    levels = np.stack([np.median(_cells(frame, side), axis=-1) for frame in frames])
    noise = float(np.median([pixel_noise(frame, ~regions) for frame in frames]))
    if not noise or known.mean() < LEAST_LIT:
        return nothing
    found = _dark_cells(levels, known, noise)
    if not found.any():
        return nothing
    # Pixels beyond the last whole cells are like those.
    rows, columns = (
        np.minimum(np.arange(length) // side, count - 1)
        for length, count in zip(regions.shape, found.shape, strict=True)
    )
    unlit: Mask = found[np.ix_(rows, columns)] & ~regions
    return unlit


def _cells(image: NDArray[Any], side: int) -> NDArray[Any]:
    """Return the pixels of square cells, shape (rows, columns, pixels)."""
    rows, columns = (length // side for length in image.shape)
    whole = image[: rows * side, : columns * side]
    cells = whole.reshape(rows, side, columns, side).swapaxes(1, 2)
    return cells.reshape(rows, columns, side * side)


def _dark_cells(levels: Levels, known: Mask, noise: float) -> Mask:
    """Return the cells without light, given their levels in each frame."""
    nothing = np.zeros(known.shape, bool)
    mean = levels.mean(axis=0)
    dark = float(np.quantile(mean[known], DARKEST))
    half = dark + VISIBLE * noise / 2
    for _ in range(ROUNDS):
        lit = known & (mean > half)
        if lit.sum() < LEAST_LIT * known.sum():
            return nothing
        background = float(np.quantile(mean[lit], BACKGROUND))
        half = (dark + background) / 2
    step = background - dark
    below = known & (mean <= half)
    is_steady = ((levels > half) == (mean > half)).all(axis=0)
    if (
        step < VISIBLE * noise
        or below.sum() < LEAST_DARK * known.sum()
        or is_steady[known].mean() < STEADY
    ):
        return nothing
    flat = max(FLAT * pixel_noise(mean, below), NOISELESS * step)
    if np.mean(mean[below] <= dark + flat) < MOSTLY:
        return nothing
    field = binary_fill_holes(_largest_part(binary_opening(lit | ~known, iterations=2)))
    if not _looks_like_a_stop(field, known):
        return nothing
    edge = _ring(field, 3) & known
    usual = float(np.quantile(mean[edge], BACKGROUND))
    if np.mean(np.abs(mean[edge] - usual) <= EVEN * step) < 0.5:
        return nothing
    return _with_edge(field, known, (mean - dark) / step) & known


def _largest_part(area: Mask) -> Mask:
    parts, count = label(area)
    if count == 0:
        return area
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(parts == np.argmax(sizes))


def _looks_like_a_stop(field: Mask, known: Mask) -> bool:
    """Return whether a lit part is convex and spans the frame."""
    if field.sum() < LEAST_LIT * field.size or not (known & ~field).any():
        return False
    hull = convex_hull_image(field)  # type: ignore[no-untyped-call]
    is_convex = field[hull & known].mean() >= CONVEX
    spanned = max(field.any(axis=axis).mean() for axis in (0, 1))
    return bool(is_convex and spanned >= SPANNED)


def _ring(field: Mask, depth: int) -> Mask:
    """Return the cells of a field at a distance from its edge, in cells."""
    outer = binary_erosion(field, iterations=depth - 1, border_value=1)
    outer = outer if depth > 1 else field
    ring: Mask = outer & ~binary_erosion(outer, border_value=1)
    return ring


def _with_edge(field: Mask, known: Mask, light: Levels) -> Mask:
    """Return the dark cells, and those at the edge that get less light than usual."""
    dark, before = ~field, 0.0
    for depth in range(1, WIDEST + 1):
        ring = _ring(field, depth) & known
        if not ring.any():
            break
        reached = float(np.quantile(light[ring], BACKGROUND))
        if depth > 2 and (reached >= REACHED or reached - before < RISE):
            break
        dark, before = dark | ring, reached
    return dark
