"""Fit the virtual microscope to a video's raw frames, without labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.estimation.detect import (
    VISIBLE_BORDER,
    Detections,
    detect_objects,
    ellipses_of,
    noise_level,
    typical_radius,
)
from napari_asist.estimation.object_areas import visible_objects, without_holes
from napari_asist.estimation.proposal import FRINGED, dark_beside
from napari_asist.events import (
    Note,
    Progress,
    Started,
    Work,
    each_unless_stopped,
    result_of,
)
from napari_asist.microscope.fit_camera import MOST_LIGHT, SampledFrame, fitted_camera
from napari_asist.microscope.fit_debris import fitted_debris
from napari_asist.microscope.fit_optics import fitted_optics
from napari_asist.microscope.fit_phase_contrast import (
    edge_blur,
    fitted_fringes,
    fitted_phase,
)
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.scaling import ScalingSettings, subtract_background
from napari_asist.simulation.settings import BrightnessSettings
from napari_asist.simulation.video_settings import NUCLEUS_SADDLE

STAGE = "fit microscope"
SAMPLED = 8
OPTICS_FRAMES = 2
OPTICS_FIELD = 384
PHASE_FRAMES = 3
SATURATED = 1e-4
"""Fraction of pixels at the brightest count above which the camera has saturated."""

LEVELS, PEAK = 256, 4.0
"""Number of levels between the middle of the range and its end, and how many times
more pixels than usual a level has to contain to count as saturated."""

MOST_COUNTS = np.iinfo(np.uint16).max
ORGANELLE = 0.3
"""Size (sigma) of the grains inside cells in phase contrast, in typical radii."""

PROCESS_CHANCE = 0.5
PROCESS_LENGTHS, PROCESS_THICKNESS = (0.3, 2.5), 0.1
"""Probability of a process at a cell's end, and its lengths and thickness in radii."""

CLEAR_SLOPE = 3
"""Standard errors above which a loss of brightness is not due to chance."""

Frames = NDArray[np.generic] | Sequence[NDArray[np.generic]]


def fit_microscope(
    frames: Frames,
    saddle: float = NUCLEUS_SADDLE,
    sampled: int = SAMPLED,
    border: float = VISIBLE_BORDER,
) -> MicroscopeSettings:
    """Fit the virtual microscope to raw frames, without labels.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Numpy or dask. Objects are brighter than what surrounds them.
    saddle : float
        Depth of the dip that separates two objects; `STICK_SADDLE` for sticks.
    sampled : int
        Number of frames to examine, spread over the video.
    border : float
        Fraction of an object's own maximum that bounds the area of its mean brightness:
        the one at which objects will be rendered, the same for all.

    Returns
    -------
    MicroscopeSettings
        Brightness, optics, texture, background, noise and bleaching of the video; if
        objects have dark fringes, also phase contrast and debris. The cell cycle keeps
        its default.

    Raises
    ------
    AsistError
        If nothing stands out from the background.
    """
    return result_of(fitting_microscope(frames, saddle, sampled, border))


def fitting_microscope(
    frames: Frames,
    saddle: float = NUCLEUS_SADDLE,
    sampled: int = SAMPLED,
    border: float = VISIBLE_BORDER,
) -> Work[MicroscopeSettings]:
    """Do the same as `fit_microscope`, and report progress."""
    times = np.unique(np.linspace(0, len(frames) - 1, sampled).round().astype(int))
    yield Started(STAGE, len(times) + 1)
    images = [np.asarray(frames[int(time)]) for time in each_unless_stopped(times)]
    measured = map(typical_radius, each_unless_stopped(images))
    radii = [radius for radius in measured if radius]
    radius = float(np.median(radii)) if radii else 0.0
    detections: list[Detections] = []
    samples: list[SampledFrame] = []
    for number, image in enumerate(images if radius else ()):
        found = detect_objects(image, radius, saddle, border)
        detections.append(found)
        samples.append(_sampled_frame(image, found))
        yield Progress(STAGE, number + 1, len(times) + 1)
    if not any(len(found) for found in detections):
        raise AsistError(
            "No object stands out from the background; choose another channel, or "
            "invert the video if its objects are dark."
        )
    bleaching = _bleaching(times, detections)
    noise = float(np.median([noise_level(image) for image in images]))
    start = MicroscopeSettings().changed(
        brightness=_brightness(times, detections, bleaching, noise),
        bleaching=round(bleaching, 5),
        halo_sigma=max(4.0, radius / 2),
        saturation=saturation_of(images),
        **fitted_camera(samples),
    )
    fullest = sorted(samples, key=lambda frame: -np.count_nonzero(frame.objects))
    yield Note(STAGE, "Comparing rendered objects with those in the video.")
    size = float(np.median(np.concatenate(detections)["radius"]))
    parts = [_fullest_part(frame) for frame in fullest[:OPTICS_FRAMES]]
    if has_fringes(samples, size):
        fitted = _of_phase_contrast(start, samples[-PHASE_FRAMES:], parts, size, noise)
    else:
        fitted = fitted_optics(parts, start)
    yield Progress(STAGE, len(times) + 1, len(times) + 1)
    return fitted


def _of_phase_contrast(
    start: MicroscopeSettings,
    samples: Sequence[SampledFrame],
    parts: Sequence[SampledFrame],
    radius: float,
    noise: float,
) -> MicroscopeSettings:
    """Fit fringes together with the blur, which could explain some of them."""
    phase = fitted_phase(samples, radius)
    start = on_bright_ground(start).changed(phase=phase)
    # The bright halo replaces the scattered light; organelles are coarser than
    # chromatin.
    start = start.changed(halo=0, texture_scale=round(ORGANELLE * radius, 2))
    blur = edge_blur(samples, noise)
    if blur is not None:
        start = start.changed(psf_sigma=round(min(blur, 20.0), 3))
    fitted = fitted_fringes(parts, start, radius)
    return with_cells_around(fitted, samples, radius)


def has_fringes(samples: Sequence[SampledFrame], radius: float) -> bool:
    """Return whether objects have dark fringes, as in phase contrast.

    Parameters
    ----------
    samples : sequence of SampledFrame
    radius : float
        Radius of a typical object, in px.
    """
    beside = dark_beside(
        [frame.counts for frame in samples],
        [frame.objects for frame in samples],
        radius,
    )
    return beside >= FRINGED


def on_bright_ground(settings: MicroscopeSettings) -> MicroscopeSettings:
    """Treat the whole background as light, which fringes reduce.

    The noise stays unchanged.

    Parameters
    ----------
    settings : MicroscopeSettings
    """
    ground = settings.background + settings.offset
    if not 0 < ground <= MOST_LIGHT:
        return settings
    part = settings.background / ground
    return settings.changed(
        background=ground,
        offset=0,
        unevenness=settings.unevenness * part,
        gain=max(settings.gain * part, 1e-9),
    )


def with_cells_around(
    settings: MicroscopeSettings, samples: Sequence[SampledFrame], radius: float
) -> MicroscopeSettings:
    """Add what is next to cells in phase contrast: debris and processes.

    Debris is measured. Processes are too thin to measure, so values typical of cultured
    cells are assumed.

    Parameters
    ----------
    settings : MicroscopeSettings
    samples : sequence of SampledFrame
    radius : float
        Radius of a typical object, in px.
    """
    return settings.changed(
        debris=fitted_debris(samples, radius, settings.psf_sigma),
        processes={
            "chance": PROCESS_CHANCE,
            "length_min": round(PROCESS_LENGTHS[0] * radius, 2),
            "length_max": round(PROCESS_LENGTHS[1] * radius, 2),
            "thickness": round(PROCESS_THICKNESS * radius, 2),
        },
    )


def saturation_of(images: Sequence[NDArray[np.generic]]) -> float | None:
    """Return the counts at which the camera saturates, None if nothing is saturated.

    Parameters
    ----------
    images : sequence of ndarray, shape (Y, X)
        In counts, including the background.

    Returns
    -------
    float or None
        In counts.

    Notes
    -----
    Many pixels with nearly the same counts are saturated if hardly any are brighter:
    resampled frames ring slightly around that level.
    """
    values = np.concatenate([np.asarray(image, np.float64).ravel() for image in images])
    middle = (values.min() + values.max()) / 2
    pixels, edges = np.histogram(values[values > middle], LEVELS)
    # The dimmest quarter contains objects that are barely bright enough to be detected.
    peak = LEVELS // 4 + int(np.argmax(pixels[LEVELS // 4 :]))
    level = float(edges[peak : peak + 2].mean())
    many = max(SATURATED * values.size, PEAK * float(np.median(pixels[:peak])))
    brighter = np.count_nonzero(values > edges[peak + 1])
    if pixels[peak] < max(many, brighter) or level > MOST_COUNTS:
        return None
    return level


def _sampled_frame(image: NDArray[np.generic], found: Detections) -> SampledFrame:
    counts = subtract_background(image, ScalingSettings().background_window)
    objects = visible_objects(counts, ellipses_of(found, image.shape))
    background = image.astype(np.float32) - counts
    return SampledFrame(counts, background, without_holes(objects))


def _fullest_part(frame: SampledFrame) -> SampledFrame:
    """Crop the square that contains most of the objects."""
    covered = np.pad((frame.objects > 0).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    height, width = (min(OPTICS_FIELD, side) for side in frame.counts.shape)
    inside = (
        covered[height:, width:]
        - covered[:-height, width:]
        - covered[height:, :-width]
        + covered[:-height, :-width]
    )
    y, x = np.unravel_index(int(inside.argmax()), inside.shape)
    part = (slice(int(y), int(y) + height), slice(int(x), int(x) + width))
    return SampledFrame(frame.counts[part], frame.background[part], frame.objects[part])


def _bleaching(times: NDArray[np.int64], detections: Sequence[Detections]) -> float:
    """Return the fraction of light lost per frame, 0 if it is not significant.

    It is the slope of the logarithm of the median brightness of the brighter half.
    """
    usable = [number for number, found in enumerate(detections) if len(found) > 4]
    if len(usable) < 4:
        return 0.0
    levels = [np.quantile(detections[number]["brightness"], 0.75) for number in usable]
    fit, covariance = np.polyfit(times[usable], np.log(levels), 1, cov=True)
    slope = float(fit[0])
    is_clear = -slope > CLEAR_SLOPE * np.sqrt(covariance[0, 0])
    return float(min(-np.expm1(slope), 0.5)) if is_clear else 0.0


def _brightness(
    times: NDArray[np.int64],
    detections: Sequence[Detections],
    bleaching: float,
    noise: float,
) -> BrightnessSettings:
    """Return deciles of the brightness before bleaching, down to the noise.

    The last is the 99 % quantile, for debris. Detection stops above the noise, but
    there are dimmer objects.
    """
    found = np.concatenate(
        [
            part["brightness"] / (1 - bleaching) ** int(time - times[0])
            for time, part in zip(times, detections, strict=True)
        ]
    )
    levels = np.quantile(found, [*np.linspace(0, 0.9, 10), 0.99])
    levels[0] = max(min(levels[0], noise), 1e-9)
    return BrightnessSettings(quantiles=tuple(float(f"{q:.4g}") for q in levels))
