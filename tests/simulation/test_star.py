from itertools import pairwise

import numpy as np
import pytest

from napari_asist.simulation.nuclei import nuclei_scenes
from napari_asist.simulation.scene import (
    OBJECT_FIELDS,
    Scene,
    close_outlines,
    paint,
)
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.shapes import Ellipse, Star
from napari_asist.simulation.shapes.star import WAVES
from napari_asist.simulation.simulate import simulate_video

STAR = Star(irregularity=0.1, phase_drift=8)


def stars(count: int, star: Star = STAR, radius: float = 20) -> Scene:
    scene = np.zeros(count, [*OBJECT_FIELDS, *star.fields])
    scene["major"] = scene["minor"] = radius
    scene["y"] = scene["x"] = 32
    star.draw(scene, np.random.default_rng(0))
    return scene


def test_outline_is_the_formula() -> None:
    scene = stars(3)
    outlines = STAR.outline(scene)
    for row, outline in zip(scene, outlines, strict=True):
        theta = np.arctan2(outline[:, 1], outline[:, 0])
        waves = row["amplitudes"] * np.cos(np.outer(theta, WAVES) + row["phases"])
        radius = np.hypot(outline[:, 0], outline[:, 1])
        # The polygon has the area of the smooth line, so its corners are outside.
        np.testing.assert_allclose(radius, 1 + waves.sum(axis=1), rtol=1e-3)


def test_amplitudes_fall_with_the_wave_and_never_turn_inside_out() -> None:
    waves = np.abs(stars(4000)["amplitudes"])
    deviation = np.sqrt((waves**2).mean(axis=0))
    # Clipping at three standard deviations removes 0.8 %.
    np.testing.assert_allclose(deviation, 0.1 / WAVES, rtol=0.06)
    largest = Star(irregularity=0.25, phase_drift=0)
    assert np.abs(stars(4000, largest)["amplitudes"]).sum(axis=1).max() < 1


def test_painted_star_is_what_its_outline_says() -> None:
    rough = Star(irregularity=0.2, phase_drift=0)
    scene = stars(1, rough)
    scene["angle"], scene["minor"] = 0.7, 14
    frame = paint(scene, (64, 64), rough).owners
    y, x = np.indices(frame.shape) - 32.0
    u = (x * np.cos(0.7) + y * np.sin(0.7)) / 20
    v = (y * np.cos(0.7) - x * np.sin(0.7)) / 14
    theta = np.arctan2(v, u)[..., None]
    (row,) = scene
    waves = row["amplitudes"] * np.cos(WAVES * theta + row["phases"])
    inside = np.hypot(u, v) < 1 + waves.sum(axis=-1)
    assert (frame == inside).mean() > 0.999
    assert (frame != paint(scene, (64, 64), Ellipse()).owners).sum() > 20


def test_phases_drift_slowly() -> None:
    settings = NucleiSettings(
        frames=20, objects=60, shape=STAR, overlap=0.1, mitoses=0
    ).changed(appearing=0, disappearing=0)
    made = list(nuclei_scenes(settings, np.random.default_rng(0)))
    turns = [b["phases"] - a["phases"] for a, b in pairwise(made)]
    assert np.degrees(np.std(turns)) == pytest.approx(8, rel=0.05)
    np.testing.assert_allclose(made[0]["amplitudes"], made[-1]["amplitudes"])


def test_stars_keep_their_distance() -> None:
    pair = stars(2, radius=10)
    radii = []
    for outline, direction in zip(STAR.outline(pair), (0.0, np.pi), strict=True):
        theta = np.arctan2(outline[:, 1], outline[:, 0]) % (2 * np.pi)
        nearest = np.abs((theta - direction + np.pi) % (2 * np.pi) - np.pi).argmin()
        radii.append(10 * np.hypot(*outline[nearest]))
    for part, close in ((0.99, True), (1.01, False)):
        pair["x"][1] = 32 + part * sum(radii)
        assert bool(len(close_outlines(pair, 1.0, STAR))) == close


def test_videos_of_stars_obey_the_rules() -> None:
    settings = NucleiSettings(
        height=160, width=160, frames=14, objects=25, shape=Star(irregularity=0.15)
    ).changed(appearing=3, disappearing=3, mitoses=3, elongation=0.3)
    video = simulate_video(settings, 1).checked()
    assert len(np.unique(video.labels[0])) == 26
    assert len(np.unique(video.tracks["parent"])) == 4
    plain = simulate_video(settings.changed(shape="ellipse"), 1)
    assert (video.labels != plain.labels).any()
