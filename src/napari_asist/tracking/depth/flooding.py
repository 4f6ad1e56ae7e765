"""Segment objects as basins of depth: flood from centers, merge at shallow saddles.

A watershed with union-find (Tarjan; Najman & Couprie, Journal of Mathematical Imaging
and Vision 2006): pixels are visited from the deepest to the shallowest, a pixel without
a visited neighbor begins a basin, and where two basins meet, that pixel is the saddle
between them. Counting sort makes the time linear in pixels.
"""

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
LEVELS = 2048
"""Number of depth levels between 0 and 1."""


def flood(
    depth: Image, inside: Mask, saddle: float, least_depth: float
) -> tuple[Labels, NDArray[np.int64]]:
    """Divide a mask into basins.

    Parameters
    ----------
    depth : ndarray of float32, shape (Y, X)
        1 in the center of an object and 0 at its border.
    inside : ndarray of bool, shape (Y, X)
        The mask to divide.
    saddle : float
        Basins merge if the lower of both maxima is less than this above the saddle,
        starting at the highest saddle.
    least_depth : float
        Basins whose maximum is below this remain 0, unless they merge.

    Returns
    -------
    labels : ndarray of int32, shape (Y, X)
        Numbered from 1, in row order.
    peaks : ndarray of int64, shape (number of basins, 2)
        Position (y, x) of each one's maximum.
    """
    order = _deepest_first(depth, inside)
    return _flooded(depth, order, saddle, least_depth)


@compiled
def _deepest_first(depth: Image, inside: Mask) -> NDArray[np.int64]:
    """Return the flat indices of a mask's pixels, sorted by counting."""
    height, width = depth.shape
    starts = np.zeros(LEVELS + 2, np.int64)
    for y in range(height):
        for x in range(width):
            if inside[y, x]:
                starts[_level(depth[y, x]) + 1] += 1
    for level in range(LEVELS + 1):
        starts[level + 1] += starts[level]
    order = np.empty(starts[LEVELS + 1], np.int64)
    for y in range(height):
        for x in range(width):
            if inside[y, x]:
                level = _level(depth[y, x])
                order[starts[level]] = y * width + x
                starts[level] += 1
    return order


@compiled
def _level(depth: float) -> int:
    """Return 0 for the deepest and LEVELS for the shallowest."""
    return LEVELS - int(min(max(depth, 0.0), 1.0) * LEVELS)


@compiled
def _root(parent: NDArray[np.int64], basin: int) -> int:
    while parent[basin] != basin:
        parent[basin] = parent[parent[basin]]
        basin = parent[basin]
    return basin


@compiled
def _flooded(
    depth: Image, order: NDArray[np.int64], saddle: float, least_depth: float
) -> tuple[Labels, NDArray[np.int64]]:
    height, width = depth.shape
    basin = np.full((height, width), -1, np.int32)
    parent = np.empty(len(order), np.int64)
    peak = np.empty(len(order), np.int64)
    count = 0
    near = np.empty(8, np.int64)
    for place in order:
        y, x = place // width, place % width
        here = depth[y, x]
        found, best, highest = 0, -1, np.float32(-np.inf)
        for v in range(max(y - 1, 0), min(y + 2, height)):
            for u in range(max(x - 1, 0), min(x + 2, width)):
                if basin[v, u] < 0:
                    continue
                root = _root(parent, basin[v, u])
                near[found] = root
                found += 1
                if depth[v, u] > highest:
                    best, highest = root, depth[v, u]
        if best < 0:
            parent[count] = count
            peak[count] = place
            basin[y, x] = count
            count += 1
            continue
        basin[y, x] = best
        for index in range(found):
            one, other = _root(parent, best), _root(parent, near[index])
            if one == other:
                continue
            top = depth[peak[one] // width, peak[one] % width]
            other_top = depth[peak[other] // width, peak[other] % width]
            lower = min(top, other_top)
            if lower - here < saddle or lower < least_depth:
                if top < other_top:
                    parent[one] = other
                else:
                    parent[other] = one
    return _numbered(depth, basin, parent, peak, count, least_depth)


@compiled
def _numbered(
    depth: Image,
    basin: Labels,
    parent: NDArray[np.int64],
    peak: NDArray[np.int64],
    count: int,
    least_depth: float,
) -> tuple[Labels, NDArray[np.int64]]:
    """Assign numbers to the basins that are deep enough, in row order."""
    height, width = depth.shape
    number = np.zeros(count, np.int32)
    peaks = np.empty((count, 2), np.int64)
    labels = np.zeros((height, width), np.int32)
    last = 0
    for y in range(height):
        for x in range(width):
            if basin[y, x] < 0:
                continue
            root = _root(parent, basin[y, x])
            row, column = peak[root] // width, peak[root] % width
            if depth[row, column] < least_depth:
                continue
            if not number[root]:
                peaks[last] = row, column
                last += 1
                number[root] = last
            labels[y, x] = number[root]
    return labels, peaks[:last].copy()


@compiled
def drop_small(
    labels: Labels, peaks: NDArray[np.int64], least: float, least_at_edge: float
) -> NDArray[np.int64]:
    """Set small objects to 0 and renumber the others, in place.

    Parameters
    ----------
    labels : ndarray of int32, shape (Y, X)
    peaks : ndarray of int64, shape (n, 2)
        For the labels 1 to n.
    least : float
        Pixels of the smallest object to keep.
    least_at_edge : float
        The same for objects at the edge of the frame.

    Returns
    -------
    ndarray of int64, shape (m, 2)
        The peaks of the kept objects.
    """
    height, width = labels.shape
    size = np.zeros(len(peaks) + 1, np.int64)
    at_edge = np.zeros(len(peaks) + 1, np.bool_)
    for y in range(height):
        for x in range(width):
            label = labels[y, x]
            size[label] += 1
            if y == 0 or x == 0 or y == height - 1 or x == width - 1:
                at_edge[label] = True
    name = np.zeros(len(peaks) + 1, np.int32)
    kept = np.empty_like(peaks)
    last = 0
    for label in range(1, len(peaks) + 1):
        if size[label] >= (least_at_edge if at_edge[label] else least):
            kept[last] = peaks[label - 1]
            last += 1
            name[label] = last
    for y in range(height):
        for x in range(width):
            labels[y, x] = name[labels[y, x]]
    return kept[:last].copy()


@compiled
def join_loose(labels: Labels, inside: Mask, reach: float) -> None:
    """Assign foreground without an object to the object that reaches it first.

    Parameters
    ----------
    labels : ndarray of int32, shape (Y, X)
        Changed in place.
    inside : ndarray of bool, shape (Y, X)
        The foreground.
    reach : float
        In px; objects grow along the foreground, alternately by 4 and by 8 neighbors,
        which approximates straight distance within 8 %.
    """
    height, width = labels.shape
    loose = np.empty(inside.sum(), np.int64)
    left = 0
    for y in range(height):
        for x in range(width):
            if inside[y, x] and not labels[y, x]:
                loose[left] = y * width + x
                left += 1
    found = np.empty(left, np.int32)
    for turn in range(int(np.ceil(reach))):
        for index in range(left):
            y, x = loose[index] // width, loose[index] % width
            found[index] = 0
            for v in range(max(y - 1, 0), min(y + 2, height)):
                for u in range(max(x - 1, 0), min(x + 2, width)):
                    straight = v == y or u == x
                    if labels[v, u] and (straight or turn % 2):
                        found[index] = labels[v, u]
        still = 0
        for index in range(left):
            place = loose[index]
            if found[index]:
                labels[place // width, place % width] = found[index]
            else:
                loose[still] = place
                still += 1
        if still == left and turn % 2:
            return
        left = still


@compiled
def fill_enclosed(labels: Labels) -> None:
    """Fill background enclosed by a single object, in place.

    Parameters
    ----------
    labels : ndarray of int32, shape (Y, X)
    """
    height, width = labels.shape
    visited = np.zeros((height, width), np.bool_)
    queue = np.empty(height * width, np.int64)
    for row in range(height):
        for column in range(width):
            if labels[row, column] or visited[row, column]:
                continue
            queue[0] = row * width + column
            visited[row, column] = True
            n, index, owner = 1, 0, 0
            while index < n:
                y, x = queue[index] // width, queue[index] % width
                index += 1
                for side in range(4):
                    v = y + (side == 0) - (side == 1)
                    u = x + (side == 2) - (side == 3)
                    if v < 0 or u < 0 or v >= height or u >= width:
                        owner = -1
                        continue
                    label = labels[v, u]
                    if label:
                        if owner == 0:
                            owner = label
                        elif owner != label:
                            owner = -1
                    elif not visited[v, u]:
                        visited[v, u] = True
                        queue[n] = v * width + u
                        n += 1
            if owner > 0:
                for place in queue[:n]:
                    labels[place // width, place % width] = owner
