import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skimage.measure import regionprops

from napari_asist.simulation import hela, simulate
from napari_asist.simulation.crowding import close_ellipses
from napari_asist.simulation.hela import hela_scenes
from napari_asist.simulation.scene import OBJECT_FIELDS, Scene, Shape, paint_ellipses
from napari_asist.simulation.settings import HelaSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.simulation.star import WAVES, StarShape

STAR = StarShape(irregularity=0.1, phase_drift=8)


def stars(count: int, star: StarShape = STAR, radius: float = 20) -> Scene:
    scene = np.zeros(count, [*OBJECT_FIELDS, *star.fields])
    scene["major"] = scene["minor"] = radius
    scene["y"] = scene["x"] = 32
    star.draw(scene, np.random.default_rng(0))
    return scene


def test_outline_is_the_formula() -> None:
    (star,) = stars(1)
    theta = np.linspace(0, 2 * np.pi, 50)
    amplitude, phase = np.abs(star["waves"]), np.angle(star["waves"])
    waves = amplitude * np.cos(np.outer(theta, WAVES) + phase)
    expected = 1 + waves.sum(axis=1)
    found = STAR.outline(star, 3 * np.cos(theta), 3 * np.sin(theta))
    np.testing.assert_allclose(found, expected)
    many = np.repeat(stars(1), 50)
    np.testing.assert_allclose(
        STAR.outline(many, np.cos(theta), np.sin(theta)), expected
    )


def test_amplitudes_fall_with_the_wave_and_never_turn_inside_out() -> None:
    waves = np.abs(stars(4000)["waves"])
    deviation = np.sqrt((waves**2).mean(axis=0))
    # The cut at three deviations takes 0.8 % off.
    np.testing.assert_allclose(deviation, 0.1 / WAVES, rtol=0.06)
    largest = StarShape(irregularity=0.25, phase_drift=0)
    assert largest.reach(stars(4000, largest)).max() < 2


def test_painted_star_is_what_its_outline_says() -> None:
    rough = StarShape(irregularity=0.2, phase_drift=0)
    scene = stars(1, rough)
    scene["angle"], scene["minor"] = 0.7, 14
    frame = paint_ellipses(scene, (64, 64), rough)
    y, x = np.indices(frame.shape) - 32.0
    u = (x * np.cos(0.7) + y * np.sin(0.7)) / 20
    v = (y * np.cos(0.7) - x * np.sin(0.7)) / 14
    inside = np.hypot(u, v) < rough.outline(scene[0], u, v)
    assert (frame == inside).mean() > 0.999
    assert (frame != paint_ellipses(scene, (64, 64))).sum() > 20


def test_phases_drift_slowly() -> None:
    settings = HelaSettings(
        frames=20, objects=60, irregularity=0.1, overlap=0.1, mitoses=0
    ).changed(appearing=0, disappearing=0)
    made = list(hela_scenes(settings, np.random.default_rng(0)))
    turns = [np.angle(b["waves"] / a["waves"]) for a, b in pairwise(made)]
    assert np.degrees(np.std(turns)) == pytest.approx(8, rel=0.05)
    first, last = np.abs(made[0]["waves"]), np.abs(made[-1]["waves"])
    np.testing.assert_allclose(first, last)


def test_stars_keep_their_distance() -> None:
    one, other = stars(2, radius=10)
    pair = np.array([one, other])
    toward = STAR.outline(one, np.array(1.0), np.array(0.0))
    back = STAR.outline(other, np.array(-1.0), np.array(0.0))
    for part, close in ((0.99, True), (1.01, False)):
        pair["x"][1] = 32 + part * 10 * (toward + back)
        assert bool(len(close_ellipses(pair, 1.0, STAR))) == close


def test_videos_of_stars_obey_the_rules() -> None:
    settings = HelaSettings(
        height=160, width=160, frames=14, objects=25, irregularity=0.15
    ).changed(appearing=3, disappearing=3, mitoses=3, elongation=0.3)
    video = simulate_video(settings, 1).checked()
    assert len(np.unique(video.labels[0])) == 26
    assert len(np.unique(video.tracks["parent"])) == 4
    plain = simulate_video(settings.changed(irregularity=0), 1)
    assert (video.labels != plain.labels).any()


def test_shape_of_the_documentation_can_be_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = Path(__file__).parents[2] / "docs" / "simulation.md"
    found = re.search(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(found[1], names)
    lobes: Shape = names["Lobes"](3, 0.3)
    monkeypatch.setattr(hela, "nucleus_shape", lambda _: lobes)
    monkeypatch.setattr(simulate, "nucleus_shape", lambda _: lobes)
    settings = HelaSettings(height=160, width=160, frames=3, objects=9, mitoses=1)
    settings = settings.changed(appearing=0, disappearing=0, overlap=1.2)
    video = simulate_video(settings, 0).checked()
    assert len(np.unique(video.labels[0])) == 10
    (region, *_) = regionprops(  # type: ignore[no-untyped-call]
        (video.labels[0] == 5).astype(np.uint8)
    )
    assert region.solidity < 0.93  # a disc has 0.97
