"""Describe the objects of a frame in numbers: profiles and texture."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image
from napari_asist.estimation.borders import outlines_of
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
    mean = mean_inside(counts, objects)
    mean = np.pad(mean, (0, len(used) - len(mean)))
    used = used & (mean > 0)
    owner = outlines.nearest
    mine = used[owner]
    relative = np.where(mine, counts / np.where(used, mean, 1)[owner], 0)
    across = np.where(outlines.outside > 0, outlines.outside, -outlines.depth)
    deepest = np.zeros(len(mean))
    np.maximum.at(deepest, objects.ravel(), outlines.depth.ravel())
    middle = np.where(objects > 0, outlines.depth / np.maximum(deepest, 0.5)[owner], -1)
    border = _profile(relative, across, OUTSIDE, mine)
    border = SOFTNESS * np.arcsinh(border / FAINT)
    inner = _profile(relative, middle, INSIDE, mine)
    return np.concatenate([border, inner, _texture(relative, middle, inner, mine)])


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
