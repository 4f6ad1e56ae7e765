"""Variation of scenes around the settings fitted to a video.

A network trained on a single fit never sees what the fit misses: clusters denser than
usual, motion faster than the median, a wider halo. The simulator and the microscope are
therefore varied around the fit, scene by scene.
"""

import math
from collections.abc import Callable

import numpy as np

from napari_asist.depth.settings import SceneSettings
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.resampling import STANDARD_RADIUS
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
)
from napari_asist.simulation.shapes import Ellipse, Spindle, Star
from napari_asist.simulation.shapes.shape import Shape

SPARSE, CROWDED, DENSEST = 0.06, 0.26, 0.42
"""Fractions of a scene that objects cover; randomly dropped discs jam at .55."""

MOST = 10_000
"""Largest number of objects in a scene; simulators accept twice as many, including
those that appear."""


def varied_simulator(
    fitted: SimulatorSettings,
    scenes: SceneSettings,
    crowding: float,
    rng: np.random.Generator,
) -> SimulatorSettings:
    """Vary the simulator around the fit.

    Scenes range from sparse to crowded, even to clustered, slow to fast, and round to
    irregular. Divisions are ten times as frequent as in most videos, which have few to
    learn from.

    Parameters
    ----------
    fitted : SimulatorSettings
    scenes : SceneSettings
    crowding : float
        Factor applied to the number of objects.
    rng : Generator

    Raises
    ------
    ValidationError
        If there is no room for so many.
    """
    amount = scenes.variation
    share = _share(fitted.typical_coverage, amount, rng)
    objects = round(crowding * share * scenes.side**2 / fitted.typical_area)
    objects = min(max(1, objects), MOST)
    values: dict[str, object] = {
        "videos": 1,
        "frames": scenes.frames,
        "height": scenes.side,
        "width": scenes.side,
        "objects": objects,
        "clustering": min(fitted.clustering + amount * rng.uniform(0, 0.7), 3),
        "persistence": 0.0,
        "density_map": (),
    }
    vary = VARIED.get(fitted.kind)
    if vary is not None:
        values |= vary(fitted, objects, scenes, rng)
    return fitted.changed(**values)


def _varied_sticks(
    fitted: MicrovilliSettings,
    objects: int,
    scenes: SceneSettings,
    rng: np.random.Generator,
) -> dict[str, object]:
    amount = scenes.variation
    step = fitted.step * _factor(rng, 0.8, 1.8, amount)
    overlap = fitted.overlap * _factor(rng, 0.75, 1.1, amount)
    values: dict[str, object] = {
        "step": min(step, 100),
        "overlap": float(np.clip(overlap, 0, 2)),
    }
    if isinstance(fitted.shape, Spindle):
        values |= _varied_cells(fitted, fitted.shape, objects, amount, rng)
    return values


def _varied_nuclei(
    fitted: NucleiSettings,
    objects: int,
    scenes: SceneSettings,
    rng: np.random.Generator,
) -> dict[str, object]:
    amount = scenes.variation

    def factor(low: float, high: float) -> float:
        return _factor(rng, low, high, amount)

    divisions = round(objects * rng.uniform(0.08, 0.16))
    size = factor(0.85, 1.2)
    radius = float(np.clip(fitted.radius_mean * size, 2, 200))
    values: dict[str, object] = {
        "radius_mean": radius,
        "radius_sd": min(fitted.radius_sd * size * factor(0.9, 1.6), 100),
        "radius_min": min(max(2, fitted.radius_min * size * factor(0.7, 1)), radius),
        # The largest objects are rare in a video but cause many of the network's false
        # cuts.
        "radius_max": max(
            radius, min(fitted.radius_max * size * factor(1.0, 1.5), 200)
        ),
        "appearing": round(objects * rng.uniform(0, 0.02)),
        "disappearing": round(objects * rng.uniform(0, 0.02)),
        "mitoses": divisions if fitted.mitoses else 0,
        "overlap": float(np.clip(fitted.overlap * factor(0.8, 1.2), 0.1, 2)),
        "move": min(fitted.move * factor(0.8, 1.8), 100),
        "elongation": min(fitted.elongation * factor(0.7, 1.2), 1),
        "shape": _varied_shape(fitted.shape, amount, rng),
        "plate": float(rng.uniform(0.35, 0.6)),
        "daughter_distance": float(rng.uniform(0.6, 1.1)),
        "daughter_radius": float(rng.uniform(0.5, 0.75)),
    }
    if scenes.divisions_in_detail:
        values |= _varied_divisions(values, amount, rng)
    return values


VARIED: dict[str, Callable[..., dict[str, object]]] = {
    "nuclei": _varied_nuclei,
    "microvilli": _varied_sticks,
}
"""What varies beyond the number and the placement of objects, by simulator."""


def _varied_shape(fitted: Shape, amount: float, rng: np.random.Generator) -> Shape:
    """Vary the outlines around the measured ones; custom shapes are kept."""
    plain = float(rng.uniform(0.02, 0.2))
    if isinstance(fitted, Ellipse):
        return Star(irregularity=plain)
    if not isinstance(fitted, Star):
        return fitted
    factor = _factor(rng.spawn(1)[0], 0.5, 1.6, amount)
    return fitted.changed(irregularity=min(fitted.irregularity * factor, 0.25))


def _varied_divisions(
    values: dict[str, object], amount: float, rng: np.random.Generator
) -> dict[str, object]:
    """Vary divisions of nuclei: covering others, bent, flat, and separating slowly.

    In a video, these are too few and too fast to be measured.
    """
    (own,) = rng.spawn(1)
    overlap = float(own.uniform(0.45, 0.8))
    return {
        "mitotic_overlap": min(overlap, float(values["overlap"])),  # type: ignore[arg-type]
        "plate_bend": min(amount, 1.0) * float(own.choice([0, own.uniform(0, 0.6)])),
        "daughter_plate": 1 - min(amount, 1.0) * float(own.uniform(0, 0.6)),
        "separation": min(amount, 1.0) * float(own.uniform(0, 0.8)),
    }


def _varied_cells(
    fitted: MicrovilliSettings,
    shape: Spindle,
    objects: int,
    amount: float,
    rng: np.random.Generator,
) -> dict[str, object]:
    """Vary outlines, contacts and divisions of stick-shaped cells.

    Detections are blurred and cut where cells touch, so outlines are somewhat more
    tapered, asymmetric and bent than measured.
    """

    def factor(low: float, high: float) -> float:
        return _factor(rng, low, high, amount)

    width, length = factor(0.7, 1.1), factor(0.85, 1.3)
    mean = float(np.clip(fitted.length_mean * length, 2, 1000))
    return {
        "shape": Spindle(
            taper=float(np.clip(shape.taper + amount * rng.uniform(0, 0.7), -0.25, 2)),
            taper_sd=shape.taper_sd,
            asymmetry=min(shape.asymmetry * factor(0.6, 1.4), 0.7),
            bend=min(shape.bend * factor(0.5, 1.8), 1),
            renewal=shape.renewal,
        ),
        "stick_width": float(np.clip(fitted.stick_width * width, 1, min(mean, 100))),
        "stick_width_sd": min(fitted.stick_width_sd * factor(0.8, 1.5), 50),
        "length_mean": mean,
        "length_sd": min(fitted.length_sd * factor(0.8, 1.5), 500),
        "length_min": min(max(2, fitted.length_min * factor(0.7, 1)), mean),
        "length_max": max(mean, min(fitted.length_max * factor(1, 1.4), 1000)),
        "touching": min(amount * rng.uniform(0, 0.8), 1),
        "alignment": min(amount * rng.uniform(0, 1), 1),
        "mitoses": round(objects * rng.uniform(0.04, 0.12)) if fitted.mitoses else 0,
        "rounding": float(np.clip(fitted.rounding * factor(0.6, 1.4), 0, 1)),
    }


def _share(typical: float, amount: float, rng: np.random.Generator) -> float:
    """Draw the fraction of a scene that objects cover.

    From slightly less than in the video to clearly more, and always including crowded
    scenes, because a network learns most where objects touch.
    """
    low = min(max(0.8 * typical, SPARSE), CROWDED)
    high = min(max(1.6 * typical, CROWDED), DENSEST)
    return typical + min(amount, 1.0) * (rng.uniform(low, high) - typical)


def varied_microscope(
    fitted: MicroscopeSettings,
    noise: float,
    scenes: SceneSettings,
    rng: np.random.Generator,
) -> MicroscopeSettings:
    """Vary the optics, the camera and the brightness around the fit.

    Parameters
    ----------
    fitted : MicroscopeSettings
    noise : float
        Standard deviation of the video's background in counts, including fringes and
        shadows.
    scenes : SceneSettings
        A variation of 0 changes nothing.
    rng : Generator
    """
    amount = scenes.variation

    def factor(low: float, high: float) -> float:
        return _factor(rng, low, high, amount)

    # A network mistakes faint patches as large as objects for objects unless it has
    # been trained with some.
    clouds = rng.choice([0.0, 1.0]) * amount * _factor(rng, 0.1, 1.2, 1.0)
    gain = math.exp(amount * rng.normal(0, 0.15))
    falloff = fitted.falloff + amount * rng.uniform(-0.15, 0.2)
    cycle = fitted.cell_cycle
    if cycle.brightness > 1:
        cycle = cycle.changed(brightness=float(rng.uniform(1.6, 3.2)))
    (own,) = rng.spawn(1)
    levels = fitted.brightness.quantiles
    if scenes.contrast:
        levels = _contrasted(levels, noise, amount, own)
    quantiles = tuple(min(gain * level, 1e6) for level in levels)
    typical = quantiles[len(quantiles) // 2]
    bodies = _varied_bodies(fitted, noise, typical, scenes, own)
    varied = fitted.changed(
        brightness={"quantiles": quantiles},
        **({} if fitted.phase.is_on else bodies),
        cell_cycle=cycle.model_dump(),
        psf_sigma=min(fitted.psf_sigma * factor(0.8, 1.2), 20),
        texture=min(fitted.texture * factor(0.6, 1.6), 1),
        texture_scale=min(fitted.texture_scale * factor(0.7, 1.8), 50),
        halo=min(fitted.halo * factor(0.5, 1.8), 0.5),
        falloff=float(np.clip(falloff, 0, 0.9)),
        read_noise=min(fitted.read_noise * factor(0.8, 1.25), 10_000),
        unevenness=min(fitted.unevenness * factor(0.5, 2), 1),
        clouds=min(clouds * noise, 50_000),
        cloud_sigma=STANDARD_RADIUS * _factor(rng, 0.7, 5, 1.0),
    )
    return with_varied_fringes(varied, amount, rng)


def with_varied_fringes(
    fitted: MicroscopeSettings, amount: float, rng: np.random.Generator
) -> MicroscopeSettings:
    """Vary the effects of phase contrast; without it, nothing is drawn from `rng`.

    Parameters
    ----------
    fitted : MicroscopeSettings
    amount : float
        0 changes nothing.
    rng : Generator
    """
    phase, debris, processes = fitted.phase, fitted.debris, fitted.processes
    if not phase.is_on:
        return fitted

    def factor(low: float, high: float) -> float:
        return _factor(rng, low, high, amount)

    angle = phase.shadow_angle + amount * rng.normal(0, 25)
    tone, faint = factor(0.6, 1.6), amount * rng.uniform(0, 0.15)
    return fitted.changed(
        # Cells are thick in the middle, and their flanks are dim.
        falloff=min(fitted.falloff + amount * rng.uniform(0, 0.4), 0.9),
        phase=phase.changed(
            # The fit may mistake a faint halo for a shadow.
            strength=min(phase.strength * factor(0.5, 1.8) + faint, 1),
            radius=min(phase.radius * factor(0.6, 1.4), 200),
            shade_off=float(
                np.clip(phase.shade_off + amount * rng.normal(0, 0.2), 0, 1)
            ),
            glow=min(phase.glow * factor(0.4, 1.8), 1),
            glow_sigma=min(phase.glow_sigma * factor(0.7, 1.5), 200),
            shadow=min(phase.shadow * factor(0.5, 1.8), 1),
            shadow_angle=float((angle + 180) % 360 - 180),
            shadow_sigma=float(
                np.clip(phase.shadow_sigma * factor(0.5, 1.2), 0.6, 100)
            ),
        ).model_dump(),
        debris=debris.changed(
            density=min(debris.density * factor(0.3, 2.5), 50),
            rings=min(debris.rings + amount * rng.uniform(0, 0.2), 1),
            brightness_min=min(debris.brightness_min * tone, 50_000),
            brightness_max=min(debris.brightness_max * tone, 50_000),
        ).model_dump(),
        processes=processes.changed(
            chance=float(np.clip(processes.chance * factor(0.5, 1.6), 0, 1)),
            length_max=min(processes.length_max * factor(1, 1.5), 500),
            thickness=min(processes.thickness * factor(0.7, 1.5), 50),
            brightness=float(np.clip(processes.brightness * factor(0.5, 1.6), 0, 1)),
        ).model_dump(),
    )


def _contrasted(
    levels: tuple[float, ...], noise: float, amount: float, rng: np.random.Generator
) -> tuple[float, ...]:
    """Vary how much objects differ in brightness, always down to the noise."""
    contrast = _factor(rng, 0.8, 1.25, amount)
    middle = levels[len(levels) // 2]
    changed = middle * (np.array(levels) / middle) ** contrast
    if amount:
        changed[0] = min(levels[0], max(noise, 1e-3), changed[1])
    return tuple(np.maximum(changed, 1e-3 * np.array(levels)).tolist())


def _varied_bodies(
    fitted: MicroscopeSettings,
    noise: float,
    typical: float,
    scenes: SceneSettings,
    rng: np.random.Generator,
) -> dict[str, dict[str, float]]:
    """Vary nucleoli, fragments, specks and out-of-focus objects, each often none.

    None of these can be measured at the standard scale, where texture and blur hide
    nucleoli; the ranges cover what videos of cells show. Levels are fractions of the
    noise and of the objects' typical brightness.
    """
    amount = scenes.variation

    def some(high: float, wanted: bool) -> float:
        drawn = float(rng.choice([0, 1]) * rng.uniform(0, high))
        return min(amount, 1.0) * drawn if wanted else 0.0

    holes, fragments = fitted.nucleoli, fitted.apoptosis
    if holes.number:
        number = min(holes.number * _factor(rng, 0.5, 1.5, amount), 8)
    else:
        number = some(4, scenes.nucleoli)
    nucleoli = holes.changed(
        number=number,
        radius=min(holes.radius * _factor(rng, 0.6, 1.3, amount), 0.5),
        depth=min(holes.depth * _factor(rng, 0.4, 1.6, amount), 1),
    )
    brightness = fragments.brightness * _factor(rng, 0.5, 2, amount)
    apoptosis = fragments.changed(
        share=max(fragments.share, some(0.12, scenes.dying)),
        brightness=float(np.clip(brightness, 0.5, 10)),
    )
    dim, bright = max(3 * noise, 1e-3), max(3 * noise, typical, 2e-3)
    debris = fitted.debris.changed(
        density=max(fitted.debris.density, some(0.6, scenes.debris)),
        brightness_min=min(dim, 5e4),
        brightness_max=min(bright, 5e4),
    )
    out_of_focus = fitted.out_of_focus.changed(
        density=max(fitted.out_of_focus.density, some(0.5, scenes.out_of_focus)),
        brightness=min(max(noise, 1e-3) * _factor(rng, 1, 8, 1.0), 5e4),
        blur=_factor(rng, 0.7, 1.6, 1.0),
    )
    if not amount or not scenes.debris:
        debris = fitted.debris
    if not amount or not scenes.out_of_focus:
        out_of_focus = fitted.out_of_focus
    return {
        "nucleoli": nucleoli.model_dump(),
        "apoptosis": apoptosis.model_dump(),
        "debris": debris.model_dump(),
        "out_of_focus": out_of_focus.model_dump(),
    }


def _factor(rng: np.random.Generator, low: float, high: float, amount: float) -> float:
    """Draw a factor, uniform on the logarithmic scale."""
    return math.exp(amount * rng.uniform(math.log(low), math.log(high)))
