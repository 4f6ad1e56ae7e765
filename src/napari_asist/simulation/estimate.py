"""Simulator settings fitted to a microscope video, without labels."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.events import Progress, Started, Work, result_of
from napari_asist.simulation.detect import (
    NUCLEUS_SADDLE,
    STICK_SADDLE,
    Detections,
    detect_objects,
    noise_level,
    typical_radius,
)
from napari_asist.simulation.dynamics import (
    growth_rate,
    mean_direction,
    median_displacement,
)
from napari_asist.simulation.settings import (
    BrightnessSettings,
    HelaSettings,
    MicrovilliSettings,
)
from napari_asist.simulation.shapes import Ellipse
from napari_asist.simulation.video_settings import LOOSEST_PACKING

STAGE = "estimate"
LARGEST_FIELD = 512
LONGEST_VIDEO = 50

MEDIAN_OF_SQUARE = np.sqrt(2 / np.pi)
"""Median length of a move that is uniform in [-1, 1] along both axes."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """What a video shows without labels, and the simulator settings that match it.

    Parameters
    ----------
    settings : HelaSettings or MicrovilliSettings
        For training videos of at most 512 × 512 px and 50 frames with the density of
        the video.
    times : ndarray of int
        Frames that were looked at.
    detections : tuple of structured ndarray of `DETECTION_DTYPE`
        One for each of these frames.
    displacement : float
        Median move of an object from one frame to the next, in pixels.
    growth : float
        Growth of the count in a frame, as a part of it.
    field_size : tuple of int
        Height and width of the video.
    """

    settings: HelaSettings | MicrovilliSettings
    times: NDArray[np.int64]
    detections: tuple[Detections, ...] = field(repr=False)
    displacement: float
    growth: float
    field_size: tuple[int, int]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of objects in each frame that was looked at."""
        return np.array([len(found) for found in self.detections])

    def summary(self) -> str:
        """Say in a few lines what was found."""
        counts, settings = self.counts, self.settings
        height, width = self.field_size
        levels = settings.brightness.quantiles
        if isinstance(settings, HelaSettings):
            shape = (
                f"radius {settings.radius_mean:.1f} ± {settings.radius_sd:.1f} px, "
                f"typical aspect ratio {np.exp(0.67 * settings.elongation):.2f}"
            )
        else:
            shape = (
                f"length {settings.length_mean:.1f} ± {settings.length_sd:.1f} px, "
                f"width {settings.stick_width:.1f} ± {settings.stick_width_sd:.1f} px"
            )
        return "\n".join(
            [
                f"objects a frame   {np.median(counts):.0f} ({counts.min()} to "
                f"{counts.max()}) in {height} × {width} px",
                f"shape             {shape}",
                f"move a frame      {self.displacement:.1f} px",
                f"growth of count   {100 * self.growth:.1f} % a frame",
                f"brightness        {levels[0]:.0f} to {levels[-1]:.0f} counts, "
                f"median {np.median(levels):.0f}",
                f"to be simulated   {settings.objects} objects in "
                f"{settings.height} × {settings.width} px, {settings.frames} frames",
            ]
        )


def estimate_simulator(
    frames: Any, kind: Literal["hela", "microvilli"], sampled: int = 12
) -> Estimate:
    """Fit a simulator's settings to a video, without labels.

    Parameters
    ----------
    frames : array, shape (T, Y, X)
        Numpy or dask. Objects are brighter than what surrounds them.
    kind : {"hela", "microvilli"}
        Which simulator.
    sampled : int
        How many frames are looked at, in pairs of neighbors spread over the video.

    Returns
    -------
    Estimate

    Raises
    ------
    AsistError
        Where nothing stands out of the background.
    """
    return result_of(estimating(frames, kind, sampled))


def estimating(
    frames: Any, kind: Literal["hela", "microvilli"], sampled: int = 12
) -> Work[Estimate]:
    """Do the work of `estimate_simulator` and tell its progress."""
    if kind not in ("hela", "microvilli"):
        raise AsistError(f"There is no simulator {kind!r}; take hela or microvilli.")
    times = _sampled_times(len(frames), sampled)
    yield Started(STAGE, 2 * len(times))
    images, radii = [], []
    for number, time in enumerate(times):
        images.append(np.asarray(frames[time]))
        if radius_here := typical_radius(images[-1]):
            radii.append(radius_here)
        yield Progress(STAGE, number + 1, 2 * len(times))
    detections: tuple[Detections, ...] = ()
    if radii:
        radius = float(np.median(radii))
        saddle = NUCLEUS_SADDLE if kind == "hela" else STICK_SADDLE
        for number, image in enumerate(images):
            detections += (detect_objects(image, radius, saddle),)
            yield Progress(STAGE, len(times) + number + 1, 2 * len(times))
    if not any(len(found) for found in detections):
        raise AsistError(
            "No object stands out of the background; choose another channel, or invert "
            "the video if its objects are dark."
        )
    displacement = median_displacement(times, detections, radius)
    growth = growth_rate(times, detections)
    height, width = images[0].shape
    fit = _fitted_nuclei if kind == "hela" else _fitted_sticks
    noise = float(np.median([noise_level(image) for image in images]))
    measured = _Measured(
        detections, displacement, growth, noise, (height, width), len(frames)
    )
    return Estimate(
        fit(measured),
        times,
        detections,
        displacement,
        growth,
        (height, width),
    )


@dataclass(frozen=True)
class _Measured:
    detections: tuple[Detections, ...]
    displacement: float
    growth: float
    noise: float
    field_size: tuple[int, int]
    n_frames: int

    @property
    def size(self) -> int:
        """Side of a simulated frame."""
        return min(LARGEST_FIELD, *self.field_size)

    @property
    def frames(self) -> int:
        return min(LONGEST_VIDEO, self.n_frames)

    @property
    def factor(self) -> float:
        """Objects at the end of a simulated video over those at its beginning."""
        return float(np.exp(max(self.growth, 0) * (self.frames - 1)))

    @property
    def objects(self) -> float:
        """Objects to begin with, so that the mean over time is the video's median."""
        height, width = self.field_size
        count = float(np.median([len(found) for found in self.detections]))
        return count * self.size**2 / (height * width) / ((1 + self.factor) / 2)

    @property
    def whole(self) -> Detections:
        found = np.concatenate(self.detections)
        return found[found["whole"]] if found["whole"].any() else found

    def brightness(self) -> BrightnessSettings:
        """Deciles of the detections; the last is the 99 % quantile, for debris.

        Detections end above the noise and objects do not: a network that sees no
        dimmer ones learns to ignore them. So the dimmest is as bright as the noise.
        """
        found = np.concatenate(self.detections)["brightness"]
        levels = np.quantile(found, [*np.linspace(0, 0.9, 10), 0.99])
        levels[0] = max(min(levels[0], self.noise), 1e-3)
        return BrightnessSettings(quantiles=tuple(float(f"{q:.4g}") for q in levels))


def _fitted_nuclei(measured: _Measured) -> HelaSettings:
    radius = measured.whole["radius"]
    mean, (low, high) = float(radius.mean()), np.quantile(radius, (0.02, 0.98))
    low, high = max(2.0, min(float(low), mean)), max(2.0, float(high), mean)
    mean = max(mean, 2.0)
    aspect = np.log(measured.whole["length"] / measured.whole["width"])
    overlap = HelaSettings().overlap
    most = LOOSEST_PACKING * measured.size**2 / (np.pi * (overlap * mean) ** 2)
    start = max(1, round(min(measured.objects, 0.7 * most / measured.factor)))
    events = measured.frames > 1
    # The paper's ratios of events to objects, but divisions that explain the growth.
    comings = round(20 / 150 * start) if events else 0
    mitoses = max(round(5 / 150 * start), round(start * (measured.factor - 1)))
    return HelaSettings(
        frames=measured.frames,
        height=measured.size,
        width=measured.size,
        objects=start,
        rim=round(2 * mean),
        appearing=comings,
        disappearing=comings,
        mitoses=min(mitoses, round(0.8 * start)) if events else 0,
        radius_mean=round(mean, 2),
        radius_sd=round(float(radius.std()), 2),
        radius_min=round(low, 2),
        radius_max=round(high, 2),
        elongation=round(min(float(np.sqrt(np.mean(aspect**2))), 1.0), 3),
        move=round(measured.displacement / MEDIAN_OF_SQUARE, 2),
        brightness=measured.brightness(),
    )


def _fitted_sticks(measured: _Measured) -> MicrovilliSettings:
    length, width = measured.whole["length"], measured.whole["width"]
    low, high = np.quantile(length, (0.02, 0.98))
    direction, spread = mean_direction(measured.whole["angle"])
    # Sticks that lie side by side without crossing, where there is room for that.
    overlap = 0.8
    needed = overlap * float(width.mean() * length.mean())
    most = 0.9 * LOOSEST_PACKING * measured.size**2 / needed
    mean_length = max(float(length.mean()), 2.0)
    return MicrovilliSettings(
        frames=measured.frames,
        height=measured.size,
        width=measured.size,
        objects=max(1, round(min(measured.objects, most))),
        overlap=overlap,
        shape=Ellipse(),
        stick_width=round(max(1.0, float(width.mean())), 2),
        stick_width_sd=round(float(width.std()), 2),
        length_mean=round(mean_length, 2),
        length_sd=round(float(length.std()), 2),
        length_min=round(max(2.0, min(float(low), mean_length)), 2),
        length_max=round(max(float(high), mean_length), 2),
        angle_mean=round(direction, 1),
        angle_spread=round(spread, 1),
        translation=1,
        step=round(measured.displacement, 2),
        # Lengths of cells vary far more than they change.
        length_change=0.1,
        brightness=measured.brightness(),
    )


def _sampled_times(n_frames: int, sampled: int) -> NDArray[np.int64]:
    if n_frames < 2:
        return np.arange(n_frames)
    starts = np.linspace(0, n_frames - 2, max(1, sampled // 2)).round().astype(int)
    return np.unique(np.concatenate([starts, starts + 1]))
