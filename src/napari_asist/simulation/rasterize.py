"""Compiled functions for polygons: filling them, and finding close ones."""

import math

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled

Floats = NDArray[np.float64]


@compiled
def fill_polygons(
    outlines: Floats,
    centers: Floats,
    axes: Floats,
    stacked: bool,
    above: NDArray[np.bool_],
    owners: NDArray[np.uint16],
    areas: NDArray[np.int64],
) -> None:
    """Fill polygons by scanlines and the even-odd rule.

    A pixel belongs to a polygon if its center is inside. Where polygons overlap, it
    belongs to the last one, or to the one whose center is nearest in units of its own
    half-axes in the direction of the pixel, unless only one of them is above the
    others.

    Parameters
    ----------
    outlines : ndarray of float64, shape (n, corners, 2)
        In the objects' own axes, in units of their half-axes.
    centers : ndarray of float64, shape (n, 2)
        y and x.
    axes : ndarray of float64, shape (n, 3)
        Half the length, half the width, angle in radians from x toward y.
    stacked : bool
        Whether the last polygon owns what it covers.
    above : ndarray of bool, shape (n,)
        Which polygons are above the others; ignored if `stacked`.
    owners : ndarray of uint16, shape (Y, X)
        Zeros; receives the owner's position plus 1.
    areas : ndarray of int64, shape (n + 1,)
        Zeros; receives the number of pixels of each owner.
    """
    height, width = owners.shape
    corners = outlines.shape[1]
    crossings = np.empty((height, corners))
    found = np.zeros(height, np.int64)
    ys, xs = np.empty(corners), np.empty(corners)
    for number in range(len(outlines)):
        y, x = centers[number, 0], centers[number, 1]
        major, minor = axes[number, 0], axes[number, 1]
        sin, cos = math.sin(axes[number, 2]), math.cos(axes[number, 2])
        low, high = np.inf, -np.inf
        for corner in range(corners):
            along = outlines[number, corner, 0] * major
            aside = outlines[number, corner, 1] * minor
            ys[corner] = y + along * sin + aside * cos
            xs[corner] = x + along * cos - aside * sin
            low, high = min(low, ys[corner]), max(high, ys[corner])
        top, bottom = max(0, math.ceil(low)), min(height - 1, math.floor(high))
        for corner in range(corners):
            y0, x0 = ys[corner - 1], xs[corner - 1]
            y1, x1 = ys[corner], xs[corner]
            if y0 > y1:
                y0, x0, y1, x1 = y1, x1, y0, x0
            for row in range(max(top, math.ceil(y0)), min(bottom + 1, math.ceil(y1))):
                # Sorted on insertion: most outlines cross a row only twice.
                crossing = x0 + (row - y0) * (x1 - x0) / (y1 - y0)
                place = found[row]
                while place > 0 and crossings[row, place - 1] > crossing:
                    crossings[row, place] = crossings[row, place - 1]
                    place -= 1
                crossings[row, place] = crossing
                found[row] += 1
        for row in range(top, bottom + 1):
            for pair in range(0, found[row] - 1, 2):
                first = max(0, math.ceil(crossings[row, pair]))
                last = min(width, math.ceil(crossings[row, pair + 1]))
                for column in range(first, last):
                    owner = owners[row, column]
                    if owner and not stacked and above[owner - 1] != above[number]:
                        if above[owner - 1]:
                            continue
                    elif owner and not stacked:
                        # Overlaps are few: computing their distances is cheaper than a
                        # map.
                        rival = _distance(centers, axes, owner - 1, row, column)
                        if _distance(centers, axes, number, row, column) >= rival:
                            continue
                    areas[owner] -= 1
                    owners[row, column] = number + 1
                    areas[number + 1] += 1
            found[row] = 0


@compiled
def rename(owners: NDArray[np.uint16], names: NDArray[np.uint16]) -> None:
    """Replace each owner by its name, in place.

    Parameters
    ----------
    owners : ndarray of uint16, shape (Y, X)
    names : ndarray of uint16, shape (highest owner + 1,)
        Whose entry 0 is 0.
    """
    for row in range(owners.shape[0]):
        for column in range(owners.shape[1]):
            if owners[row, column]:
                owners[row, column] = names[owners[row, column]]


@compiled
def _distance(
    centers: Floats, axes: Floats, number: int, row: int, column: int
) -> float:
    """Return the squared distance from a center in units of its half-axes."""
    dy, dx = row - centers[number, 0], column - centers[number, 1]
    sin, cos = math.sin(axes[number, 2]), math.cos(axes[number, 2])
    along = (dy * sin + dx * cos) / axes[number, 0]
    aside = (dy * cos - dx * sin) / axes[number, 1]
    return float(along * along + aside * aside)


@compiled
def close_polygons(
    outlines: Floats, centers: Floats, axes: Floats, overlap: Floats, since: int = 0
) -> NDArray[np.int64]:
    """Find the polygons whose centers violate the distance rule.

    Two centers must be at least `overlap` times the distance at which their outlines
    touch along the line between the centers. The smaller `overlap` of the two is used.

    Parameters
    ----------
    outlines, centers, axes
        As for `fill_polygons`.
    overlap : ndarray of float64, shape (n,)
    since : int
        At least one of the two must be at this position or later.

    Returns
    -------
    ndarray of int64, shape (pairs, 2)
        Positions, the lower one first.
    """
    count = len(outlines)
    reach = np.zeros(count)
    for number in range(count):
        for corner in range(outlines.shape[1]):
            along = outlines[number, corner, 0] * axes[number, 0]
            aside = outlines[number, corner, 1] * axes[number, 1]
            reach[number] = max(reach[number], along * along + aside * aside)
    reach = np.sqrt(reach)
    farthest = 2 * overlap.max() * reach.max() if count else 0.0
    pairs = np.empty((max(16, count), 2), np.int64)
    found = 0
    # After sorting along y, the rivals of an object are the next ones.
    order = np.argsort(centers[:, 0])
    for place, one in enumerate(order):
        for other in order[place + 1 :]:
            dy = centers[other, 0] - centers[one, 0]
            if dy >= farthest:
                break
            if one < since and other < since:
                continue
            dx = centers[other, 1] - centers[one, 1]
            distance = math.hypot(dy, dx)
            part = min(overlap[one], overlap[other])
            if distance >= part * (reach[one] + reach[other]):
                continue
            touching = _radius_along(outlines[one], axes[one], dy, dx)
            touching += _radius_along(outlines[other], axes[other], -dy, -dx)
            if distance < part * touching:
                if found == len(pairs):
                    pairs = np.concatenate((pairs, np.empty_like(pairs)))
                pairs[found, 0] = min(one, other)
                pairs[found, 1] = max(one, other)
                found += 1
    return pairs[:found]


@compiled
def _radius_along(outline: Floats, axes: Floats, dy: float, dx: float) -> float:
    """Return the distance of an outline from its center in a direction."""
    distance = math.hypot(dy, dx)
    if distance == 0.0:
        dx = distance = 1.0
    sin, cos = math.sin(axes[2]), math.cos(axes[2])
    u = (dy * sin + dx * cos) / axes[0] / distance
    v = (dy * cos - dx * sin) / axes[1] / distance
    farthest = 0.0
    last = outline[len(outline) - 1]
    side_after = u * last[1] - v * last[0]
    for corner in range(len(outline)):
        side_before = side_after
        side_after = u * outline[corner, 1] - v * outline[corner, 0]
        if (side_before > 0) != (side_after > 0):
            before, after = outline[corner - 1], outline[corner]
            part = side_before / (side_before - side_after)
            along = before[0] + part * (after[0] - before[0])
            aside = before[1] + part * (after[1] - before[1])
            radius = (along * u + aside * v) / (u * u + v * v)
            farthest = max(farthest, radius)
    return farthest
