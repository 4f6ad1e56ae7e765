"""Measure detections in a video, to compare synthetic and real frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.estimation.detect import Detections, outlined_objects, typical_radius
from napari_asist.estimation.frame_pairs import paired
from napari_asist.scaling import (
    IntensityScaling,
    background_deviation,
    subtract_background,
)
from napari_asist.simulation.video_settings import NUCLEUS_SADDLE

LEVELS = np.linspace(0, 1, 513)

PAIRS = 3
"""Pairs of neighboring frames to measure, spread over a video."""


@dataclass(frozen=True, eq=False)
class ObservedFrames:
    """Measurements of frames without labels.

    Parameters
    ----------
    counts : tuple of ndarray of float32, shape (Y, X)
        The frames on a linear scale, over the local background.
    detections : tuple of structured ndarray of `DETECTION_DTYPE`
        One for each frame.
    objects : tuple of ndarray of int32, shape (Y, X)
        The outlines of the detections, numbered from 1 in their order.
    radius : float
        Typical inscribed radius of the objects, in pixels.
    saddle : float
        Depth of the dip that separates two objects.
    noise : float
        Standard deviation of the background, in counts.
    quantiles : ndarray of float64, shape (513,)
        Quantiles of all intensities on the networks' scale.
    times : tuple of int
        Numbers of the frames in their video.
    """

    counts: tuple[NDArray[np.float32], ...]
    detections: tuple[Detections, ...]
    objects: tuple[NDArray[np.int32], ...]
    radius: float
    saddle: float
    noise: float
    quantiles: NDArray[np.float64]
    times: tuple[int, ...]

    @property
    def density(self) -> float:
        """Objects per pixel."""
        area = sum(frame.size for frame in self.counts)
        return sum(map(len, self.detections)) / max(area, 1)

    def brightness(self, quantile: float) -> float:
        """Return a quantile of the objects' brightness in counts, 0 without objects."""
        found = np.concatenate([part["brightness"] for part in self.detections])
        return float(np.quantile(found, quantile)) if len(found) else 0.0

    def moments(self) -> list[NDArray[np.intp]]:
        """Return the frames at each separate time of the video.

        Successive frames show the same objects, so only separate times are independent
        of each other. If all frames are successive, each third of them represents one
        time.

        Returns
        -------
        list of ndarray of int
            Indices in `counts`.
        """
        gaps = np.flatnonzero(np.diff(self.times) > 1) + 1
        places = np.arange(len(self.times))
        parts = np.split(places, gaps) if len(gaps) else np.array_split(places, PAIRS)
        return [part for part in parts if len(part)]

    def flicker(self) -> float:
        """Return the median relative change of brightness from frame to frame.

        Objects are paired by assignment, up to the typical radius. It is 0 if no frames
        are successive.
        """
        changes = [np.zeros(0)]
        for number in range(len(self.detections) - 1):
            if self.times[number + 1] - self.times[number] == 1:
                before, after = self.detections[number : number + 2]
                changes.append(_changes(before, after, self.radius))
        pooled = np.concatenate(changes)
        return float(np.median(pooled)) if len(pooled) else 0.0


def observe(
    images: Sequence[NDArray[np.float32]] | NDArray[np.float32],
    scaling: IntensityScaling,
    radius: float | None = None,
    saddle: float = NUCLEUS_SADDLE,
    times: Sequence[int] | None = None,
) -> ObservedFrames:
    """Measure frames on the networks' scale.

    Parameters
    ----------
    images : array or sequence of arrays of float32, shape (T, Y, X)
        -1 to 1.
    scaling : IntensityScaling
        The scale of the frames.
    radius : float, optional
        Typical inscribed radius of the objects; measured by default.
    saddle : float
        Depth of the dip that separates two objects; `STICK_SADDLE` for sticks.
    times : sequence of int, optional
        Numbers of the frames; by default they are successive.

    Returns
    -------
    ObservedFrames
    """
    window = scaling.background_window
    counts = tuple(
        subtract_background(scaling.to_counts(image), window) for image in images
    )
    if radius is None:
        radii = [found for found in map(typical_radius, counts) if found]
        radius = float(np.median(radii)) if radii else 0.0
    found = [outlined_objects(frame, radius, saddle) for frame in counts]
    noise = [background_deviation(frame) for frame in counts]
    values = np.concatenate([np.ravel(image) for image in images])
    return ObservedFrames(
        counts,
        tuple(detections for detections, _ in found),
        tuple(objects for _, objects in found),
        radius,
        saddle,
        float(np.median(noise)),
        np.quantile(values, LEVELS),
        tuple(range(len(images)) if times is None else times),
    )


def observe_video(
    frames: NDArray[np.generic] | Sequence[NDArray[np.generic]],
    scaling: IntensityScaling,
    saddle: float = NUCLEUS_SADDLE,
    pairs: int = PAIRS,
) -> ObservedFrames:
    """Measure some pairs of neighboring raw frames, spread over a video.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Raw frames, numpy or dask.
    scaling : IntensityScaling
    saddle : float
        As for `observe`.
    pairs : int

    Returns
    -------
    ObservedFrames
    """
    starts = np.linspace(0, max(len(frames) - 2, 0), pairs).round().astype(int)
    times = np.unique(np.concatenate([starts, starts + 1]))
    times = times[times < len(frames)]
    images = [scaling.apply(np.asarray(frames[int(time)])) for time in times]
    return observe(images, scaling, saddle=saddle, times=times.tolist())


def histogram_distance(one: ObservedFrames, other: ObservedFrames) -> float:
    """Return the Wasserstein distance between the intensities, from 0 to 2.

    In one dimension it is the mean distance of the quantiles.
    """
    return float(np.mean(np.abs(one.quantiles - other.quantiles)))


def _changes(
    before: Detections, after: Detections, radius: float
) -> NDArray[np.float64]:
    partner = paired(before, after, radius)
    same = partner >= 0
    levels = before["brightness"][same], after["brightness"][partner[same]]
    return np.asarray(np.abs(levels[1] - levels[0]) / ((levels[0] + levels[1]) / 2))
