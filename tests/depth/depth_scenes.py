"""Small settings of the depth engine, and scenes that are available immediately."""

from functools import cache

import numpy as np
from cases import CASES

from napari_asist.depth.scenes import Scene, SceneSource, scene_of
from napari_asist.depth.settings import DepthSettings, SceneSettings
from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
)

SCALING = IntensityScaling(64, 40.0, -0.5, 3.0, 10.0)
SCENES = SceneSettings(frames=3, side=96, steps_each=2, kept=4)
TINY = DepthSettings(
    channels=(4, 6, 8),
    patch=32,
    batch=4,
    steps=6,
    warm_up=2,
    device="cpu",
    precision="float32",
    scenes=SCENES,
)
NUCLEI = NucleiSettings(
    frames=12,
    height=160,
    width=160,
    objects=8,
    appearing=0,
    disappearing=0,
    mitoses=2,
    radius_mean=9,
)
STICKS = MicrovilliSettings(frames=12, height=160, width=160, objects=20)


def source(simulator: SimulatorSettings = NUCLEI, seed: int = 3) -> SceneSource:
    """Return a source of small scenes."""
    border = DrawnBorder(None, SCALING.softness)
    return SceneSource(simulator, MicroscopeSettings(), SCALING, border, SCENES, seed)


@cache
def division_scene() -> Scene:
    """Return a scene with a division; its frames have 40 × 48 px."""
    video = CASES["division"]()
    return scene_of(np.where(video.labels > 0, 0.6, -0.8).astype(np.float32), video)


def cut_scene(number: int) -> Scene:
    """Return the same scene for each number, without drawing."""
    return division_scene()
