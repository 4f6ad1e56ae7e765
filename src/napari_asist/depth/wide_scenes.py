"""Scenes of many kinds of videos, for models that track videos never seen before.

`SceneSource` varies what was fitted to one video. Here, nothing was fitted: the
objects, the microscope and the camera of each scene are first drawn from wide ranges,
and then varied in the same way. No frame of a microscope is involved.

Lengths are in standard px: a video's frames are resampled until a typical object has a
radius of 13, so a model sees objects of one size, but with the blur and the noise that
resampling leaves. Levels are in deviations of the background's noise.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from napari_asist.depth.scenes import EDGE, TRIES, Scene, scene_of
from napari_asist.depth.settings import SceneSettings
from napari_asist.depth.variation import varied_microscope, varied_simulator
from napari_asist.errors import AsistError
from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.labels import LabelVideo
from napari_asist.microscope.scene import draw_scene
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.resampling import STANDARD_RADIUS
from napari_asist.scaling import fit_scaling
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    SimulatorKind,
    SimulatorSettings,
)
from napari_asist.simulation.shapes import Spindle, Star

NATIVE = (3.0, 60.0)
"""Radii of a typical object in px of the videos before they are resampled."""

DIMMEST, BRIGHTEST = 4.0, 150.0
"""Levels of a typical object."""

QUANTILES = 11
"""Levels of brightness that a scene is given."""

SATURATED = 0.15
"""Fraction of the videos whose camera saturates."""

FRINGED = 0.5
"""Fraction of the videos of rods that show phase contrast."""


class Look(NamedTuple):
    """The objects and the microscope of a video.

    Parameters
    ----------
    simulator : SimulatorSettings
    microscope : MicroscopeSettings
    """

    simulator: SimulatorSettings
    microscope: MicroscopeSettings


@dataclass(frozen=True)
class WideScenes:
    """Scenes of one kind of objects, each of another video.

    Parameters
    ----------
    kind : str
        The simulator: ``nuclei`` or ``microvilli``.
    settings : SceneSettings
    seed : int
    """

    kind: SimulatorKind
    settings: SceneSettings
    seed: int

    def scene(self, number: int) -> Scene:
        """Draw scene ``number`` (0, 1, 2, …), which is the same in every process."""
        return scene_of(*self.labeled(number))

    def labeled(self, number: int) -> tuple[NDArray[np.float32], LabelVideo]:
        """Draw the frames of a scene, on the networks' scale, and their labels.

        The scale is fitted to the frames, as it is to a real video.

        Raises
        ------
        AsistError
            If there is no room for the objects.
        """
        rng = np.random.default_rng((self.seed, number))
        crowding = 1.0
        for _ in range(TRIES):
            look = LOOKS[self.kind](rng)
            noise = background_noise(look.microscope)
            microscope = varied_microscope(look.microscope, noise, self.settings, rng)
            try:
                simulator = varied_simulator(
                    look.simulator, self.settings, crowding, rng
                )
                drawn = draw_scene(
                    simulator,
                    microscope,
                    int(rng.integers(2**32)),
                    _border_in,
                    edge=EDGE,
                )
            except (ValidationError, AsistError):
                crowding *= 0.8
                continue
            scaling = fit_scaling(drawn.counts)
            return np.stack([scaling.apply(one) for one in drawn.counts]), drawn.labels
        raise AsistError(
            "Scenes have no room for the objects; raise depth.scenes.side."
        )


def _border_in(counts: NDArray[np.float32]) -> DrawnBorder:
    return DrawnBorder(None, fit_scaling(counts).softness)


def background_noise(microscope: MicroscopeSettings) -> float:
    """Return the standard deviation of the background in counts.

    Parameters
    ----------
    microscope : MicroscopeSettings
        The variance is that of photons (Poisson) and of the camera; grain keeps it.
    """
    photons = microscope.gain * microscope.background
    return float(np.hypot(np.sqrt(photons), microscope.read_noise))


def nuclei_look(rng: np.random.Generator) -> Look:
    """Draw fluorescent nuclei: round to long, sparse to crowded, dim to saturated.

    Parameters
    ----------
    rng : Generator
    """
    radius = STANDARD_RADIUS * rng.uniform(0.9, 1.1)
    spread = rng.uniform(0.04, 0.3)
    simulator = NucleiSettings(
        objects=max(2, round(512**2 * _share(rng) / (np.pi * radius**2))),
        height=512,
        width=512,
        appearing=0,
        disappearing=0,
        mitoses=1,
        radius_mean=radius,
        radius_sd=spread * radius,
        radius_min=max(4.0, radius * (1 - 2 * spread)),
        radius_max=radius * (1 + 2.5 * spread),
        elongation=rng.uniform(0.05, 0.4),
        shape=Star(irregularity=rng.uniform(0.02, 0.16)),
        overlap=rng.uniform(0.6, 0.9),
        move=radius * _log_uniform(rng, 0.02, 0.35),
        clustering=rng.uniform(0, 1) * rng.integers(2),
    )
    return Look(simulator, _fluorescence(rng))


def rods_look(rng: np.random.Generator) -> Look:
    """Draw rods: microvilli, bacteria, long cells; fluorescent or in phase contrast.

    Parameters
    ----------
    rng : Generator
    """
    area = np.pi * STANDARD_RADIUS**2 * rng.uniform(0.85, 1.15)
    aspect = _log_uniform(rng, 1.5, 8)
    width = math.sqrt(area / aspect)
    length, spread = aspect * width, rng.uniform(0.1, 0.4)
    is_free = bool(rng.integers(2))
    simulator = MicrovilliSettings(
        objects=max(2, round(512**2 * _share(rng) / area)),
        height=512,
        width=512,
        mitoses=0 if is_free else 1,
        stick_width=width,
        stick_width_sd=width * rng.uniform(0.02, 0.2),
        length_mean=length,
        length_sd=length * spread,
        length_min=max(2.0, length * (1 - 2 * spread)),
        length_max=length * (1 + 2 * spread),
        angle_mean=rng.uniform(0, 180),
        angle_spread=rng.choice([90.0, rng.uniform(5, 90)]),
        # Microvilli cross each other; cells do not.
        overlap=rng.uniform(0, 0.4) if is_free else rng.uniform(0.5, 0.9),
        # Bacteria and microvilli have blunt ends; other cells have pointed ones.
        shape=Spindle(
            taper=rng.choice([rng.uniform(-0.25, 0), rng.uniform(0, 0.7)]),
            taper_sd=rng.uniform(0, 0.3),
            asymmetry=rng.uniform(0, 0.35) * rng.integers(2),
            bend=_log_uniform(rng, 0.02, 0.4),
        ),
        step=STANDARD_RADIUS * _log_uniform(rng, 0.02, 0.35),
        translation=1,
        turn=_log_uniform(rng, 0.5, 8),
        length_change=rng.uniform(0, 0.3),
        rounding=rng.uniform(0, 0.8),
        clustering=rng.uniform(0, 1) * rng.integers(2),
    )
    microscope = _fluorescence(rng)
    if rng.random() < FRINGED:
        microscope = _with_fringes(microscope, rng)
    return Look(simulator, microscope)


LOOKS: dict[SimulatorKind, Callable[[np.random.Generator], Look]] = {
    "nuclei": nuclei_look,
    "microvilli": rods_look,
}
"""What draws the look of a video, by the kind of its objects."""


def _fluorescence(rng: np.random.Generator) -> MicroscopeSettings:
    """Draw optics, camera and brightness, resampled from a native magnification."""
    factor = STANDARD_RADIUS / _log_uniform(rng, *NATIVE)
    # Enlarged pixels share their noise; reduced ones average it.
    grain = 0.45 * factor if factor > 1 else 0.0
    blur = float(np.hypot(0.5 * max(factor, 1), _log_uniform(rng, 0.4, 3.0)))
    plain = MicroscopeSettings(
        psf_sigma=min(blur, 5.0),
        halo=rng.uniform(0, 0.12),
        halo_sigma=_log_uniform(rng, 5, 30),
        falloff=rng.uniform(0, 0.5),
        texture=rng.uniform(0, 0.45),
        texture_scale=_log_uniform(rng, 1, 4.5),
        mitotic_halo=rng.uniform(0, 0.25),
        background=_log_uniform(rng, 10, 2000),
        unevenness=rng.uniform(0, 0.25) ** 2,
        bleaching=rng.uniform(0, 0.01),
        gain=_log_uniform(rng, 0.05, 5),
        read_noise=_log_uniform(rng, 1, 20),
        noise_grain=(min(grain, 2.0),) * 2,
        cell_cycle={"brightness": 2.4, "stage_duration": _log_uniform(rng, 0.5, 2)},
    )
    noise = background_noise(plain)
    typical = noise * _log_uniform(rng, DIMMEST, BRIGHTEST)
    contrast = rng.uniform(0.1, 1.2)
    places = np.linspace(-1.6, 1.6, QUANTILES - 1)
    levels = typical * np.exp(contrast * places)
    quantiles = np.sort(np.minimum([rng.uniform(0.5, 3) * noise, *levels], 1e6))
    saturation = None
    if rng.random() < SATURATED:
        brightest = quantiles[int(rng.integers(QUANTILES // 2, QUANTILES))]
        top = plain.offset + plain.background + max(brightest, 20 * noise)
        saturation = min(float(top), 65_535.0)
    return plain.changed(
        brightness={"quantiles": tuple(quantiles.tolist())}, saturation=saturation
    )


def _with_fringes(
    microscope: MicroscopeSettings, rng: np.random.Generator
) -> MicroscopeSettings:
    """Add halos, shadows, debris and tails of phase contrast, each often faint."""
    noise = background_noise(microscope)
    typical = microscope.brightness.quantiles[QUANTILES // 2]
    return microscope.changed(
        phase={
            "strength": rng.uniform(0, 0.8),
            "radius": _log_uniform(rng, 5, 30),
            "shade_off": rng.uniform(0, 0.8),
            "glow": rng.uniform(0, 0.5) * rng.integers(2),
            "glow_sigma": _log_uniform(rng, 2, 12),
            "shadow": rng.uniform(0, 0.5) * rng.integers(2),
            "shadow_angle": rng.uniform(-180, 180),
            "shadow_sigma": _log_uniform(rng, 1, 12),
        },
        debris={
            "density": rng.uniform(0, 2) * rng.integers(2),
            "rings": rng.uniform(0, 0.3),
            "brightness_min": 2 * noise,
            "brightness_max": max(3 * noise, 0.7 * typical),
        },
        processes={
            "chance": rng.uniform(0, 0.6) * rng.integers(2),
            "length_min": 4,
            "length_max": _log_uniform(rng, 8, 40),
            "thickness": rng.uniform(0.8, 2.5),
            "brightness": rng.uniform(0.1, 0.7),
        },
    )


def _share(rng: np.random.Generator) -> float:
    """Draw the fraction of a frame that objects cover."""
    return _log_uniform(rng, 0.03, 0.4)


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))
