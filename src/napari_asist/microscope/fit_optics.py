"""Fit blur, dimming at the border, halo and texture of objects to raw frames.

Rendered frames with the objects and noise of the raw ones are measured in the same way,
and the settings are changed until the measurements agree (indirect inference:
Gouriéroux, Monfort and Renault, Journal of Applied Econometrics 8, 1993). It therefore
does not matter that noise and texture bias the measurements: they bias both sides
equally.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import smooth_noise
from napari_asist.estimation.borders import Outlines, outlines_of
from napari_asist.estimation.object_areas import mean_inside
from napari_asist.labels import LabelVideo
from napari_asist.microscope.calibrated_optics import GRAIN_SIZE, fitted_look
from napari_asist.microscope.camera import photographed
from napari_asist.microscope.fit_camera import SampledFrame
from napari_asist.microscope.object_profiles import object_measure
from napari_asist.microscope.optics import DRAWN_REACH, Look, render_signal
from napari_asist.microscope.render import light_of, saturated
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.scaling import ScalingSettings, subtract_background

FITTED = ("psf_sigma", "falloff", "halo", "texture", "texture_scale")
LOW = np.array([0.3, 0.0, 0.0, 0.0, 0.6])
HIGH = np.array([5.0, 0.85, 0.4, 0.6, 6.0])
STEP = np.array([0.15, 0.08, 0.03, 0.04, 0.25])
"""Steps by which the settings are changed to determine their effect."""

ROUNDS = 2
EVALUATIONS = 8
CLEAR = 10.0
"""Brightness relative to the noise above which an object's profile is measured."""


@dataclass(frozen=True)
class _Scene:
    """Objects of a raw frame, and their brightness."""

    outlines: Outlines
    level: NDArray[np.float32]
    used: NDArray[np.bool_]
    background: float


def fitted_optics(
    frames: Sequence[SampledFrame],
    settings: MicroscopeSettings,
    names: Sequence[str] = FITTED,
) -> MicroscopeSettings:
    """Fit blur, dimming at the border, halo and texture.

    Parameters
    ----------
    frames : sequence of SampledFrame
        A few thousand object pixels are enough; time is proportional to the frames'
        area.
    settings : MicroscopeSettings
        Noise and background are used as given; the others are the starting point of the
        fit.
    names : sequence of str
        Which of `FITTED` to fit; the others stay unchanged.

    Returns
    -------
    MicroscopeSettings
        Unchanged if no object is clearly above the noise.
    """
    from scipy.optimize import least_squares

    noise = _noise_of(settings)
    scenes = [_scene(frame, noise) for frame in frames]
    pairs = [
        (scene, object_measure(frame.counts, scene.outlines.labels, scene.used))
        for scene, frame in zip(scenes, frames, strict=True)
        if scene.used.any()
    ]
    if not pairs:
        return settings
    chosen = [FITTED.index(name) for name in names]
    low, high, unit = LOW[chosen], HIGH[chosen], STEP[chosen]
    for _ in range(ROUNDS):
        looks = [_look(scene, settings) for scene, _ in pairs]

        def differences(
            values: NDArray[np.float64],
            looks: list[Look] = looks,
            settings: MicroscopeSettings = settings,
        ) -> NDArray[np.float64]:
            trial = _with(settings, names, values * unit)
            parts = [
                _rendered_measure(scene, look, trial) - measured
                for (scene, measured), look in zip(pairs, looks, strict=True)
            ]
            return np.concatenate(parts)

        start = np.array([getattr(settings, name) for name in names])
        found = least_squares(
            differences,
            np.clip(start, low + 1e-3, high - 1e-3) / unit,
            bounds=(low / unit, high / unit),
            diff_step=_relative_steps(start, unit),
            loss="soft_l1",
            f_scale=0.1,
            xtol=1e-2,
            ftol=1e-2,
            max_nfev=EVALUATIONS,
        )
        settings = _with(settings, names, found.x * unit)
    return settings


def _relative_steps(
    start: NDArray[np.float64], unit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return unit steps, as fractions of the values that they change."""
    return np.asarray(unit / np.maximum(np.abs(start), unit / 4))


def _with(
    settings: MicroscopeSettings, names: Sequence[str], values: NDArray[np.float64]
) -> MicroscopeSettings:
    rounded = [float(f"{value:.4g}") for value in values]
    return settings.changed(**dict(zip(names, rounded, strict=True)))


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


def _rendered_measure(
    scene: _Scene, look: Look, settings: MicroscopeSettings
) -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    grain = smooth_noise((GRAIN_SIZE, GRAIN_SIZE), settings.texture_scale, rng)
    look = Look(settings.texture * grain, look.origin, look.loose, look.condensed)
    signal = render_signal(scene.outlines, scene.level, settings, look)
    light = light_of(
        signal, np.float32(settings.background), scene.outlines.labels, settings
    )
    counts = saturated(photographed(light, settings, rng), settings)
    window = ScalingSettings().background_window
    flat = subtract_background(counts, window)
    return object_measure(flat, scene.outlines.labels, scene.used)
