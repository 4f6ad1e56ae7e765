from itertools import pairwise

import numpy as np
import pytest

from napari_asist.simulation.mitosis import with_mitoses
from napari_asist.simulation.nuclei import nuclei_scenes
from napari_asist.simulation.scene import Scene, close_outlines, paint
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.shapes import Ellipse
from napari_asist.simulation.simulate import simulate_video

DIVIDING = NucleiSettings(
    frames=14, objects=150, mitoses=14, appearing=0, disappearing=0, plate=0.5
)


def scenes(settings: NucleiSettings, seed: int = 0) -> list[Scene]:
    return list(nuclei_scenes(settings, np.random.default_rng(seed)))


def closest(scene: Scene, rows: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> float:
    """Return the least distance of some nuclei to others, in sums of radii."""
    radius = np.sqrt(scene["major"] * scene["minor"])
    away = np.hypot(
        scene["y"][:, None] - scene["y"], scene["x"][:, None] - scene["x"]
    ) / (radius[:, None] + radius)
    np.fill_diagonal(away, np.inf)
    return float(away[rows].min())


def test_nuclei_that_divide_may_cover_others_by_half() -> None:
    settings = DIVIDING.changed(plate=1, mitotic_overlap=0.5, overlap=0.9, objects=110)
    made = scenes(settings)
    least = min(closest(scene, scene["above"]) for scene in made)
    assert 0.49 < least < 0.6
    for scene in made:
        apart = scene[~scene["above"]]
        assert not len(close_outlines(apart, 0.899, settings.shape))
        assert not len(close_outlines(scene, 0.499, settings.shape))
    mothers = np.unique(np.concatenate([scene["parent"] for scene in made]))[1:]
    first = made[0]
    assert len(mothers) == 14
    assert np.isin(mothers, first["id"][first["above"]]).mean() > 0.4


def test_what_is_above_owns_its_pixels() -> None:
    scene = scenes(DIVIDING.changed(frames=1, objects=2, mitoses=0, overlap=1))[0]
    scene["y"], scene["x"], scene["major"], scene["minor"] = 30, [30, 36], 12, 12
    alone = int(np.sum(paint(scene[1:], (64, 64), Ellipse()).owners > 0))
    for rows, owner in (([0, 1], 2), ([1, 0], 1)):
        scene["above"] = [False, True]
        painted = paint(scene[rows], (64, 64), Ellipse()).owners
        assert np.sum(painted == owner) == alone
    scene["above"] = False
    assert np.sum(paint(scene, (64, 64), Ellipse()).owners == 2) < alone


def test_daughters_separate_over_some_frames() -> None:
    still = DIVIDING.changed(move=0, radius_change=0, growth=0, overlap=0.3)
    still = still.changed(objects=40, height=1024, width=1024, frames=20)
    ways: list[list[float]] = []
    for separation in (0.0, 1.0):
        made = scenes(still.changed(separation=separation))
        ways += [[]]
        for before, after in pairwise(made[:-3]):
            daughters = after[
                (after["parent"] > 0) & ~np.isin(after["id"], before["id"])
            ]
            for mother in np.unique(daughters["parent"]):
                names = daughters["id"][daughters["parent"] == mother]
                start, end = (
                    one[np.isin(one["id"], names)] for one in (after, made[-1])
                )
                if len(end) < 2:
                    continue  # One of them has divided.
                radius = before["full_radius"][before["id"] == mother][0]
                way = np.hypot(end["y"] - start["y"], end["x"] - start["x"])
                steps = len(made) - 1 - after["first_frame"].max()
                ways[-1] += (way / radius / (1 - 0.5**steps)).tolist()
    assert max(ways[0]) < 1e-9
    assert np.median(ways[1]) == pytest.approx(1, abs=0.02)


def test_daughters_are_flat_at_first() -> None:
    made = scenes(DIVIDING.changed(daughter_plate=0.4))
    ratios: dict[int, list[float]] = {}
    for time, scene in enumerate(made):
        for row in scene[scene["parent"] > 0]:
            ratios.setdefault(int(time - row["first_frame"]), []).append(
                row["minor"] / row["major"]
            )
    # Halfway back in each frame.
    for age, ratio in ((0, 0.4), (1, 0.7), (2, 0.85)):
        np.testing.assert_allclose(ratios[age], ratio)


def test_plates_are_bent_to_horseshoes() -> None:
    scene = scenes(DIVIDING.changed(frames=1, objects=1, mitoses=0))[0]
    scene["y"] = scene["x"] = 40
    scene["major"], scene["minor"], scene["angle"] = 20, 8, 0
    scene["bow"] = 0.5
    y, x = np.nonzero(paint(scene, (80, 80), Ellipse()).owners)
    middle, ends = y[np.abs(x - 40) < 2], y[np.abs(x - 40) > 17]
    along = ((x - 40) / 20)[np.abs(x - 40) > 17]
    # The line between the ends is a parabola; the area stays.
    sag = 0.5 * 20 * np.mean(along**2)
    assert ends.mean() - middle.mean() == pytest.approx(sag, abs=0.6)
    assert len(y) == pytest.approx(np.pi * 20 * 8, rel=0.03)
    assert (y.mean(), x.mean()) == pytest.approx((40, 40), abs=0.3)


def test_bends_are_the_mothers_and_change_nothing_else() -> None:
    bent = DIVIDING.changed(plate_bend=0.6)
    used = []
    for one, other in zip(scenes(bent), scenes(DIVIDING), strict=True):
        np.testing.assert_array_equal(one["x"], other["x"])
        used += one["bow"][one["bow"] != 0].tolist()
    assert len(used) == 14
    assert np.abs(used).max() <= 0.6
    assert min(used) < 0 < max(used)
    simulate_video(bent, 0).checked()


def test_the_defaults_change_nothing() -> None:
    plain = NucleiSettings(frames=8, objects=40, mitoses=4)
    for time, (scene, after) in enumerate(pairwise(scenes(plain))):
        np.testing.assert_array_equal(with_mitoses(scene, after, plain, time), scene)
