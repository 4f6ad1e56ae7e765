"""Measure the CPU seconds that one core needs to draw a training scene, by stage.

Run it from the checkout: ``python benchmarks/scene_speed.py``. Scenes of the default
preset's size, of nuclei and of sticks in phase contrast, are drawn and prepared for
training in one thread. Times are means over the scenes. Of several repeats, the
shortest time counts, because other programs share caches and cores. For comparison,
scipy computes at full size the distances, blurs and random numbers that a plain
implementation needs for as many frames, both for the light of the objects and for the
light in which they are outlined, but no motion, textures, background or targets.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter

from napari_asist.depth import scenes
from napari_asist.depth.scenes import SceneSource
from napari_asist.depth.settings import SceneSettings
from napari_asist.estimation.drawn_borders import drawn_border
from napari_asist.labels import LabelArray
from napari_asist.microscope import render, scene
from napari_asist.microscope.render import render_video
from napari_asist.microscope.settings import (
    DebrisSettings,
    MicroscopeSettings,
    PhaseContrastSettings,
    ProcessSettings,
)
from napari_asist.scaling import IntensityScaling, ScalingSettings, fit_scaling
from napari_asist.simulation.settings import (
    BrightnessSettings,
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
)
from napari_asist.simulation.shapes import Spindle, Star
from napari_asist.simulation.simulate import simulate_video

NUCLEI = NucleiSettings(
    frames=12,
    objects=100,
    radius_mean=13,
    mitoses=5,
    shape=Star(irregularity=0.15),
    elongation=0.3,
    clustering=1,
)
NUCLEAR_OPTICS = MicroscopeSettings(
    border=0.27,
    psf_sigma=1.6,
    noise_grain=(0, 0.7),
    brightness=BrightnessSettings(quantiles=(10, 180, 330, 510, 720, 1600)),
)
STICKS = MicrovilliSettings(
    frames=12,
    objects=100,
    stick_width=18,
    length_mean=39,
    length_min=20,
    length_max=74,
    shape=Spindle(),
    mitoses=5,
)
PHASE_CONTRAST = NUCLEAR_OPTICS.changed(
    psf_sigma=2.4,
    noise_grain=(1.2, 1.2),
    phase=PhaseContrastSettings(strength=0.2, radius=6.4, glow=0.03, shadow=0.16),
    debris=DebrisSettings(density=0.24),
    processes=ProcessSettings(chance=0.5),
)
KINDS: dict[str, tuple[SimulatorSettings, MicroscopeSettings]] = {
    "nuclei": (NUCLEI, NUCLEAR_OPTICS),
    "sticks, phase contrast": (STICKS, PHASE_CONTRAST),
}
STAGES: dict[str, tuple[Any, str]] = {
    "simulate": (scene, "simulate_video"),
    "fit the look": (render, "fitted_look"),
    "draw objects": (render, "render_light"),
    "phase contrast": (render, "phase_contrast"),
    "noise": (render, "photographed"),
    "outline": (scene, "redrawn"),
    "scale intensities": (IntensityScaling, "apply"),
    "targets": (scenes, "scene_of"),
}
"""Where the function for each stage is looked up while a scene is drawn."""


def main(arguments: list[str] | None = None) -> int:
    """Print a table.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=6)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    settings = SceneSettings()
    size = f"{settings.frames} frames of {settings.side} × {settings.side} px"
    print(f"CPU seconds for a scene of {size}, load {os.getloadavg()[0]:.1f}")
    for kind in KINDS:
        source = scene_source(kind, settings)
        source.scene(0)
        ours, plain = [], []
        labels = labels_of(source)
        for _ in range(options.repeats):
            ours.append(cpu_seconds(partial(draw_all, source, options.scenes)))
            plain.append(cpu_seconds(partial(plain_steps, labels, source.microscope)))
        mean = min(ours) / options.scenes
        print(f"{kind:<26}{mean:>8.3f} s; scipy {min(plain):.3f} s, ", end="")
        print(f"{min(plain) / mean:.1f} times as long", flush=True)
        with timed_stages() as seconds:
            draw_all(source, options.scenes)
        taken = dict(sorted(seconds.items(), key=lambda stage: -stage[1]))
        whole = taken.pop("whole")
        taken["all else"] = whole - sum(taken.values())
        for stage, time in taken.items():
            print(f"  {stage:<24}{time / options.scenes:>8.3f} s{time / whole:>7.0%}")
    return 0


def scene_source(kind: str, settings: SceneSettings) -> SceneSource:
    """Return a source of scenes, with the intensity scaling of its own frames.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    settings : SceneSettings
    """
    simulator, optics = KINDS[kind]
    frames = render_video(simulate_video(simulator, 0).until(3), optics, 0)
    scaling = fit_scaling(frames, ScalingSettings())
    border = drawn_border(simulator, scaling)
    return SceneSource(simulator, optics, scaling, border, settings, 0)


def draw_all(source: SceneSource, count: int) -> None:
    """Draw the first scenes."""
    for number in range(count):
        source.scene(number)


def labels_of(source: SceneSource) -> LabelArray:
    """Return labels for as many frames as a scene has."""
    frames = source.settings.frames
    return simulate_video(source.simulator, 0).until(frames).labels


def plain_steps(labels: LabelArray, optics: MicroscopeSettings) -> None:
    """Run the slow steps of rendering frames with scipy at full size."""
    rng = np.random.default_rng(0)
    for frame in labels:
        distance_transform_edt(frame == 0, return_indices=True)
        image = distance_transform_edt(frame > 0).astype(np.float32)
        signal, _ = (_plain_light(image, optics) for _ in range(2))
        counts = rng.poisson(signal / optics.gain) + rng.normal(0, 1, signal.shape)
        gaussian_filter(counts, optics.noise_grain, mode="wrap")


def _plain_light(
    image: NDArray[np.float32], optics: MicroscopeSettings
) -> NDArray[np.float32]:
    light = gaussian_filter(image, optics.psf_sigma)
    for sigma in (optics.halo_sigma, optics.mitotic_halo_sigma):
        light += gaussian_filter(image, sigma, truncate=3)
    return np.asarray(light)


def cpu_seconds(action: Callable[[], object]) -> float:
    """Return the CPU seconds that an action takes."""
    began = process_time()
    action()
    return process_time() - began


@contextmanager
def timed_stages() -> Iterator[dict[str, float]]:
    """Yield the CPU seconds of each stage and of the whole, complete at the end."""
    seconds = dict.fromkeys([*STAGES, "whole"], 0.0)
    plain = {stage: getattr(*place) for stage, place in STAGES.items()}

    def timed(stage: str) -> Callable[..., object]:
        def function(*arguments: Any, **options: Any) -> object:
            began = process_time()
            try:
                return plain[stage](*arguments, **options)
            finally:
                seconds[stage] += process_time() - began

        return function

    for stage, place in STAGES.items():
        setattr(*place, timed(stage))
    began = process_time()
    try:
        yield seconds
    finally:
        seconds["whole"] = process_time() - began
        for stage, place in STAGES.items():
            setattr(*place, plain[stage])


if __name__ == "__main__":
    sys.exit(main())
