"""Link objects of consecutive frames by position, overlap, size and traced pixels.

The network predicts for each pixel where its object's center was in the previous frame.
The cost of a link combines the fraction of an object's pixels that are traced back to
an earlier object with distance, overlap and size; the assignment with the lowest total
cost is used. Candidates are near or overlap, so time is linear in pixels and objects.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from napari_asist.compiled import compiled
from napari_asist.tracking.depth.grid import Grid
from napari_asist.tracking.depth.objects import Segmented
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.tracking.linking.assignment import cheapest

Image = NDArray[np.float32]
Labels = NDArray[np.int32]
Numbers = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PairCounts:
    """Pixels that the objects of two frames have in common.

    Parameters
    ----------
    keys : ndarray of int64, shape (m,)
        Ascending: index of the earlier object times the number of later ones, plus the
        index of the later one; both start at 0.
    pixels : ndarray of float64, shape (m,)
    """

    keys: Index
    pixels: Numbers

    def at(self, keys: Index) -> Numbers:
        """Return the shared pixels of some pairs, 0 for those without any."""
        if not len(self.keys):
            return np.zeros(len(keys))
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.pixels[place], 0.0)


def shared_pixels(before: Segmented, after: Segmented) -> PairCounts:
    """Count the pixels of each overlapping pair of two frames."""
    return _counted(*_overlap_runs(before.labels, after.labels, len(after)))


def traced_pixels(
    before: Segmented, after: Segmented, offset: Image, grid: Grid
) -> tuple[PairCounts, Numbers]:
    """Count the pixels of later objects that are traced back to earlier ones.

    Parameters
    ----------
    before, after : Segmented
    offset : ndarray of float32, shape (2, ceil(Y / 2), ceil(X / 2))
        For the later frame, see `Maps`.
    grid : Grid

    Returns
    -------
    traced : PairCounts
        In px of the offset.
    size : ndarray of float64, shape (number of later objects,)
        Number of offset pixels in each later object.
    """
    keys, pixels, size = _traced_runs(
        before.labels, after.labels, offset, grid.video_step, len(after)
    )
    return _counted(keys, pixels), size


def _counted(keys: Index, pixels: Index) -> PairCounts:
    found, place = np.unique(keys, return_inverse=True)
    return PairCounts(found, np.bincount(place, pixels, len(found)).astype(np.float64))


@compiled
def _overlap_runs(before: Labels, after: Labels, n_after: int) -> tuple[Index, Index]:
    """Return the key and length of each run of one pair along the rows."""
    height, width = before.shape
    keys = np.empty(height * width, np.int64)
    pixels = np.empty(height * width, np.int64)
    found = -1
    for y in range(height):
        last = -1
        for x in range(width):
            earlier, later = before[y, x], after[y, x]
            if not (earlier and later):
                last = -1
                continue
            key = (earlier - 1) * n_after + later - 1
            if key != last:
                found += 1
                keys[found] = key
                pixels[found] = 0
                last = key
            pixels[found] += 1
    return keys[: found + 1].copy(), pixels[: found + 1].copy()


@compiled
def _traced_runs(
    before: Labels,
    after: Labels,
    offset: Image,
    step: tuple[float, float],
    n_after: int,
) -> tuple[Index, Index, Numbers]:
    height, width = before.shape
    rows, columns = offset.shape[1:]
    keys = np.empty(rows * columns, np.int64)
    pixels = np.zeros(len(keys), np.int64)
    size = np.zeros(n_after)
    found = -1
    for row in range(rows):
        last = -1
        for column in range(columns):
            # Corners of maps and video coincide; a pixel of the offset covers 2 × 2
            # pixels.
            y = min(int((2 * row + 1) / step[0]), height - 1)
            x = min(int((2 * column + 1) / step[1]), width - 1)
            later = after[y, x]
            if not later:
                last = -1
                continue
            size[later - 1] += 1
            v = int(np.floor((2 * row + 1 + offset[0, row, column]) / step[0]))
            u = int(np.floor((2 * column + 1 + offset[1, row, column]) / step[1]))
            if v < 0 or u < 0 or v >= height or u >= width or not before[v, u]:
                last = -1
                continue
            key = (before[v, u] - 1) * n_after + later - 1
            if key != last:
                found += 1
                keys[found] = key
            pixels[found] += 1
            last = key
    return keys[: found + 1].copy(), pixels[: found + 1].copy(), size


def linked(
    before: Segmented,
    after: Segmented,
    shared: PairCounts,
    offset: Image,
    grid: Grid,
    settings: DepthTrackingSettings,
) -> list[tuple[int, int]]:
    """Find which objects of two consecutive frames are the same.

    Parameters
    ----------
    before, after : Segmented
    shared : PairCounts
        See `shared_pixels`.
    offset : ndarray of float32, shape (2, ceil(Y / 2), ceil(X / 2))
        Offsets of the later frame, see `Maps`.
    grid : Grid
    settings : DepthTrackingSettings
        Uses ``link_…`` and the weights.

    Returns
    -------
    list of (int, int)
        Indices from 0 of the earlier and the later object.
    """
    if not (len(before) and len(after)):
        return []
    reach = settings.link_reach * grid.video_radius
    near = cKDTree(after.centers).query_ball_point(before.centers, reach)
    rows = np.repeat(np.arange(len(before)), [len(one) for one in near])
    columns = np.array([index for one in near for index in one], np.int64)
    traced, size = traced_pixels(before, after, offset, grid)
    keys = np.unique(
        np.concatenate([rows * len(after) + columns, shared.keys, traced.keys])
    )
    rows, columns = keys // len(after), keys % len(after)
    both = shared.at(keys)
    iou = both / (before.areas[rows] + after.areas[columns] - both)
    distance = (
        np.linalg.norm(after.centers[columns] - before.centers[rows], axis=1) / reach
    )
    share = traced.at(keys) / np.maximum(size[columns], 1)
    allowed = (
        (distance <= 1) | (iou > settings.link_iou) | (share > settings.link_traced)
    )
    rows, columns = rows[allowed], columns[allowed]
    small, large = np.sort([before.areas[rows], after.areas[columns]], axis=0)
    distances = [
        np.minimum(distance[allowed], 1),
        1 - iou[allowed],
        1 - share[allowed],
        1 - small / large,
    ]
    weights = np.array(
        [
            settings.way_weight,
            settings.overlap_weight,
            settings.offset_weight,
            settings.size_weight,
        ]
    )
    costs = weights @ np.stack(distances) / weights.sum()
    return cheapest(costs, rows, columns, len(before), len(after), settings.link_cost)
