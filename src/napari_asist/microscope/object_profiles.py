"""Describe the objects of a frame in numbers: profiles and texture."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image
from napari_asist.estimation.borders import Outlines, outlines_of
from napari_asist.estimation.object_areas import (
    mean_inside,
    visible_objects,
    without_holes,
)
from napari_asist.labels import LabelArray
from napari_asist.microscope.fit_camera import correlation

OUTSIDE = (-3.0, -2.0, -1.0, 0.0, 2.0, 3.0, 4.0, 6.0, 9.0, 13.0)
"""Range of distances of the profile from the border, in pixels."""

INSIDE = (0.0, 0.2, 0.4, 0.6, 0.8, 1.01)
"""Range of depths of the profile, as a fraction of the object's largest depth."""

BESIDE = (-0.45, -0.25, -0.1, 0.0, 0.1, 0.2, 0.35, 0.55, 0.8, 1.2, 1.8)
"""Range of distances of the profiles in each direction, in typical radii."""

DIRECTIONS = 8

FAINT, SOFTNESS = 0.02, 0.15
"""Halos are compared on the networks' scale, where faint light is visible."""


def object_measure(
    counts: Image, labels: LabelArray, used: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return profiles across the border and to the middle, and the texture.

    Intensities are fractions of each object's mean. Borders are those visible in this
    frame, at half of each object's maximum, not those of the labels.

    Parameters
    ----------
    counts : ndarray of float32, shape (Y, X)
        Over the local background.
    labels : ndarray of unsigned int, shape (Y, X)
        Where the objects are.
    used : ndarray of bool, shape (highest label + 1,)
        Objects to include.

    Returns
    -------
    ndarray of float64
        Of the same length for all frames.
    """
    objects = without_holes(visible_objects(counts, labels))
    outlines = outlines_of(objects, reach=int(OUTSIDE[-1]))
    mean, used = _means(counts, objects, used)
    owner = outlines.nearest
    mine = used[owner]
    relative = np.where(mine, counts / np.where(used, mean, 1)[owner], 0)
    across = np.where(outlines.outside > 0, outlines.outside, -outlines.depth)
    border = _profile(relative, across, OUTSIDE, mine)
    border = SOFTNESS * np.arcsinh(border / FAINT)
    return np.concatenate([border, *_interior(relative, outlines, mine)])


def fringe_measure(
    counts: Image, labels: LabelArray, used: NDArray[np.bool_], radius: float
) -> NDArray[np.float64]:
    """Return profiles across the border in several directions, and the texture.

    As in `object_measure`, but light far from objects counts as 0, and light at each
    distance is the median, which ignores processes and cells that were not found.

    Parameters
    ----------
    counts, labels, used
        As for `object_measure`.
    radius : float
        Radius of the disc of a typical object's area, in px.

    Returns
    -------
    ndarray of float64
        Of the same length for all frames.
    """
    from scipy.ndimage import distance_transform_edt

    objects = without_holes(visible_objects(counts, labels))
    mean, used = _means(counts, objects, used)
    outside, nearest = distance_transform_edt(objects == 0, return_indices=True)
    depth, border = distance_transform_edt(objects > 0, return_indices=True)
    place = np.indices(objects.shape)
    # From the border outward, on both sides of it.
    down, across = np.where(objects > 0, border - place, place - nearest)
    direction = np.round(np.arctan2(down, across) * DIRECTIONS / (2 * np.pi))
    distance = np.where(objects > 0, 0.5 - depth, outside - 0.5) / radius
    owner = objects[nearest[0], nearest[1]]
    mine = used[owner]
    relative = np.where(mine, counts / np.where(used, mean, 1)[owner], 0)
    profiles = _medians(relative[mine], distance[mine], direction[mine])
    profiles[np.array(BESIDE[:-1]) >= 0] -= profiles[-1].mean()
    outlines = outlines_of(objects, reach=int(BESIDE[-1] * radius))
    interior = _interior(relative, outlines, mine)
    return np.concatenate([profiles.ravel(), *interior])


def _means(
    counts: Image, objects: LabelArray, used: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the mean of each object, and which of the used ones have light."""
    mean = mean_inside(counts, objects)
    mean = np.pad(mean, (0, len(used) - len(mean)))
    return mean, used & (mean > 0)


def _medians(
    values: NDArray[np.floating],
    distance: NDArray[np.floating],
    direction: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Return the median for each distance and direction, 0 where there is no value."""
    place = np.digitize(distance, BESIDE) - 1
    ranges = len(BESIDE) - 1
    known = (place >= 0) & (place < ranges)
    cell = (place * DIRECTIONS + direction.astype(np.int64) % DIRECTIONS)[known]
    order = np.argsort(cell, kind="stable")
    ordered = values[known][order]
    ends = np.searchsorted(cell[order], np.arange(ranges * DIRECTIONS + 1))
    parts = (ordered[a:b] for a, b in pairwise(ends))
    medians = [np.median(part) if part.size else 0.0 for part in parts]
    return np.reshape(medians, (ranges, DIRECTIONS))


def _interior(
    relative: Image, outlines: Outlines, used: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the profile from the border to the middle, and the texture."""
    objects, owner = outlines.labels, outlines.nearest
    deepest = np.zeros(int(objects.max(initial=0)) + 1)
    np.maximum.at(deepest, objects.ravel(), outlines.depth.ravel())
    middle = np.where(objects > 0, outlines.depth / np.maximum(deepest, 0.5)[owner], -1)
    inner = _profile(relative, middle, INSIDE, used)
    return inner, _texture(relative, middle, inner, used)


def _profile(
    relative: Image, place: Image, ends: Sequence[float], used: NDArray[np.bool_]
) -> NDArray[np.float64]:
    bins = np.digitize(place[used], ends) - 1
    inside = (bins >= 0) & (bins < len(ends) - 1)
    count = np.bincount(bins[inside], minlength=len(ends) - 1)
    total = np.bincount(bins[inside], relative[used][inside], len(ends) - 1)
    return np.asarray(total / np.maximum(count, 1))


def _texture(
    relative: Image,
    middle: Image,
    inner: NDArray[np.float64],
    used: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return deviation and correlations of the profile's residuals in objects."""
    centers = (np.array(INSIDE[1:]) + INSIDE[:-1]) / 2
    rest = relative - np.interp(middle, centers, inner)
    core = used & (middle > INSIDE[1])
    if not core.any():
        return np.zeros(4)
    near = [
        np.mean([correlation(rest, core, lag, axis) for axis in (0, 1)])
        for lag in (1, 2, 4)
    ]
    # Correlations are known less precisely than intensities.
    return np.array([float(rest[core].std()), *(0.3 * value for value in near)])
