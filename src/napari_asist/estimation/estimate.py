"""Fit simulator settings to a microscope video, without labels."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.estimation.detect import (
    Detections,
    noise_level,
    outlined_objects,
    typical_radius,
)
from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.estimation.fit_simulator import VideoMeasurements, fitted_simulator
from napari_asist.estimation.frame_pairs import Run, sampled_runs
from napari_asist.estimation.outline_shape import fitted_spindle, outline_moments
from napari_asist.estimation.statistics import Statistics, measured_statistics
from napari_asist.events import Progress, Started, Work, result_of
from napari_asist.resampling import enlarged_labels, resampled, standard_shape
from napari_asist.scaling import ScalingSettings
from napari_asist.simulation.rescale import rescaled
from napari_asist.simulation.settings import (
    SimulatorKind,
    SimulatorSettings,
    current_kind,
    simulator_model,
)
from napari_asist.simulation.video_settings import (
    BORDER_EXPONENT,
)
from napari_asist.threads import computed_ahead

STAGE = "estimate"
SAMPLED_FRAMES = 30
NEAR = 0.2
"""Distance to hidden pixels, in inscribed radii, at which an object is cut: what
replaces them is blurred into it."""

FLAT = 1e-3
"""Least standard deviation of the background, as a fraction of the intensity range."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """Measurements of a video without labels, and the settings that match it.

    Parameters
    ----------
    settings : SimulatorSettings
        For training videos of at most 512 × 512 px and 50 frames with the density of
        the video.
    statistics : Statistics
        What was measured, each with its spread over the frames.
    times : ndarray of int
        Frames that were measured.
    detections : tuple of structured ndarray of `DETECTION_DTYPE`
        One for each of these frames.
    field_size : tuple of int
        Height and width of the video.
    inscribed_radius : float
        Typical radius in px, which determined the scale of the search for objects.
    border : DrawnBorder
        Where the objects' outlines were measured.
    """

    settings: SimulatorSettings
    statistics: Statistics
    times: NDArray[np.int64]
    detections: tuple[Detections, ...] = field(repr=False)
    field_size: tuple[int, int]
    inscribed_radius: float
    border: DrawnBorder
    factor: float = 1.0
    """Factor by which frames were resampled before they were measured."""

    def before(self, factor: float, field_size: tuple[int, int]) -> "Estimate":
        """Convert an estimate from resampled frames to pixels of the video.

        Parameters
        ----------
        factor : float
            By which the frames were resampled.
        field_size : tuple of int
            Height and width of the video.
        """
        places = []
        for found in self.detections:
            moved = found.copy()
            for axis in ("y", "x"):
                moved[axis] = (found[axis] + 0.5) / factor - 0.5
            for length in ("radius", "length", "width"):
                moved[length] = found[length] / factor
            places.append(moved)
        return replace(
            self,
            settings=rescaled(self.settings, 1 / factor),
            statistics=self.statistics.in_pixels(1 / factor),
            detections=tuple(places),
            field_size=field_size,
            inscribed_radius=self.inscribed_radius / factor,
            factor=factor,
        )

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of objects in each measured frame."""
        return np.array([len(found) for found in self.detections])

    @property
    def displacement(self) -> float:
        """Median displacement of an object from one frame to the next, in px."""
        return self.statistics.motion.displacement.value

    @property
    def growth(self) -> float:
        """Relative growth of the count per frame."""
        return self.statistics.growth

    def outlines(self, frame: NDArray[np.generic]) -> NDArray[np.int32]:
        """Return the objects of a frame, numbered, outlined as they were measured.

        Parameters
        ----------
        frame : ndarray, shape (Y, X)
        """
        saddle = self.settings.saddle
        if self.factor == 1:
            image = np.asarray(frame)
        else:
            image = resampled(frame, standard_shape(frame.shape, self.factor))
        radius = self.factor * self.inscribed_radius
        objects = outlined_objects(image, radius, saddle, self.border)[1]
        return enlarged_labels(objects, (frame.shape[0], frame.shape[1]))

    def summary(self) -> str:
        """Summarize the results in a few lines, with the quartiles over the frames."""
        measured, settings = self.statistics, self.settings
        height, width = self.field_size
        motion, rates = measured.motion, measured.rates
        levels = settings.brightness.quantiles
        direction = "none is preferred"
        if measured.direction_spread.value < 90:
            direction = (
                f"{measured.direction.text(0)} degrees, spread "
                f"{measured.direction_spread.text(0)}"
            )
        clusters = "even"
        if measured.clustering.value:
            clusters = (
                f"clustering {measured.clustering.text(2)}, "
                f"cluster size {measured.cluster_size.text(0, unit='px')}"
            )
        rows = [
            ("objects a frame", f"{measured.count.text(0)} in {height} × {width} px"),
            ("radius", measured.radius.text(unit="px")),
            ("length", measured.length.text(unit="px")),
            ("width", measured.width.text(unit="px")),
            ("aspect ratio", measured.elongation.text(2)),
            ("irregularity", measured.irregularity.text(2)),
            ("direction", direction),
            ("move a frame", motion.displacement.text(2, unit="px")),
            ("shift of all", motion.shift.text(2, unit="px")),
            ("persistence", motion.persistence.text(2)),
            ("appear", rates.appearing.text(2, 100, "%") + " of the objects a frame"),
            ("disappear", rates.disappearing.text(2, 100, "%")),
            ("divide", rates.dividing.text(2, 100, "%")),
            ("growth of count", f"{100 * measured.growth:.1f} % a frame"),
            ("brightness", measured.brightness[5].text(0, unit="counts") + ", median"),
            ("", f"{levels[0]:.0f} to {levels[-1]:.0f} counts are simulated"),
            ("placement", clusters),
            (
                "to be simulated",
                f"{settings.objects} objects in {settings.height} × {settings.width} "
                f"px, {settings.frames} frames",
            ),
        ]
        return "\n".join(f"{name:<18}{text}" for name, text in rows)


def estimate_simulator(
    frames: Any,
    kind: SimulatorKind,
    sampled: int = SAMPLED_FRAMES,
    border: float | None = None,
    border_exponent: float = BORDER_EXPONENT,
    hidden: Sequence[NDArray[np.bool_]] | None = None,
) -> Estimate:
    """Fit a simulator's settings to a video, without labels.

    Parameters
    ----------
    frames : array, shape (T, Y, X)
        Numpy or dask. Objects are brighter than what surrounds them.
    kind : str
        Which simulator.
    sampled : int
        Approximate number of frames to measure, in runs spread over the video.
    border : float, optional
        Fraction of an object's own brightness at which its outline is. By default it
        depends on the brightness, see `napari_asist.estimation.drawn_borders`.
    border_exponent : float
        See `DrawnBorder`.
    hidden : sequence of ndarray of bool, shape (Y, X), optional
        For each frame, the pixels that are no measurement.

    Returns
    -------
    Estimate

    Raises
    ------
    AsistError
        If nothing stands out from the background.
    """
    return result_of(estimating(frames, kind, sampled, border, border_exponent, hidden))


def estimating(
    frames: Any,
    kind: SimulatorKind,
    sampled: int = SAMPLED_FRAMES,
    border: float | None = None,
    border_exponent: float = BORDER_EXPONENT,
    hidden: Sequence[NDArray[np.bool_]] | None = None,
) -> Work[Estimate]:
    """Do the same as `estimate_simulator`, and report progress."""
    model, kind = simulator_model(kind), current_kind(kind)
    runs = sampled_runs(len(frames), sampled)
    times = np.concatenate(runs)
    yield Started(STAGE, 2 * len(times))
    images, radii, noise = [], [], []
    looks = computed_ahead(partial(_first_look, frames), times.tolist())
    for number, (image, level, radius_here) in enumerate(looks):
        images.append(image)
        noise.append(level)
        if radius_here:
            radii.append(radius_here)
        yield Progress(STAGE, number + 1, 2 * len(times))
    drawn = DrawnBorder(border, _softness(images, noise), border_exponent)
    detections: tuple[Detections, ...] = ()
    moments: list[NDArray[np.float64]] = []
    full_counts: list[float] = []
    if radii:
        radius = float(np.median(radii))
        outlined = partial(
            outlined_objects, radius=radius, saddle=model.saddle, border=drawn
        )
        for number, (found, objects) in enumerate(computed_ahead(outlined, images)):
            if hidden is not None:
                near = _near(hidden[times[number]], NEAR * radius)
                cut = np.unique(objects[near & (objects > 0)]) - 1
                full_counts.append(
                    _full_count(found, cut, hidden[times[number]], radius)
                )
                found["whole"][cut] = False
            detections += (found,)
            if model.elongated:
                moments.append(outline_moments(objects))
            yield Progress(STAGE, len(times) + number + 1, 2 * len(times))
    if not any(len(found) for found in detections):
        raise AsistError(
            "No object stands out from the background; choose another channel, or "
            "invert the video if its objects are dark."
        )
    height, width = images[0].shape
    ends = np.cumsum([len(run) for run in runs])[:-1]
    parts = np.split(np.arange(len(times)), ends)
    statistics = measured_statistics(
        runs,
        [
            Run(
                tuple(detections[row] for row in part),
                radius,
                (height, width),
                None if hidden is None else hidden[times[part[0]]],
            )
            for part in parts
        ],
    )

    found_in_all = VideoMeasurements(
        detections,
        statistics,
        float(np.median(noise)),
        (height, width),
        len(frames),
        drawn,
        fitted_spindle(moments),
        float(np.median(full_counts)) if full_counts else statistics.count.value,
    )
    return Estimate(
        fitted_simulator(kind, found_in_all),
        statistics,
        times,
        detections,
        (height, width),
        radius,
        drawn,
    )


def _first_look(frames: Any, time: int) -> tuple[NDArray[np.generic], float, float]:
    """Return a frame, its noise, and the typical radius of its objects, 0 if none."""
    image = np.asarray(frames[time])
    return image, noise_level(image), typical_radius(image)


def _near(hidden: NDArray[np.bool_], distance: float) -> NDArray[np.bool_]:
    """Return which pixels are hidden or closer to hidden ones than a distance."""
    from scipy.ndimage import distance_transform_edt

    if not hidden.any():
        return hidden
    return np.asarray(distance_transform_edt(~hidden) <= max(distance, 1))


def _full_count(
    found: Detections,
    cut: NDArray[np.integer],
    hidden: NDArray[np.bool_],
    radius: float,
) -> float:
    """Return the number of objects in a frame, had nothing of it been hidden.

    The center of every other object that is cut by a border is beyond it. A frame also
    shows objects whose centers are less than a radius beyond its edge.

    Parameters
    ----------
    found : structured ndarray of `DETECTION_DTYPE`
    cut : ndarray of int
        Rows of the objects that are next to hidden pixels.
    hidden : ndarray of bool, shape (Y, X)
    radius : float
        Typical radius in px.
    """
    at_edge = ~found["whole"]
    beside = np.zeros(len(found), bool)
    beside[cut] = True
    beside &= found["whole"]
    seen = len(found) - beside.sum() / 2
    density = (seen - at_edge.sum() / 2) / np.count_nonzero(~hidden)
    edge = np.concatenate([hidden[0], hidden[-1], hidden[:, 0], hidden[:, -1]]).sum()
    return float(seen + density * (np.count_nonzero(hidden) + edge * radius))


def _softness(images: list[NDArray[np.generic]], noise: list[float]) -> float:
    """Return the counts at which the networks' scale becomes logarithmic."""
    # Synthetic frames may have no noise at all; `fit_scaling` does the same.
    least = FLAT * max(float(np.ptp(image)) for image in images)
    tiny = float(np.finfo(np.float32).tiny)
    return ScalingSettings().softness * max(float(np.median(noise)), least, tiny)
