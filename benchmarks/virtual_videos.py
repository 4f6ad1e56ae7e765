"""Videos of virtual nuclei and microvilli with known outlines.

All nuclei are one scene at different scales: nuclei, field, displacements, blur and
texture are given for a radius of 13 px and multiplied. The field is 40 radii wide and
high, so each video shows about as many nuclei. The noise per pixel is that of the
camera and is not scaled.

Microvilli are sticks that may cross, in the number, field and motion of the ASIST paper
(section II.B.2-a), which gives no sizes; those are the simulator's defaults.
"""

from collections.abc import Mapping
from typing import NamedTuple

from napari_asist.microscope.render import MicroscopeSettings
from napari_asist.simulation.rescale import rescaled
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
)

RADIUS = 13.0
SIDE = 40
"""Height and width of the field in radii."""

NUCLEI = NucleiSettings(
    videos=1,
    frames=24,
    height=round(SIDE * RADIUS),
    width=round(SIDE * RADIUS),
    objects=80,
    appearing=4,
    disappearing=4,
    mitoses=12,
    radius_mean=RADIUS,
    radius_sd=1.3,
    radius_min=8,
    radius_max=17,
    elongation=0.2,
    move=2.4,
)
"""A sixth of the field is covered; some nuclei touch."""

MICROSCOPE = MicroscopeSettings()

NOISE = (MICROSCOPE.gain * MICROSCOPE.background + MICROSCOPE.read_noise**2) ** 0.5
"""Standard deviation of the background noise, photon and camera, in counts."""

DIM = (1, 2, 3, 4, 5, 6, 8, 12, 20, 40, 80)
"""Quantiles of the nuclei's brightness in standard deviations of the noise."""


class VirtualVideo(NamedTuple):
    """The simulator of a virtual video, and the microscope that renders it."""

    simulator: SimulatorSettings
    microscope: MicroscopeSettings


def of_radius(radius: float) -> VirtualVideo:
    """Return the scene at another magnification.

    Parameters
    ----------
    radius : float
        Mean radius of the nuclei in px.
    """
    factor = radius / RADIUS
    return VirtualVideo(rescaled(NUCLEI, factor), rescaled(MICROSCOPE, factor))


def dim() -> VirtualVideo:
    """Return the scene with four of ten nuclei at 1 to 5 SDs of the noise."""
    quantiles = tuple(NOISE * level for level in DIM)
    return VirtualVideo(NUCLEI, MICROSCOPE.changed(brightness={"quantiles": quantiles}))


def crowded() -> VirtualVideo:
    """Return the scene with a third of the field covered, in clusters."""
    return VirtualVideo(
        NUCLEI.changed(objects=178, clustering=0.8, cluster_size=50), MICROSCOPE
    )


def textured() -> VirtualVideo:
    """Return the scene with strong, coarse chromatin."""
    return VirtualVideo(
        NUCLEI, MICROSCOPE.changed(texture=0.5, texture_scale=0.25 * RADIUS)
    )


def nucleoli() -> VirtualVideo:
    """Return a few large nuclei with nucleoli, dim among bright, over faint clouds."""
    large = of_radius(32)
    levels = (1.2, 2.5, 4, 8, 20, 45, 80, 110)
    return VirtualVideo(
        large.simulator.changed(
            height=1024,
            width=1024,
            objects=24,
            appearing=1,
            disappearing=1,
            mitoses=3,
        ),
        large.microscope.changed(
            brightness={"quantiles": tuple(NOISE * level for level in levels)},
            texture=0.12,
            nucleoli={"number": 2.5, "radius": 0.17, "depth": 0.6},
            unevenness=0.2,
            clouds=0.5 * NOISE,
            cloud_sigma=45,
        ),
    )


def dense() -> VirtualVideo:
    """Return the crowded scene with bright mitoses that half cover others."""
    crowd = crowded()
    return VirtualVideo(
        crowd.simulator.changed(
            overlap=0.55,
            mitotic_overlap=0.55,
            mitoses=45,
            plate=0.5,
            daughter_plate=0.6,
            separation=0.4,
        ),
        crowd.microscope.changed(
            cell_cycle={"brightness": 3.0, "stage_duration": 0.75}
        ),
    )


def dusty() -> VirtualVideo:
    """Return the scene with about as many specks as nuclei, a tenth of them rings."""
    return VirtualVideo(
        NUCLEI, MICROSCOPE.changed(debris={"density": 0.3, "rings": 0.1})
    )


def microvilli(objects: int) -> VirtualVideo:
    """Return microvilli at a density of the paper.

    Parameters
    ----------
    objects : int
        Number of sticks in 512 × 512 px; the paper simulates 80 to 220.
    """
    sticks = MicrovilliSettings(videos=1, frames=24, objects=objects)
    return VirtualVideo(sticks, MICROSCOPE)


VIDEOS: Mapping[str, VirtualVideo] = {
    **{f"r{radius}": of_radius(radius) for radius in (5, 10, 13, 30, 60)},
    "dim": dim(),
    "crowded": crowded(),
    "textured": textured(),
    "nucleoli": nucleoli(),
    "dense": dense(),
    "dusty": dusty(),
    **{f"sticks{count}": microvilli(count) for count in (80, 150, 220)},
}
