"""Nuclei or sticks, and whether the renderer can draw them, are found in a video."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_asist.errors import AsistError
from napari_asist.estimation.object_scale import object_radius, typical_object
from napari_asist.estimation.proposal import LONG, dark_beside, proposed_kind
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
)
from napari_asist.simulation.simulate import simulate_video

SIDE = 256
NUCLEI = NucleiSettings(
    frames=2,
    height=SIDE,
    width=SIDE,
    objects=24,
    appearing=0,
    disappearing=0,
    mitoses=0,
    radius_mean=13,
    radius_min=9,
    radius_max=16,
    elongation=0.3,
)
STICKS = MicrovilliSettings(
    frames=2,
    height=SIDE,
    width=SIDE,
    objects=24,
    overlap=1.2,
    stick_width=8,
    length_mean=24,
    length_min=14,
    length_max=34,
)


@cache
def rendered(settings: SimulatorSettings) -> NDArray[np.generic]:
    truth = simulate_video(settings, 1)
    return np.stack(list(render_video(truth, MicroscopeSettings(), 1)))


def phase_contrast() -> NDArray[np.float32]:
    """Return sticks with the dark fringes that a band-pass leaves next to them."""
    frames = rendered(STICKS).astype(np.float32)
    return np.stack([frame - 0.8 * gaussian_filter(frame, 5) for frame in frames])


@pytest.mark.parametrize(
    ("settings", "kind"), [(NUCLEI, "nuclei"), (STICKS, "microvilli")]
)
def test_the_simulator_is_proposed(settings: SimulatorSettings, kind: str) -> None:
    found = typical_object(rendered(settings))
    assert found.kind == kind
    # There is a margin on both sides: nuclei are far rounder, sticks longer.
    assert (found.aspect_ratio < 0.9 * LONG) == (kind == "nuclei")
    assert (found.aspect_ratio > 1.2 * LONG) == (kind == "microvilli")
    named = {"nuclei": "nuclei", "microvilli": "sticks"}[kind]
    assert found.simulator_reason() == (
        f"Objects are {found.aspect_ratio:.1f} times as long as wide, so {named} are "
        "simulated."
    )
    assert not found.has_fringes
    assert "the renderer can draw them" in found.drawing_reason()


def test_a_stated_kind_and_radius_are_kept() -> None:
    frames = rendered(STICKS)
    found = typical_object(frames, "nuclei", 11.25)
    assert (found.kind, found.radius) == ("nuclei", 11.25)
    assert found.aspect_ratio > LONG
    assert typical_object(frames, "nuclei").radius == object_radius(frames, "nuclei")


def test_dark_fringes_are_reported() -> None:
    found = typical_object(phase_contrast())
    assert found.kind == "microvilli"
    assert found.has_fringes
    assert "--preset paper-small" in found.drawing_reason()


def test_dark_pixels_next_to_objects_are_counted() -> None:
    noise = np.random.default_rng(0).normal(0, 1, (200, 200)).astype(np.float32)
    objects = np.zeros((200, 200), np.int32)
    objects[20:40, 20:40] = 1
    assert dark_beside([noise], [objects], 10) < 0.01
    fringe = noise.copy()
    fringe[16:44, 16:44] -= 10
    assert dark_beside([fringe], [objects], 10) > 0.3
    assert dark_beside([noise], [np.zeros_like(objects)], 10) == 0


def test_at_the_threshold_objects_are_sticks() -> None:
    assert proposed_kind(LONG) == "microvilli"
    assert proposed_kind(LONG - 0.01) == "nuclei"


def test_noise_has_no_object() -> None:
    noise = np.random.default_rng(0).normal(100, 5, (2, 64, 64))
    with pytest.raises(AsistError, match="No object stands out"):
        typical_object(noise, None, 13)
