"""Fit the microscope by comparing rendered objects with those in raw frames.

Rendered frames with the objects and noise of the raw ones are measured in the same way,
and the settings are changed until the measurements agree (indirect inference:
Gouriéroux, Monfort and Renault, Journal of Applied Econometrics 8, 1993). It therefore
does not matter that noise and texture bias the measurements: they bias both sides
equally.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image, smooth_noise
from napari_asist.estimation.borders import Outlines, outlines_of
from napari_asist.estimation.object_areas import mean_inside
from napari_asist.events import raise_if_stopped
from napari_asist.labels import LabelArray, LabelVideo
from napari_asist.microscope.calibrated_optics import GRAIN_SIZE, fitted_look
from napari_asist.microscope.camera import photographed
from napari_asist.microscope.fit_camera import SampledFrame
from napari_asist.microscope.optics import DRAWN_REACH, Look, render_signal
from napari_asist.microscope.render import light_of, saturated
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.scaling import ScalingSettings, subtract_background

ROUNDS = 2
EVALUATIONS = 8
CLEAR = 10.0
"""Brightness relative to the noise above which an object's profile is measured."""

WITHIN = 1e-3
"""Least distance of the starting values from their bounds."""

Measure: TypeAlias = Callable[
    [Image, LabelArray, NDArray[np.bool_]], NDArray[np.float64]
]
"""Takes a frame over its background, labels, and which of them to use; returns numbers,
as many for all frames."""


@dataclass(frozen=True)
class Unknowns:
    """Settings to fit: as an array of their values, with bounds.

    Parameters
    ----------
    read : callable
        Returns the values in the settings of a microscope.
    write : callable
        Returns the settings with other values.
    low, high : ndarray of float64, shape (n,)
    step : ndarray of float64, shape (n,)
        By which each value is changed to determine its effect.
    """

    read: Callable[[MicroscopeSettings], NDArray[np.float64]]
    write: Callable[[MicroscopeSettings, NDArray[np.float64]], MicroscopeSettings]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    step: NDArray[np.float64]


@dataclass(frozen=True)
class _Scene:
    """Objects of a raw frame, and their brightness."""

    outlines: Outlines
    level: NDArray[np.float32]
    used: NDArray[np.bool_]
    background: float


def fitted_by_rendering(
    frames: Sequence[SampledFrame],
    settings: MicroscopeSettings,
    unknowns: Unknowns,
    measure: Measure,
) -> MicroscopeSettings:
    """Change settings until rendered objects measure the same as those in the frames.

    Parameters
    ----------
    frames : sequence of SampledFrame
    settings : MicroscopeSettings
        The starting point.
    unknowns : Unknowns
        What to fit.
    measure : callable
        See `Measure`.

    Returns
    -------
    MicroscopeSettings
        Unchanged if no object is clearly above the noise.
    """
    from scipy.optimize import least_squares

    noise = _noise_of(settings)
    scenes = [_scene(frame, noise) for frame in frames]
    pairs = [
        (scene, measure(frame.counts, scene.outlines.labels, scene.used))
        for scene, frame in zip(scenes, frames, strict=True)
        if scene.used.any()
    ]
    if not pairs:
        return settings
    low, high, unit = unknowns.low, unknowns.high, unknowns.step
    for _ in range(ROUNDS):
        looks = [_look(scene, settings) for scene, _ in pairs]

        def differences(
            values: NDArray[np.float64],
            looks: list[Look] = looks,
            settings: MicroscopeSettings = settings,
        ) -> NDArray[np.float64]:
            trial = unknowns.write(settings, values * unit)
            parts = []
            for (scene, measured), look in zip(pairs, looks, strict=True):
                rendered = _rendered(scene, look, trial)
                labels = scene.outlines.labels
                parts.append(measure(rendered, labels, scene.used) - measured)
            return np.concatenate(parts)

        start = unknowns.read(settings)
        found = least_squares(
            differences,
            np.clip(start, low + WITHIN, high - WITHIN) / unit,
            bounds=(low / unit, high / unit),
            diff_step=_relative_steps(start, unit),
            loss="soft_l1",
            f_scale=0.1,
            xtol=1e-2,
            ftol=1e-2,
            max_nfev=EVALUATIONS,
        )
        settings = unknowns.write(settings, found.x * unit)
    return settings


def rounded_value(value: float) -> float:
    """Return a value with four significant digits."""
    return float(f"{value:.4g}")


def _relative_steps(
    start: NDArray[np.float64], unit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return unit steps, as fractions of the values that they change."""
    return np.asarray(unit / np.maximum(np.abs(start), unit / 4))


def _noise_of(settings: MicroscopeSettings) -> float:
    photons = settings.gain * settings.background
    return float(np.sqrt(settings.read_noise**2 + photons))


def _scene(frame: SampledFrame, noise: float) -> _Scene:
    outlines = outlines_of(frame.objects, DRAWN_REACH)
    level = mean_inside(frame.counts, frame.objects).astype(np.float32)
    used = level > CLEAR * noise
    if used.any():
        # The very brightest objects are mitoses, which look different.
        used &= level <= np.quantile(level[used], 0.95)
    return _Scene(outlines, level, used, float(np.median(frame.background)))


def _look(scene: _Scene, settings: MicroscopeSettings) -> Look:
    video = LabelVideo(scene.outlines.labels[None])
    return fitted_look(video, settings, np.random.default_rng(0))


def _rendered(scene: _Scene, look: Look, settings: MicroscopeSettings) -> Image:
    """Render the objects, and subtract the background as from a raw frame."""
    raise_if_stopped()
    rng = np.random.default_rng(0)
    grain = smooth_noise((GRAIN_SIZE, GRAIN_SIZE), settings.texture_scale, rng)
    look = Look(settings.texture * grain, look.origin, look.loose, look.condensed)
    signal = render_signal(scene.outlines, scene.level, settings, look)
    light = light_of(
        signal, np.float32(settings.background), scene.outlines.labels, settings
    )
    counts = saturated(photographed(light, settings, rng), settings)
    return subtract_background(counts, ScalingSettings().background_window)
