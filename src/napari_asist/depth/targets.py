"""Target output of the depth network for a labeled frame."""

import math

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled
from napari_asist.labels import LabelArray, LabelVideo

SOLIDITY = 0.88
"""Area of an object relative to that of its convex hull, below which depth is the
distance to the hull's border. In a cluster of fragments or a horseshoe, the distance to
the object's own border has several tops, and a watershed would cut it; in a convex hull
it has just one. A nearly closed ring may still be cut, because its middle is not part
of it."""


def halved_labels(labels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return the labels of blocks of 2 × 2 pixels, shape (..., Y / 2, X / 2).

    The largest label in a block is used, which does not depend on mirroring.
    """
    height, width = (side // 2 * 2 for side in labels.shape[-2:])
    even = labels[..., :height, :width]
    rows = np.maximum(even[..., ::2, :], even[..., 1::2, :])
    halved: NDArray[np.uint16] = np.maximum(rows[..., ::2], rows[..., 1::2])
    return halved


def halved_depth(labels: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return the normalized depth in blocks of 2 × 2 pixels of a labeled frame.

    Parameters
    ----------
    labels : ndarray of uint16, shape (Y, X)

    Returns
    -------
    ndarray of float32, shape (Y / 2, X / 2)
        Mean of the block's pixels: 0 outside objects, up to 1 where a pixel is farthest
        from its object's border, or from its convex hull's if the object has deep
        bays (see `SOLIDITY`). The frame's edge is not a border.
    """
    labels = np.ascontiguousarray(labels)
    distance = np.zeros(labels.shape, np.float32)
    _fill_distance(labels, distance)
    _fill_bays(labels, distance, SOLIDITY)
    largest = np.zeros(int(labels.max(initial=0)) + 1, np.float32)
    _fill_largest(labels, distance, largest)
    return _halved_shares(labels, distance, np.maximum(largest, np.float32(1e-6)))


@compiled
def _fill_distance(labels: NDArray[np.uint16], distance: NDArray[np.float32]) -> None:
    """Fill in each labeled pixel's distance to the nearest pixel with another label.

    Half a pixel is subtracted, because borders are between pixels. Distances are
    computed along the columns first; then each pixel checks the columns of its own run
    in its row, from near to far, until none can be nearer (after Saito and Toriwaki,
    Pattern Recognition 27, 1994).
    """
    height, width = labels.shape
    # A column with only one label gives no distance, nor does its end.
    far = np.int32(height + width)
    one = np.int32(1)
    column = np.full((height, width), far, np.int32)
    for y in range(1, height):
        for x in range(width):
            passed = min(column[y - 1, x] + one, far)
            column[y, x] = passed if labels[y, x] == labels[y - 1, x] else one
    for y in range(height - 2, -1, -1):
        for x in range(width):
            passed = column[y + 1, x] + one
            below = passed if labels[y, x] == labels[y + 1, x] else one
            column[y, x] = min(column[y, x], below)
    for y in range(height):
        for x in range(width):
            label = labels[y, x]
            if label == 0:
                continue
            best = np.int64(column[y, x]) ** 2
            step = 1
            while step * step < best and step < width:
                for place in (x - step, x + step):
                    if place < 0 or place >= width:
                        continue
                    # Another label is there, or `down` rows away from there.
                    down = np.int64(column[y, place])
                    if labels[y, place] != label:
                        down = np.int64(0)
                    best = min(best, np.int64(step * step) + down * down)
                step += 1
            distance[y, x] = np.sqrt(best) - 0.5


@compiled
def _fill_bays(
    labels: NDArray[np.uint16], distance: NDArray[np.float32], solidity: float
) -> None:
    """Replace the distances in objects with deep bays by those to their convex hulls.

    Inside a convex polygon, the nearest point of its border is on the line of one of
    its edges.
    """
    boxes, areas = _boxes(labels)
    height, width = labels.shape
    for label in range(1, len(boxes)):
        top, bottom, left, right = boxes[label]
        # At the frame's edge, the rest of the object is not known.
        is_cut = top == 0 or left == 0 or bottom == height - 1 or right == width - 1
        if areas[label] == 0 or is_cut:
            continue
        hull = _hull(labels, label, top, bottom, left, right)
        if areas[label] >= solidity * _area(hull):
            continue
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                if labels[y, x] == label:
                    distance[y, x] = _within(hull, y + 0.5, x + 0.5)


@compiled
def _boxes(labels: NDArray[np.uint16]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each label's first and last row and column, and its area."""
    count = int(labels.max()) + 1
    boxes = np.empty((count, 4), np.int64)
    boxes[:, 0], boxes[:, 1] = labels.shape[0], -1
    boxes[:, 2], boxes[:, 3] = labels.shape[1], -1
    areas = np.zeros(count, np.int64)
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            label = labels[y, x]
            if label:
                areas[label] += 1
                boxes[label, 0] = min(boxes[label, 0], y)
                boxes[label, 1] = max(boxes[label, 1], y)
                boxes[label, 2] = min(boxes[label, 2], x)
                boxes[label, 3] = max(boxes[label, 3], x)
    return boxes, areas


@compiled
def _hull(
    labels: NDArray[np.uint16], label: int, top: int, bottom: int, left: int, right: int
) -> NDArray[np.float64]:
    """Return the corners (y, x) of the convex hull of an object's pixels, in order.

    From row to row, each side keeps only corners at which it turns inward (Andrew,
    Information Processing Letters 9, 1979). Pixels are squares.
    """
    rows = bottom - top + 1
    sides = np.empty((2, 2 * rows, 2))
    counts = np.zeros(2, np.int64)
    for row in range(top, bottom + 1):
        first, last = -1, -1
        for column in range(left, right + 1):
            if labels[row, column] == label:
                first = column if first < 0 else first
                last = column + 1
        if first < 0:
            continue
        for edge in (row, row + 1):
            for side in range(2):
                sign = 1 if side else -1
                place = last if side else first
                count = counts[side]
                while count >= 2:
                    y1, x1 = sides[side, count - 1]
                    y0, x0 = sides[side, count - 2]
                    turn = (x1 - x0) * (edge - y0) - (place - x0) * (y1 - y0)
                    if sign * turn > 0:
                        break
                    count -= 1
                sides[side, count, 0], sides[side, count, 1] = edge, place
                counts[side] = count + 1
    hull = np.empty((counts[0] + counts[1], 2))
    hull[: counts[0]] = sides[0, : counts[0]]
    hull[counts[0] :] = sides[1, : counts[1]][::-1]
    return hull


@compiled
def _area(corners: NDArray[np.float64]) -> float:
    """Return the area of a polygon."""
    doubled = 0.0
    for number in range(len(corners)):
        y, x = corners[number]
        y_before, x_before = corners[number - 1]
        doubled += x_before * y - x * y_before
    return abs(doubled) / 2


@compiled
def _within(corners: NDArray[np.float64], y: float, x: float) -> float:
    """Return the distance of a point in a convex polygon to its border."""
    nearest = np.inf
    for number in range(len(corners)):
        y1, x1 = corners[number]
        y0, x0 = corners[number - 1]
        length = math.hypot(y1 - y0, x1 - x0)
        if length > 0:
            across = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
            nearest = min(nearest, abs(across) / length)
    return nearest


@compiled
def _fill_largest(
    labels: NDArray[np.uint16],
    distance: NDArray[np.float32],
    largest: NDArray[np.float32],
) -> None:
    height, width = labels.shape
    for y in range(height):
        for x in range(width):
            label = labels[y, x]
            if label and distance[y, x] > largest[label]:
                largest[label] = distance[y, x]


@compiled
def _halved_shares(
    labels: NDArray[np.uint16],
    distance: NDArray[np.float32],
    largest: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the mean of distance divided by its maximum in blocks of 2 × 2 pixels."""
    height, width = labels.shape
    shares = np.empty((height // 2, width // 2), np.float32)
    for row in range(height // 2):
        for column in range(width // 2):
            total = np.float32(0)
            for y in (2 * row, 2 * row + 1):
                for x in (2 * column, 2 * column + 1):
                    total += distance[y, x] / largest[labels[y, x]]
            shares[row, column] = total / np.float32(4)
    return shares


def centers_before(video: LabelVideo) -> NDArray[np.float32]:
    """Return each object's center in the previous frame, or its mother's if it is new.

    Parameters
    ----------
    video : LabelVideo

    Returns
    -------
    ndarray of float32, shape (T, largest label + 1, 2)
        Centers (y, x); nan if there was none.
    """
    highest = int(video.labels.max(initial=0))
    centers = np.full((len(video), highest + 1, 2), np.nan, np.float32)
    for frame, found in zip(video.labels, centers, strict=True):
        _fill_centers(np.ascontiguousarray(frame), found)
    before = np.full_like(centers, np.nan)
    before[1:] = centers[:-1]
    for track in video.tracks:
        time, parent = int(track["begin"]), int(track["parent"])
        if parent and time and track["label"] <= highest and parent <= highest:
            before[time, track["label"]] = centers[time - 1, parent]
    return before


@compiled
def _fill_centers(labels: LabelArray, centers: NDArray[np.float32]) -> None:
    """Fill in the mean position (y, x) of each label's pixels."""
    area = np.zeros(len(centers), np.int64)
    total = np.zeros((len(centers), 2), np.int64)
    for row in range(labels.shape[0]):
        for column in range(labels.shape[1]):
            label = labels[row, column]
            if label:
                area[label] += 1
                total[label, 0] += row
                total[label, 1] += column
    for label in range(1, len(centers)):
        if area[label]:
            centers[label, 0] = total[label, 0] / area[label]
            centers[label, 1] = total[label, 1] / area[label]
