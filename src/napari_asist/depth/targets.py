"""Target output of the depth network for a labeled frame."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled
from napari_asist.labels import LabelVideo


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
        from its object's border. The frame's edge is not a border.
    """
    labels = np.ascontiguousarray(labels)
    distance = np.zeros(labels.shape, np.float32)
    _fill_distance(labels, distance)
    largest = np.zeros(int(labels.max(initial=0)) + 1, np.float32)
    _fill_largest(labels, distance, largest)
    depth = distance / np.maximum(largest, 1e-6)[labels]
    height, width = (side // 2 * 2 for side in labels.shape)
    blocks = depth[:height, :width].reshape(height // 2, 2, width // 2, 2)
    mean: NDArray[np.float32] = blocks.mean(axis=(1, 3))
    return mean


@compiled
def _fill_distance(labels: NDArray[np.uint16], distance: NDArray[np.float32]) -> None:
    """Fill in each labeled pixel's distance to the nearest pixel with another label.

    Half a pixel is subtracted, because borders are between pixels. Distances are
    computed along the columns first; then each pixel checks the columns of its own run
    in its row, from near to far, until none can be nearer (after Saito and Toriwaki,
    Pattern Recognition 27, 1994).
    """
    height, width = labels.shape
    far = height + width
    column = np.empty((height, width), np.int64)
    for x in range(width):
        for y in range(height):
            same = y > 0 and labels[y, x] == labels[y - 1, x]
            column[y, x] = column[y - 1, x] + 1 if same else (1 if y > 0 else far)
            # A column with only one label gives no distance, nor does its end.
            column[y, x] = min(column[y, x], far)
        for y in range(height - 2, -1, -1):
            below = column[y + 1, x] + 1 if labels[y, x] == labels[y + 1, x] else 1
            column[y, x] = min(column[y, x], below)
    for y in range(height):
        for x in range(width):
            label = labels[y, x]
            if label == 0:
                continue
            best = column[y, x] ** 2
            for side in (-1, 1):
                step = 1
                while step * step < best:
                    place = x + side * step
                    if place < 0 or place >= width:
                        break
                    if labels[y, place] != label:
                        best = step * step
                        break
                    best = min(best, step * step + column[y, place] ** 2)
                    step += 1
            distance[y, x] = np.sqrt(best) - 0.5


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
            largest[label] = max(largest[label], distance[y, x])


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
        y, x = np.nonzero(frame)
        owner = frame[y, x]
        area = np.bincount(owner, minlength=highest + 1)
        present = area > 0
        for axis, places in enumerate((y, x)):
            total = np.bincount(owner, places, highest + 1)
            found[present, axis] = total[present] / area[present]
    before = np.full_like(centers, np.nan)
    before[1:] = centers[:-1]
    for track in video.tracks:
        time, parent = int(track["begin"]), int(track["parent"])
        if parent and time and track["label"] <= highest and parent <= highest:
            before[time, track["label"]] = centers[time - 1, parent]
    return before
