"""Fit simulator settings to what a video shows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from napari_asist.estimation.detect import Detections
from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.estimation.motion import mean_direction
from napari_asist.estimation.statistics import Statistics
from napari_asist.simulation.cell_cycle import CellCycleSettings
from napari_asist.simulation.rescale import rescaled
from napari_asist.simulation.settings import (
    BrightnessSettings,
    MicrovilliSettings,
    NucleiSettings,
    SimulatorKind,
    VideoSettings,
    simulator_model,
)
from napari_asist.simulation.shapes import Spindle, Star
from napari_asist.simulation.video_settings import LOOSEST_PACKING

LARGEST_FIELD = 512
LONGEST_VIDEO = 50

MEDIAN_OF_SQUARE = np.sqrt(2 / np.pi)
"""Median length of a displacement that is uniform in [-1, 1] along both axes."""

MOST_EVENTS = 0.01
"""Largest number of arrivals, and of losses, that is simulated per object and frame.

It is four times what the paper simulates: detections that are missed for two frames
look like events and must not dominate the videos."""

PLATE = 0.5
METAPHASE_BRIGHTNESS = 2.4
"""Appearance of dividing nuclei: a video has too few metaphases to measure it."""

MOST_IRREGULAR = 0.25
"""Upper bound of the shape `star`."""
ROUNDING = 0.7
"""How round sticks become before they divide: cells round up; rods do not."""

MOST_DIVIDING = 0.8
"""Largest number of divisions that is simulated per object."""


@dataclass(frozen=True, eq=False)
class VideoMeasurements:
    """Everything that is known about a video.

    Parameters
    ----------
    detections : tuple of structured ndarray of `DETECTION_DTYPE`
    statistics : Statistics
    noise : float
        Standard deviation of the background in counts.
    field_size : tuple of int
        Height and width in px.
    n_frames : int
        Length of the video.
    border : DrawnBorder
        Where the detections are outlined.
    spindle : Spindle
        How tapered, lopsided and bent sticks are.
    full_count : float
        Objects in a frame, had all of it been measured.
    """

    detections: tuple[Detections, ...]
    statistics: Statistics
    noise: float
    field_size: tuple[int, int]
    n_frames: int
    border: DrawnBorder
    spindle: Spindle
    full_count: float

    @property
    def size(self) -> int:
        """Side of a simulated frame."""
        return min(LARGEST_FIELD, *self.field_size)

    @property
    def frames(self) -> int:
        """Frames of a simulated video."""
        return min(LONGEST_VIDEO, self.n_frames)

    @property
    def factor(self) -> float:
        """Ratio of the object counts in the last and the first simulated frame."""
        return float(np.exp(max(self.statistics.growth, 0) * (self.frames - 1)))

    @property
    def typical(self) -> float:
        """Objects in a simulated frame, at the density of the video."""
        height, width = self.field_size
        return self.full_count * self.size**2 / (height * width)

    @property
    def objects(self) -> float:
        """Initial object count that makes the mean over time the video's median."""
        return self.typical / ((1 + self.factor) / 2)

    @property
    def whole(self) -> Detections:
        """Detections away from the border, if there are any."""
        found = np.concatenate(self.detections)
        return found[found["whole"]] if found["whole"].any() else found

    def events(self, rate: float, most: float = MOST_EVENTS) -> int:
        """Return events in a simulated video, for a rate per object and frame."""
        return round(min(rate, most) * self.typical * (self.frames - 1))

    def brightness(self) -> BrightnessSettings:
        """Deciles of the detections; the last is the 99 % quantile, for debris.

        Detection stops above the noise, but there are dimmer objects, and a network
        that has never seen any learns to ignore them. The dimmest object is therefore
        as bright as the noise.
        """
        found = np.concatenate(self.detections)["brightness"]
        levels = np.quantile(found, [*np.linspace(0, 0.9, 10), 0.99])
        levels[0] = max(min(levels[0], self.noise), 1e-3)
        return BrightnessSettings(quantiles=tuple(float(f"{q:.4g}") for q in levels))

    def shared(self) -> dict[str, float | None]:
        """Return the settings that all simulators share, except counts and sizes."""
        statistics = self.statistics
        return {
            "persistence": round(min(statistics.motion.persistence.value, 0.95), 2),
            "clustering": round(statistics.clustering.value, 2),
            "cluster_size": round(statistics.cluster_size.value, 1),
            "border": self.border.part,
            "border_exponent": self.border.exponent,
        }


def fitted_simulator(kind: SimulatorKind, measured: VideoMeasurements) -> VideoSettings:
    """Fit a simulator by its own rules if it has any, or else by those for all."""
    if kind in FITTED:
        return FITTED[kind](measured)
    return _fitted_by_area(simulator_model(kind)(), measured)


def _fitted_by_area(
    defaults: VideoSettings, measured: VideoMeasurements
) -> VideoSettings:
    """Resize a simulator's default objects to the mean area of the video's objects."""
    area = float(np.pi * np.mean(measured.whole["radius"] ** 2))
    resized = rescaled(defaults, (area / defaults.typical_area) ** 0.5)
    objects = max(1, round(measured.objects))
    events = measured.frames * objects / (defaults.frames * defaults.objects)
    return resized.changed(
        frames=measured.frames,
        height=measured.size,
        width=measured.size,
        objects=objects,
        brightness=measured.brightness(),
        **measured.shared(),
        **defaults.events_times(events, objects),
    )


def fitted_nuclei(measured: VideoMeasurements) -> NucleiSettings:
    """Fit the simulator of nuclei."""
    radius = measured.whole["radius"]
    mean, (low, high) = float(radius.mean()), np.quantile(radius, (0.02, 0.98))
    low, high = max(2.0, min(float(low), mean)), max(2.0, float(high), mean)
    mean = max(mean, 2.0)
    aspect = float(
        np.mean(np.log(measured.whole["length"] / measured.whole["width"]) ** 2)
    )
    irregularity = min(measured.statistics.irregularity.value, MOST_IRREGULAR)
    overlap = NucleiSettings().overlap
    most = LOOSEST_PACKING * measured.size**2 / (np.pi * (overlap * mean) ** 2)
    start = max(1, round(min(measured.objects, 0.7 * most / measured.factor)))
    rates = measured.statistics.rates
    appearing = min(measured.events(rates.appearing.value), start)
    # At least as many divisions as explain the growth of the count.
    divisions = max(
        measured.events(rates.dividing.value, 1), round(start * (measured.factor - 1))
    )
    room = max(0, int(most) - start - appearing)
    return NucleiSettings(
        frames=measured.frames,
        height=measured.size,
        width=measured.size,
        objects=start,
        rim=round(2 * mean),
        appearing=min(appearing, max(0, int(most) - start)),
        disappearing=min(measured.events(rates.disappearing.value), start),
        mitoses=min(divisions, int(MOST_DIVIDING * start), room),
        radius_mean=round(mean, 2),
        radius_sd=round(float(radius.std()), 2),
        radius_min=round(low, 2),
        radius_max=round(high, 2),
        # The wave of a star with two periods around it lengthens it by the same amount.
        elongation=round(min(max(aspect - irregularity**2, 0) ** 0.5, 1.0), 3),
        shape=Star(irregularity=round(irregularity, 3)),
        plate=PLATE,
        cell_cycle=CellCycleSettings(brightness=METAPHASE_BRIGHTNESS),
        move=round(measured.statistics.motion.displacement.value / MEDIAN_OF_SQUARE, 2),
        brightness=measured.brightness(),
        **measured.shared(),
    )


def fitted_sticks(measured: VideoMeasurements) -> MicrovilliSettings:
    """Fit the simulator of sticks."""
    length, width = measured.whole["length"], measured.whole["width"]
    low, high = np.quantile(length, (0.02, 0.98))
    direction, spread = mean_direction(measured.whole["angle"])
    # Place sticks side by side without crossing, if there is room.
    overlap = 0.8
    needed = overlap * float(width.mean() * length.mean())
    most = 0.9 * LOOSEST_PACKING * measured.size**2 / needed
    mean_length = max(float(length.mean()), 2.0)
    objects = max(1, round(min(measured.objects, most)))
    dividing = measured.statistics.rates.dividing.value
    return MicrovilliSettings(
        frames=measured.frames,
        height=measured.size,
        width=measured.size,
        objects=objects,
        mitoses=min(measured.events(dividing), objects // 2),
        rounding=ROUNDING,
        overlap=overlap,
        shape=measured.spindle,
        stick_width=round(max(1.0, float(width.mean())), 2),
        stick_width_sd=round(float(width.std()), 2),
        length_mean=round(mean_length, 2),
        length_sd=round(float(length.std()), 2),
        length_min=round(max(2.0, min(float(low), mean_length)), 2),
        length_max=round(max(float(high), mean_length), 2),
        angle_mean=round(direction, 1),
        angle_spread=round(spread, 1),
        translation=1,
        step=round(measured.statistics.motion.displacement.value, 2),
        # Cell lengths vary far more than they change over time.
        length_change=0.1,
        brightness=measured.brightness(),
        **measured.shared(),
    )


FITTED: dict[SimulatorKind, Callable[[VideoMeasurements], VideoSettings]] = {
    "nuclei": fitted_nuclei,
    "microvilli": fitted_sticks,
}
"""The function that fits each simulator; default objects of others are resized."""
