"""Measure each detected object's outline, texture, border and neighbors."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from napari_asist.estimation.borders import nearest_label, outlines_of
from napari_asist.estimation.detect import Detections
from napari_asist.estimation.frame_pairs import positions
from napari_asist.estimation.object_areas import mean_inside
from napari_asist.scaling import background_deviation
from napari_asist.synthesis.report.detected import ObservedFrames

GRAINS = (0.08, 0.16, 0.32)
"""Sigmas of the Gaussians that bound the texture's bands, in typical radii."""

ACROSS = (-0.5, -0.3, -0.15, 0.0, 0.15, 0.3, 0.5, 0.8)
"""Bins of the distance from the border in which light is averaged, in typical radii,
negative inside."""

INNER = 0.5
"""Fraction of an object's largest depth above which its texture is measured."""

TOUCHING = 1
"""Pixels by which objects are dilated to find those that touch."""

FARTHEST = 4.0
"""Search radius for a neighbor, in typical radii."""

RIM = 2.0
"""Width of the rim along the frame's edge, in typical radii."""

LOOK_DTYPE = np.dtype(
    [
        ("frame", "i8"),
        ("brightness", "f8"),
        ("radius", "f8"),
        ("elongation", "f8"),
        ("whole", "?"),
        ("single", "?"),
        ("at_rim", "?"),
        ("neighbor", "f8"),
        ("irregularity", "f8"),
        ("texture", "f8", (len(GRAINS),)),
        ("profile", "f8", (len(ACROSS) - 1,)),
    ]
)
"""The frame of an object; its mean in counts over the background, the radius of its
area in px, length over width; whether it is away from the frame's edge, touches no
other, and has its center in the rim; the brightness ratio of it and its nearest
neighbor, brighter over dimmer; the fraction of its area outside the ellipse of equal
area and moments; standard deviations of its bands of texture, and light across its
border, as fractions of its mean. Values that cannot be measured are not a number."""

AppearanceTable = NDArray[np.void]


@dataclass(frozen=True, eq=False)
class ObjectAppearance:
    """The objects of some frames.

    Parameters
    ----------
    table : structured ndarray of `LOOK_DTYPE`
        All objects of all frames.
    touching : ndarray of int64, shape (T,)
        Pairs of objects that touch, in each frame.
    noise : ndarray of float64, shape (T,)
        Standard deviation of each frame's background, in counts.
    fields : tuple of (int, int)
        Height and width of each frame.
    radius : float
        Typical inscribed radius used as the unit of lengths, in px.
    moments : tuple of ndarray of int
        Frames at each time, see `ObservedFrames.moments`.
    """

    table: AppearanceTable
    touching: NDArray[np.int64]
    noise: NDArray[np.float64]
    fields: tuple[tuple[int, int], ...]
    radius: float
    moments: tuple[NDArray[np.intp], ...]

    def at(self, frames: NDArray[np.intp]) -> "ObjectAppearance":
        """Return the measurements in some of the frames.

        Parameters
        ----------
        frames : ndarray of int
        """
        return ObjectAppearance(
            self.table[np.isin(self.table["frame"], frames)],
            self.touching[frames],
            self.noise[frames],
            tuple(self.fields[frame] for frame in frames.tolist()),
            self.radius,
            (np.arange(len(frames)),),
        )

    @property
    def area(self) -> int:
        """Number of pixels in all frames."""
        return sum(height * width for height, width in self.fields)

    @property
    def rim_area(self) -> int:
        """Number of pixels in the rims of all frames."""
        width = RIM * self.radius
        inner = sum(
            max(rows - 2 * width, 0) * max(columns - 2 * width, 0)
            for rows, columns in self.fields
        )
        return self.area - round(inner)


def appearance_of(observed: ObservedFrames) -> ObjectAppearance:
    """Measure the objects of frames.

    Parameters
    ----------
    observed : ObservedFrames
        Real and synthetic frames are measured with the same typical radius.

    Returns
    -------
    ObjectAppearance
    """
    tables, touching = [np.zeros(0, LOOK_DTYPE)], []
    for number, (counts, objects, found) in enumerate(
        zip(observed.counts, observed.objects, observed.detections, strict=True)
    ):
        pairs = touching_pairs(objects)
        touching.append(len(pairs))
        tables.append(_rows(number, counts, objects, found, pairs, observed.radius))
    return ObjectAppearance(
        np.concatenate(tables),
        np.array(touching, np.int64),
        np.array([background_deviation(counts) for counts in observed.counts]),
        tuple((frame.shape[0], frame.shape[1]) for frame in observed.counts),
        observed.radius,
        tuple(observed.moments()),
    )


def touching_pairs(objects: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the pairs of objects with at most two pixels between them.

    Parameters
    ----------
    objects : ndarray of int, shape (Y, X)

    Returns
    -------
    ndarray of int64, shape (n, 2)
        The lower number first, each pair once.
    """
    wide, _ = nearest_label(objects.astype(np.uint32), TOUCHING)
    one = np.concatenate([wide[:-1].ravel(), wide[:, :-1].ravel()])
    other = np.concatenate([wide[1:].ravel(), wide[:, 1:].ravel()])
    meet = (one != other) & (one > 0) & (other > 0)
    pairs = np.sort(np.stack([one[meet], other[meet]], axis=1).astype(np.int64), axis=1)
    return np.unique(pairs, axis=0)


def irregularity(objects: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return how far each outline deviates from an ellipse.

    It is the fraction of the object's area outside the ellipse of equal area and
    moments: for a circle whose radius varies as r (1 + ε), the mean of |ε|.

    Parameters
    ----------
    objects : ndarray of int, shape (Y, X)
        Numbered from 1 without gaps.

    Returns
    -------
    ndarray of float64, shape (number of objects,)
    """
    rows, columns = np.nonzero(objects)
    names = objects[rows, columns].astype(np.int64)
    area = np.maximum(np.bincount(names), 1)
    down = rows - (np.bincount(names, rows) / area)[names]
    across = columns - (np.bincount(names, columns) / area)[names]
    # A pixel is a square, whose own moment is 1/12.
    yy = np.bincount(names, down**2) / area + 1 / 12
    xx = np.bincount(names, across**2) / area + 1 / 12
    xy = np.bincount(names, down * across) / area
    determinant = np.maximum(yy * xx - xy**2, 1e-9)
    distance = (
        xx[names] * down**2 - 2 * xy[names] * down * across + yy[names] * across**2
    ) / determinant[names]
    limit = area / (np.pi * np.sqrt(determinant))
    outside = np.bincount(names, distance > limit[names])
    return np.asarray((outside / area)[1:])


def _rows(
    number: int,
    counts: NDArray[np.float32],
    objects: NDArray[np.int32],
    found: Detections,
    pairs: NDArray[np.int64],
    radius: float,
) -> AppearanceTable:
    rows = np.zeros(len(found), LOOK_DTYPE)
    if not len(found):
        return rows
    rows["frame"] = number
    for name in ("brightness", "radius", "whole"):
        rows[name] = found[name]
    rows["elongation"] = found["length"] / found["width"]
    rows["single"] = ~np.isin(np.arange(1, len(found) + 1), pairs)
    place = positions(found)
    edge = np.minimum(place, np.array(counts.shape) - 1 - place).min(axis=1)
    rows["at_rim"] = edge < RIM * radius
    rows["neighbor"] = _neighbor_ratios(found, FARTHEST * radius)
    rows["irregularity"] = irregularity(objects)
    outlines = outlines_of(objects.astype(np.uint32), round(ACROSS[-1] * radius) + 1)
    mean = np.maximum(mean_inside(counts, outlines.labels), 1e-6)
    deepest = np.zeros(len(mean))
    np.maximum.at(deepest, objects.ravel(), outlines.depth.ravel())
    inner = outlines.depth > INNER * deepest[objects]
    sigmas = [grain * radius for grain in GRAINS]
    rows["texture"] = _bands(counts, np.where(inner, objects, 0), mean, sigmas)
    signed = np.where(objects > 0, -outlines.depth, outlines.outside)
    ends = radius * np.array(ACROSS)
    rows["profile"] = _profiles(counts, outlines.nearest, signed, mean, ends)
    return rows


def _neighbor_ratios(found: Detections, farthest: float) -> NDArray[np.float64]:
    ratio = np.full(len(found), np.nan)
    if len(found) < 2:
        return ratio
    place = positions(found)
    distance, nearest = cKDTree(place).query(place, k=2)
    other = found["brightness"][nearest[:, 1]]
    near = distance[:, 1] < farthest
    factor = np.exp(np.abs(np.log(found["brightness"] / other)))
    ratio[near] = factor[near]
    return ratio


def _bands(
    counts: NDArray[np.float32],
    inner: NDArray[np.integer],
    mean: NDArray[np.float64],
    sigmas: Sequence[float],
) -> NDArray[np.float64]:
    """Return deviations of differences of Gaussians inside objects, over their mean."""
    used = inner > 0
    names = inner[used]
    area = np.bincount(names, minlength=len(mean))
    blurred = [counts, *(gaussian_filter(counts, sigma) for sigma in sigmas)]
    deviations = []
    for fine, coarse in pairwise(blurred):
        band = (fine - coarse)[used].astype(np.float64)
        total = np.bincount(names, band, len(mean))
        squares = np.bincount(names, band**2, len(mean))
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = squares / area - (total / area) ** 2
        deviations.append(np.sqrt(np.maximum(variance, 0)) / mean)
    return np.stack(deviations, axis=1)[1:]


def _profiles(
    counts: NDArray[np.float32],
    owner: NDArray[np.integer],
    distance: NDArray[np.float32],
    mean: NDArray[np.float64],
    ends: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the mean light in bins of the distance from each object's border."""
    bins = np.digitize(distance, ends) - 1
    count = len(ends) - 1
    used = (owner > 0) & (bins >= 0) & (bins < count)
    place = owner[used].astype(np.int64) * count + bins[used]
    size = len(mean) * count
    light = np.bincount(place, counts[used], size).reshape(-1, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        level = light / np.bincount(place, minlength=size).reshape(-1, count)
    return np.asarray((level / mean[:, None])[1:])
