"""Size of a typical object of a video, at any magnification."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_asist.errors import AsistError
from napari_asist.estimation.detect import (
    VISIBLE_BORDER,
    Detections,
    detect_objects,
    outlined_objects,
    over_background,
    typical_radius,
)
from napari_asist.estimation.proposal import (
    TypicalObject,
    dark_beside,
    proposed_kind,
)
from napari_asist.events import Progress, Started, Work, result_of
from napari_asist.illumination import background_surface
from napari_asist.resampling import STANDARD_RADIUS, resampled, standard_shape
from napari_asist.simulation.settings import SimulatorKind, simulator_model
from napari_asist.simulation.video_settings import STICK_SADDLE
from napari_asist.threads import frame_of, in_threads

STAGE = "object radius"
SAMPLED_FRAMES = 4
GUESSED_FRAMES = 2
FEWEST_FRAMES = 2
MOST_FRAMES = 24
ENOUGH = 100
"""Number of objects that is enough for their median size; small frames show fewer."""

RESOLVED = 6.0
"""Radius in px above which an object's outline is separate from its neighbors'.
Below it, detections grow with the pixel size: they are several objects, or their
blur."""

DIMMEST = 1 / 3
"""Fraction of the brightness of detections at the best pyramid level. When averaged
over large pixels, an uneven background also stands out from the noise, but it is
dimmer than objects."""

ILLUMINATION = 4
"""Degree of the polynomial that describes uneven illumination."""

COARSE = 48
"""Side of the frame in which it is fitted, in px."""

MOST_COVERED = 0.6
"""Largest fraction of the field that objects cover; a larger area is the unevenness of
the field itself. Randomly dropped discs jam at 0.55."""

SHRINKING_BLUR = 0.58
"""Sigma of the blur before frames are shrunk, in pixels of the result: that of the
cubic B-spline."""

SMALLEST_SIDE = 16
"""Side of the smallest frame of a pyramid, in px."""

GUESSED_FIELD = 512
"""Side of the region that is examined in a pyramid level, in its pixels."""

FEWEST_SEEN = 4
"""Number of objects from which a small part of a frame shows typical ones."""

LARGEST_FIELD = 1024
"""Side of the region that is examined in a frame, in standard px: up to a few hundred
objects. In much smaller regions, the densest one has larger objects than the rest."""

MOST_ROUNDS = 5
REPORTED_ROUNDS = 2 * MOST_ROUNDS + 2
"""Number of rounds: the first guess, rounds for nuclei, one check of shapes, and
rounds for sticks."""

SETTLED = 0.02
"""Change of the radius below which it has converged."""

WHOLE_SADDLE = 1.0
"""Depth of the saddle between two objects when their shape is measured. With this
saddle (from .7 in rendered videos), textured sticks are not cut into pieces, but
touching nuclei are merged. The ratio is therefore the geometric mean of the
ratios with this saddle and with `STICK_SADDLE`, which splits more."""

NONE_FOUND = (
    "No object stands out from the background; choose another channel, invert the "
    "video if its objects are dark, or set their radius with --object-radius."
)

Image = NDArray[np.float32]


def object_radius(
    frames: Any,
    kind: SimulatorKind = "nuclei",
    sampled: int = SAMPLED_FRAMES,
) -> float:
    """Estimate the radius of a video's typical object, without labels.

    Detection works in pixels: it smooths over 1 px and subtracts a background of 128
    px, so it needs objects of about `STANDARD_RADIUS`. It is therefore repeated on
    frames resampled by the latest radius, until the radius no longer changes. The first
    radius comes from a pyramid of downsampled frames, which has a suitable level for
    objects of any size.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Numpy, dask or lazy. Objects are brighter than what surrounds them.
    kind : str
        The simulator for such objects: outlines of sticks undulate more than those of
        nuclei.
    sampled : int
        Number of frames to examine, spread over the video; up to `MOST_FRAMES` if they
        show fewer than `ENOUGH` objects.

    Returns
    -------
    float
        Median radius of the disc of an object's area, in px of the frames.

    Raises
    ------
    AsistError
        If nothing stands out from the background.
    """
    return result_of(estimating_radius(frames, kind, sampled))


def estimating_radius(
    frames: Any,
    kind: SimulatorKind = "nuclei",
    sampled: int = SAMPLED_FRAMES,
) -> Work[float]:
    """Do the same as `object_radius`, and report progress."""
    yield Started(STAGE, REPORTED_ROUNDS, "rounds")
    saddle = simulator_model(kind).saddle
    _, settled = yield from _searching(frames, saddle, sampled)
    yield Progress(STAGE, REPORTED_ROUNDS, REPORTED_ROUNDS)
    return _rounded(settled.radius)


def typical_object(
    frames: Any,
    kind: SimulatorKind | None = None,
    radius: float | None = None,
    sampled: int = SAMPLED_FRAMES,
) -> TypicalObject:
    """Measure the objects of a video at their own scale, without labels.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        As for `object_radius`.
    kind : str, optional
        The simulator for such objects. If omitted, it is proposed from the objects'
        aspect ratio.
    radius : float, optional
        Radius of a typical object, in px of the frames; estimated by `object_radius` if
        omitted.
    sampled : int
        See `object_radius`.

    Raises
    ------
    AsistError
        If nothing stands out from the background.
    """
    return result_of(estimating_object(frames, kind, radius, sampled))


def estimating_object(
    frames: Any,
    kind: SimulatorKind | None = None,
    radius: float | None = None,
    sampled: int = SAMPLED_FRAMES,
) -> Work[TypicalObject]:
    """Do the same as `typical_object`, and report progress."""
    yield Started(STAGE, REPORTED_ROUNDS, "rounds")
    saddle = simulator_model(kind or "nuclei").saddle
    if radius is None:
        images, settled = yield from _searching(frames, saddle, sampled)
        size = settled.radius
        enough = int(np.ceil(ENOUGH / settled.count))
        shape = _shape(images, size, max(enough, FEWEST_FRAMES))
    else:
        images, size = _spread(frames, sampled), radius
        shape = _shape(images, size, sampled)
    yield Progress(STAGE, MOST_ROUNDS + 2, REPORTED_ROUNDS)
    found = kind or proposed_kind(shape.aspect_ratio)
    own_saddle = simulator_model(found).saddle
    if radius is None and own_saddle != saddle:
        start = _Measured(size, 0, 0)
        settled = yield from _settling(images, start, own_saddle, MOST_ROUNDS + 2)
        size = settled.radius
    yield Progress(STAGE, REPORTED_ROUNDS, REPORTED_ROUNDS)
    return TypicalObject(
        _rounded(size) if radius is None else radius,
        found,
        shape.aspect_ratio,
        shape.dark_beside,
    )


def _rounded(radius: float) -> float:
    return float(f"{radius:.4g}")


def _searching(
    frames: Any, saddle: float, sampled: int
) -> "Work[tuple[list[Image], _Measured]]":
    """Measure objects at their own scale; return the examined frames, too."""
    images = _spread(frames, sampled)
    # The last frames of a growing culture show the most objects.
    guess = _guessed(images[-GUESSED_FRAMES:], saddle)
    yield Progress(STAGE, 1, REPORTED_ROUNDS)
    settled = yield from _settling(images, guess, saddle, 1)
    wanted = int(np.ceil(ENOUGH / settled.count))
    if wanted > sampled:
        images = _spread(frames, min(wanted, MOST_FRAMES))
        settled = yield from _settling(images, settled, saddle, 1)
    return images, settled


def _settling(
    images: Sequence[Image], found: "_Measured", saddle: float, done: int
) -> "Work[_Measured]":
    """Search for objects at the latest scale, until the scale no longer changes."""
    for number in range(MOST_ROUNDS):
        before, found = found, _refined(images, found, saddle)
        yield Progress(STAGE, done + number + 1, REPORTED_ROUNDS)
        if abs(found.radius / before.radius - 1) < SETTLED:
            break
    return found


@dataclass(frozen=True)
class _Shape:
    aspect_ratio: float
    dark_beside: float


def _shape(images: Sequence[Image], radius: float, count: int) -> _Shape:
    """Return the shape of objects in some frames, and their surroundings."""
    chosen = np.linspace(0, len(images) - 1, min(len(images), count, SAMPLED_FRAMES))
    few = [images[int(place)] for place in chosen.round()]
    parts = _resampled_parts(few, radius)
    ratios, labels = [], []
    for saddle in (STICK_SADDLE, WHOLE_SADDLE):
        detected = in_threads(partial(_outlined, saddle=saddle), parts)
        found = np.concatenate([detections for detections, _ in detected])
        if not len(found):
            raise AsistError(NONE_FOUND)
        found = found[found["whole"]] if found["whole"].any() else found
        ratios.append(float(np.median(found["length"] / found["width"])))
        labels = [objects for _, objects in detected]
    counts = in_threads(over_background, parts)
    return _Shape(
        float(np.sqrt(np.prod(ratios))), dark_beside(counts, labels, STANDARD_RADIUS)
    )


def _outlined(part: Image, saddle: float) -> tuple[Detections, NDArray[np.int32]]:
    return outlined_objects(part, typical_radius(part), saddle, VISIBLE_BORDER)


@dataclass(frozen=True)
class _Measured:
    """Measurements of the objects in some frames.

    Parameters
    ----------
    radius, brightness : float
        Medians, in px and counts.
    count : float
        Objects per frame.
    """

    radius: float
    brightness: float
    count: float


def _spread(frames: Any, number: int) -> list[Image]:
    times = np.unique(np.linspace(0, len(frames) - 1, number).round().astype(int))
    read = partial(frame_of, frames)
    return [frame.astype(np.float32) for frame in in_threads(read, times.tolist())]


def _guessed(images: Sequence[Image], saddle: float) -> _Measured:
    """Return a first measurement, also in light that is as uneven as objects."""
    found = _best_resolved(images, saddle)
    lights = in_threads(_illumination, images)
    if max(float(np.ptp(light)) for light in lights) < DIMMEST * found.brightness:
        return found
    even = [image - light for image, light in zip(images, lights, strict=True)]
    return _best_resolved(even, saddle)


def _illumination(image: Image) -> Image:
    """Fit a smooth surface to the background."""
    height, width = image.shape
    factor = min(1.0, COARSE / min(height, width))
    coarse = resampled(_blurred(image, factor), standard_shape(image.shape, factor))
    return background_surface(coarse, ILLUMINATION, (height, width))


def _best_resolved(images: Sequence[Image], saddle: float) -> _Measured:
    """Return the measurements at the coarsest pyramid level that resolves objects."""
    factors = [1.0]
    while min(images[0].shape) * factors[-1] / 2 >= SMALLEST_SIDE:
        factors.append(factors[-1] / 2)
    shrunk = [
        in_threads(partial(_shrunk_part, factor=factor), images) for factor in factors
    ]
    return _best_level(factors, shrunk, saddle)


def first_guess(image: Image, saddle: float, side: int) -> float:
    """Return a first guess of the typical radius, within a fraction of a second.

    It is that of `object_radius` before its rounds, in a smaller part of a single
    frame, whose pyramid is made level by level.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X)
    saddle : float
        Depth of the dip that separates two objects.
    side : int
        Of the densest part of a level, in its px.

    Returns
    -------
    float
        In px of the image.

    Raises
    ------
    AsistError
        If nothing stands out from the background.
    """
    pyramid = [image]
    while min(pyramid[-1].shape) >= 2 * SMALLEST_SIDE:
        halved = standard_shape(pyramid[-1].shape, 0.5)
        pyramid.append(resampled(_blurred(pyramid[-1], 0.5), halved))
    factors = [0.5**number for number in range(len(pyramid))]
    parts = [[_densest_part(level, side)] for level in pyramid]
    return _best_level(factors, parts, saddle, FEWEST_SEEN).radius


def _best_level(
    factors: Sequence[float],
    shrunk: Sequence[Sequence[Image]],
    saddle: float,
    fewest: float = 0,
) -> _Measured:
    """Return the measurements at the coarsest level that resolves objects.

    A level that shows fewer objects than the fewest does not tell how bright a typical
    object is.
    """
    levels: list[_Measured] = []
    resolved: list[_Measured] = []
    detected = in_threads(partial(_detected, saddle=saddle), shrunk)
    for factor, images, found in zip(factors, shrunk, detected, strict=True):
        if found and _coverage(found, images[0]) < MOST_COVERED:
            levels.append(replace(found, radius=found.radius / factor))
            resolved += levels[-1:] if found.radius >= RESOLVED else []
    several = [level for level in resolved if level.count >= fewest]
    resolved = several or resolved
    if not levels:
        raise AsistError(NONE_FOUND)
    brightest = max((level.brightness for level in resolved), default=0.0)
    bright = [level for level in resolved if level.brightness >= DIMMEST * brightest]
    return bright[-1] if bright else levels[0]


def _shrunk_part(image: Image, factor: float) -> Image:
    """Return the densest part of a shrunk image, which is enough of a large frame."""
    shape = standard_shape(image.shape, factor)
    return _densest_part(resampled(_blurred(image, factor), shape), GUESSED_FIELD)


def _blurred(image: Image, factor: float) -> Image:
    """Blur an image for downsampling, so that noise and edges add no objects."""
    if factor == 1:
        return image
    return np.asarray(gaussian_filter(image, SHRINKING_BLUR / factor), np.float32)


def _coverage(found: _Measured, image: Image) -> float:
    """Return the fraction of an image that the detections cover."""
    return found.count * float(np.pi) * found.radius**2 / image.size


def _refined(images: Sequence[Image], before: _Measured, saddle: float) -> _Measured:
    """Measure again with the previous radius scaled to the standard one."""
    found = _detected(_resampled_parts(images, before.radius), saddle)
    if found is None:
        return before
    return replace(found, radius=found.radius * before.radius / STANDARD_RADIUS)


def _resampled_parts(images: Sequence[Image], radius: float) -> list[Image]:
    factor = STANDARD_RADIUS / radius
    side = round(LARGEST_FIELD / factor)

    def part_of(image: Image) -> Image:
        part = _densest_part(image, side)
        return resampled(part, standard_shape(part.shape, factor))

    return in_threads(part_of, images)


def _detected(images: Sequence[Image], saddle: float) -> _Measured | None:
    """Measure the objects away from the border, or all if there are none."""
    inscribed = [radius for radius in in_threads(typical_radius, images) if radius]
    if not inscribed:
        return None
    typical = float(np.median(inscribed))
    detect = partial(
        detect_objects, radius=typical, saddle=saddle, border=VISIBLE_BORDER
    )
    found = np.concatenate(in_threads(detect, images))
    if not len(found):
        return None
    found = found[found["whole"]] if found["whole"].any() else found
    return _Measured(
        float(np.median(found["radius"])),
        float(np.median(found["brightness"])),
        len(found) / len(images),
    )


def _densest_part(image: Image, side: int) -> Image:
    """Crop the square with the largest signal above the background's noise."""
    return image[densest_place(image, side)]


def densest_place(image: Image, side: int) -> tuple[slice, slice]:
    """Return the square with the largest signal above the background's noise.

    Parameters
    ----------
    image : ndarray, shape (Y, X)
    side : int
        Of the square in px; it is as high and wide as the image at most.
    """
    height, width = (min(side, length) for length in image.shape)
    if image.shape == (height, width):
        return slice(0, height), slice(0, width)
    level = np.median(image)
    deviation = 1.4826 * float(np.median(np.abs(image - level)))
    # Clip, because a single bright object does not make a crowded region.
    excess = np.clip(image - level, 0, 10 * deviation or None)
    total = np.pad(excess.cumsum(0, np.float64).cumsum(1), ((1, 0), (1, 0)))
    inside = (
        total[height:, width:]
        - total[:-height, width:]
        - total[height:, :-width]
        + total[:-height, :-width]
    )
    y, x = (int(place) for place in np.unravel_index(inside.argmax(), inside.shape))
    return slice(y, y + height), slice(x, x + width)
