"""Segment the objects of a frame, and measure how clear each is."""

from dataclasses import dataclass
from math import log, pi

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_asist.compiled import compiled
from napari_asist.depth.maps import Maps
from napari_asist.interpolation import (
    CATMULL_ROM,
    LANCZOS,
    LINEAR,
    interpolated,
    nearest,
)
from napari_asist.tracking.depth.flooding import (
    drop_small,
    fill_enclosed,
    flood,
    join_loose,
)
from napari_asist.tracking.depth.grid import Grid
from napari_asist.tracking.depth.settings import DepthTrackingSettings

Image = NDArray[np.float32]
Labels = NDArray[np.int32]
Numbers = NDArray[np.float64]
BLOCKS = 12
"""Minimum number of free background blocks for measuring the unevenness."""

SAMPLED_REACH = 2
"""Pixels of a coarser video by which its sampled labels may fall short of the
foreground: the neighbors of a pixel, straight and diagonal."""


@dataclass(frozen=True, eq=False)
class Segmented:
    """The objects of one frame, at the video's resolution.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        1 to n.
    peaks : ndarray of int64, shape (n, 2)
        A pixel (y, x) well inside each object.
    confidence : ndarray of float64, shape (n,)
        From 0 to 1, how clear an object is in this frame.
    areas : ndarray of float64, shape (n,)
        In px.
    centers : ndarray of float64, shape (n, 2)
        Centroids (y, x).
    """

    labels: Labels
    peaks: NDArray[np.int64]
    confidence: Numbers
    areas: Numbers
    centers: Numbers

    @property
    def radii(self) -> Numbers:
        """Radii of discs of the same areas, shape (n,)."""
        radii: Numbers = np.sqrt(self.areas / np.pi)
        return radii

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self.peaks)


@dataclass(frozen=True, eq=False)
class Clarity:
    """Measures that distinguish an object from noise; each of shape (n,).

    Parameters
    ----------
    foreground : ndarray of float64
        Mean probability of the foreground.
    depth : ndarray of float64
        Largest depth.
    contrast : ndarray of float64
        Mean above the median of the surroundings, in standard deviations of the noise.
    roundness : ndarray of float64
        4 π area over the squared length of the outline.
    unevenness : float
        Standard deviation of the background's means in blocks of an object's size.
    """

    foreground: Numbers
    depth: Numbers
    contrast: Numbers
    roundness: Numbers
    unevenness: float

    def confidence(self, settings: DepthTrackingSettings) -> Numbers:
        """Return the product of four factors, each 1 if that measure is clear.

        Parameters
        ----------
        settings : DepthTrackingSettings
            Uses ``clear_…`` and `foreground_level`.
        """
        level = settings.foreground_level
        needed = settings.clear_contrast * (1 + self.unevenness)
        parts = [
            (self.foreground - level) / (max(settings.clear_foreground - level, 1e-6)),
            self.depth / settings.clear_depth,
            self.contrast / needed,
            self.roundness / settings.clear_roundness,
        ]
        product: Numbers = np.prod(np.clip(parts, 0, 1), axis=0)
        return product


def segment(maps: Maps, grid: Grid, settings: DepthTrackingSettings) -> Segmented:
    """Find the objects of a frame.

    Foreground and depth, not labels, are resampled to the video's resolution, so that
    outlines are smooth. If the video is coarser than the maps, objects are separated
    at the resolution of the maps, but the foreground still decides at the video's
    resolution where they end.

    Parameters
    ----------
    maps : Maps
    grid : Grid
    settings : DepthTrackingSettings

    Returns
    -------
    Segmented
    """
    foreground = interpolated(maps.foreground, grid.fine, grid.step, CATMULL_ROM)
    labels, peaks, depth = _separated(maps, foreground, grid, settings)
    clarity = measured(labels, peaks, foreground, depth, maps.signal, grid, settings)
    kept = clarity.contrast >= settings.least_contrast
    names = np.zeros(len(peaks) + 1, np.int32)
    names[1:][kept] = np.arange(1, kept.sum() + 1)
    labels, peaks = names[labels], peaks[kept]
    confidence = clarity.confidence(settings)[kept]
    if not grid.is_fine:
        labels, peaks, kept = _at_pixels_of_video(
            labels, peaks, foreground, grid, settings
        )
        confidence = confidence[kept]
    areas, centers = describe(labels, len(peaks))
    return Segmented(labels, peaks, confidence, areas, centers)


def _separated(
    maps: Maps, foreground: Image, grid: Grid, settings: DepthTrackingSettings
) -> tuple[Labels, NDArray[np.int64], Image]:
    """Return labels, their deepest pixels and the depth, all on the fine grid."""
    inside = foreground > _logit(settings.foreground_level)
    sigma = settings.smoothing * grid.radius / 2
    smooth = gaussian_filter(maps.depth, sigma, mode="nearest", truncate=3)
    half_step = (grid.step[0] / 2, grid.step[1] / 2)
    depth = interpolated(smooth, grid.fine, half_step, LINEAR)
    labels, peaks = flood(depth, inside, settings.saddle, settings.least_depth)
    typical = pi * grid.fine_radius**2
    peaks = drop_small(
        labels,
        peaks,
        settings.smallest * typical,
        settings.smallest_at_edge * typical,
    )
    join_loose(labels, inside, settings.loose_reach * grid.fine_radius)
    if settings.fill_holes:
        fill_enclosed(labels)
    return labels, peaks, depth


def _logit(probability: float) -> float:
    return log(probability / (1 - probability))


def measured(
    labels: Labels,
    peaks: NDArray[np.int64],
    foreground: Image,
    depth: Image,
    signal: Image,
    grid: Grid,
    settings: DepthTrackingSettings,
) -> Clarity:
    """Measure how clear the objects of a frame are.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        1 to n.
    peaks : ndarray of int64, shape (n, 2)
        Their deepest pixels.
    foreground, depth : ndarray of float32, shape (H, W)
        Logits and depth on the grid of the labels.
    signal : ndarray of float32, shape (Y, X)
        At the maps' resolution.
    grid : Grid
    settings : DepthTrackingSettings
        Uses `ring_from` and `ring_to`.
    """
    rows = nearest(labels.shape[0], signal.shape[0])
    columns = nearest(labels.shape[1], signal.shape[1])
    sums = _sums(labels, len(peaks), foreground, signal, rows, columns)
    areas = np.maximum(sums[:, 0], 1)
    radius = grid.fine_radius
    levels, unevenness = _surroundings(
        labels,
        len(peaks),
        signal,
        rows,
        columns,
        round(settings.ring_from * radius),
        max(round(settings.ring_to * radius), 1),
        max(round(1.5 * radius), 2),
    )
    # The steps along a disc's pixels are 4/π times as long as its outline.
    outline = np.maximum(sums[:, 3], 1) * pi / 4
    return Clarity(
        sums[:, 1] / areas,
        depth[peaks[:, 0], peaks[:, 1]].astype(np.float64),
        sums[:, 2] / areas - levels,
        4 * pi * areas / outline**2,
        unevenness,
    )


@compiled
def _sums(
    labels: Labels,
    count: int,
    foreground: Image,
    signal: Image,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
) -> Numbers:
    """Sum pixels, probabilities, signal and outline sides of each object."""
    height, width = labels.shape
    sums = np.zeros((count + 1, 4))
    for y in range(height):
        for x in range(width):
            label = labels[y, x]
            if not label:
                continue
            sums[label, 0] += 1
            sums[label, 1] += 1 / (1 + np.exp(-foreground[y, x]))
            sums[label, 2] += signal[rows[y], columns[x]]
            sides = 0
            # The frame's edge is not part of an outline: it would make it ragged.
            if y > 0 and labels[y - 1, x] != label:
                sides += 1
            if y + 1 < height and labels[y + 1, x] != label:
                sides += 1
            if x > 0 and labels[y, x - 1] != label:
                sides += 1
            if x + 1 < width and labels[y, x + 1] != label:
                sides += 1
            sums[label, 3] += sides
    return sums[1:]


@compiled
def _surroundings(
    labels: Labels,
    count: int,
    signal: Image,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    ring_from: int,
    ring_to: int,
    block: int,
) -> tuple[Numbers, float]:
    """Return the median around each object, and the unevenness of the background.

    Objects grow alternately by 4 and by 8 neighbors; pixels that one reaches first are
    in its ring. An object without a ring is compared with the local background, 0.
    """
    height, width = labels.shape
    owner = labels.copy()
    front = np.empty(height * width, np.int64)
    end = 0
    for y in range(height):
        for x in range(width):
            if labels[y, x]:
                free = False
                for v in range(max(y - 1, 0), min(y + 2, height)):
                    for u in range(max(x - 1, 0), min(x + 2, width)):
                        free |= labels[v, u] == 0
                if free:
                    front[end] = y * width + x
                    end += 1
    begin, first = 0, end
    for turn in range(ring_to):
        stop = end
        for index in range(begin, stop):
            y, x = front[index] // width, front[index] % width
            for v in range(max(y - 1, 0), min(y + 2, height)):
                for u in range(max(x - 1, 0), min(x + 2, width)):
                    if not owner[v, u] and (v == y or u == x or turn % 2):
                        owner[v, u] = owner[y, x]
                        front[end] = v * width + u
                        end += 1
        # Pixels that have grown straight may still grow diagonally in the next step.
        begin = stop if turn % 2 else begin
        if turn < ring_from:
            first = end
    ring = front[first:end]
    starts = np.zeros(count + 2, np.int64)
    for place in ring:
        starts[owner[place // width, place % width] + 1] += 1
    for label in range(count + 1):
        starts[label + 1] += starts[label]
    values = np.empty(len(ring), np.float32)
    filled = starts.copy()
    for place in ring:
        y, x = place // width, place % width
        values[filled[owner[y, x]]] = signal[rows[y], columns[x]]
        filled[owner[y, x]] += 1
    levels = np.zeros(count)
    for label in range(1, count + 1):
        if starts[label + 1] > starts[label]:
            levels[label - 1] = np.median(values[starts[label] : starts[label + 1]])
    return levels, _unevenness(owner, signal, rows, columns, block)


@compiled
def _unevenness(
    owner: Labels,
    signal: Image,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    block: int,
) -> float:
    """Return the spread of the means of mostly free blocks."""
    down, across = owner.shape[0] // block, owner.shape[1] // block
    means = np.empty(down * across)
    found = 0
    for row in range(down):
        for column in range(across):
            total, free = 0.0, 0
            for y in range(row * block, (row + 1) * block):
                for x in range(column * block, (column + 1) * block):
                    if not owner[y, x]:
                        total += signal[rows[y], columns[x]]
                        free += 1
            if 2 * free > block * block:
                means[found] = total / free
                found += 1
    if found < BLOCKS:
        return 0.0
    means = means[:found]
    return 1.4826 * float(np.median(np.abs(means - np.median(means))))


def describe(labels: Labels, count: int) -> tuple[Numbers, Numbers]:
    """Return areas in px, shape (count,), and centroids (y, x), shape (count, 2).

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        1 to `count`.
    count : int
    """
    moments = _moments(labels, count)
    areas = moments[:, 0].copy()
    return areas, moments[:, 1:] / np.maximum(areas, 1)[:, None]


@compiled
def _moments(labels: Labels, count: int) -> Numbers:
    sums = np.zeros((count + 1, 3))
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            label = labels[y, x]
            if label:
                sums[label, 0] += 1
                sums[label, 1] += y
                sums[label, 2] += x
    return sums[1:]


def _at_pixels_of_video(
    labels: Labels,
    peaks: NDArray[np.int64],
    foreground: Image,
    grid: Grid,
    settings: DepthTrackingSettings,
) -> tuple[Labels, NDArray[np.int64], NDArray[np.bool_]]:
    """Draw objects at the resolution of a coarser video.

    A pixel of the video belongs to an object if the foreground at its center does.
    Labels sampled there would be off by up to half a pixel of the maps, which costs an
    object of 7 px radius a hundredth of its overlap.

    Returns labels from 1, peaks in the video's px, and which objects remain.
    """
    coarse = interpolated(foreground, grid.video, grid.video_step, LANCZOS)
    inside = coarse > _logit(settings.foreground_level)
    rows = nearest(grid.video[0], labels.shape[0])
    columns = nearest(grid.video[1], labels.shape[1])
    sampled = np.where(inside, labels[rows][:, columns], 0)
    join_loose(sampled, inside, SAMPLED_REACH)
    if settings.fill_holes:
        fill_enclosed(sampled)
    wanted = (peaks + 0.5) / np.array(grid.video_step) - 0.5
    nearby = _nearest_pixels(sampled, wanted)
    kept = nearby[:, 0] >= 0
    names = np.zeros(len(peaks) + 1, np.int32)
    names[1:][kept] = np.arange(1, kept.sum() + 1)
    return names[sampled], nearby[kept], kept


@compiled
def _nearest_pixels(labels: Labels, wanted: Numbers) -> NDArray[np.int64]:
    """Return each label's pixel that is nearest to a position; -1 without any."""
    found = np.full(wanted.shape, -1, np.int64)
    best = np.full(len(wanted), np.inf)
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            index = labels[y, x] - 1
            if index >= 0:
                distance = (y - wanted[index, 0]) ** 2 + (x - wanted[index, 1]) ** 2
                if distance < best[index]:
                    best[index] = distance
                    found[index] = y, x
    return found
