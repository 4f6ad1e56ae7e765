from itertools import pairwise

import numpy as np
import pytest

from napari_asist.errors import AsistError
from napari_asist.simulation.nuclei import nuclei_scenes
from napari_asist.simulation.scene import Scene, close_outlines
from napari_asist.simulation.settings import NucleiSettings

QUIET = NucleiSettings(
    appearing=0, disappearing=0, mitoses=0, objects=60, frames=30, radius_min=7
)


def scenes(settings: NucleiSettings, seed: int = 0) -> list[Scene]:
    return list(nuclei_scenes(settings, np.random.default_rng(seed)))


def radius(scene: Scene) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(np.sqrt(scene["major"] * scene["minor"]))


def test_radii_change_by_one_pixel_at_the_requested_probability() -> None:
    made = scenes(QUIET.changed(radius_min=4, radius_max=30, overlap=0.1))
    steps = np.concatenate([radius(b) - radius(a) for a, b in pairwise(made)])
    changed = np.abs(steps) > 1e-9
    np.testing.assert_allclose(np.abs(steps[changed]), 1)
    deviation = np.sqrt(0.1 * 0.9 / len(steps))
    assert abs(changed.mean() - 0.1) < 4 * deviation
    ups = (steps[changed] > 0).mean()
    assert abs(ups - 0.5) < 4 * np.sqrt(0.25 / changed.sum())


def test_centers_move_evenly_up_to_the_largest_move() -> None:
    made = scenes(QUIET.changed(move=3, overlap=0.1, height=1024, width=1024))
    moves = np.concatenate([b["y"] - a["y"] for a, b in pairwise(made)])
    assert np.abs(moves).max() <= 3
    assert abs(moves.mean()) < 4 * 3 / np.sqrt(3 * len(moves))
    assert moves.std() == pytest.approx(3 / np.sqrt(3), rel=0.05)


def test_displacements_are_correlated_as_requested() -> None:
    free = QUIET.changed(move=3, overlap=0.1, height=2048, width=2048, objects=200)
    for persistence in (0.0, 0.5, 0.9):
        made = scenes(free.changed(persistence=persistence))
        moves = np.diff([scene["x"] for scene in made], axis=0)
        assert moves.std() == pytest.approx(3 / np.sqrt(3), rel=0.05)
        found = np.corrcoef(moves[:-1].ravel(), moves[1:].ravel())[0, 1]
        assert found == pytest.approx(persistence, abs=0.05)


def test_persistent_nuclei_stay_in_the_field_and_apart() -> None:
    crowd = QUIET.changed(persistence=0.95, move=6, objects=150)
    for scene in scenes(crowd):
        assert not len(close_outlines(scene, 0.699, crowd.shape))
        for name in ("y", "x"):
            assert scene[name].min() >= 0
            assert scene[name].max() <= 511


def test_sizes_are_drawn_as_requested() -> None:
    first = scenes(QUIET.changed(frames=1, objects=350, radius_mean=10, elongation=0.3))
    drawn = radius(first[0])
    assert drawn.mean() == pytest.approx(10, abs=4 * 1.5 / np.sqrt(350))
    assert drawn.std() == pytest.approx(1.5, rel=0.15)
    assert drawn.min() >= 7 - 1e-9
    assert drawn.max() <= 16 + 1e-9
    logarithm = np.log(first[0]["major"] / first[0]["minor"])
    assert np.sqrt((logarithm**2).mean()) == pytest.approx(0.3, rel=0.15)


def test_without_elongation_all_are_circles() -> None:
    for scene in scenes(NucleiSettings(frames=8, objects=40)):
        np.testing.assert_allclose(scene["major"], scene["minor"])


def test_no_two_centers_come_closer_than_the_paper_allows() -> None:
    for scene in scenes(NucleiSettings(frames=20, objects=200)):
        y, x, r = scene["y"], scene["x"], radius(scene)
        distance = np.hypot(y[:, None] - y, x[:, None] - x)
        np.fill_diagonal(distance, np.inf)
        # Circles are painted as polygons, whose sides are 0.04 % inside.
        assert (distance >= 0.9995 * 0.7 * (r[:, None] + r)).all()


def test_daughters_are_smaller_near_and_grow() -> None:
    settings = NucleiSettings(
        frames=40, objects=60, mitoses=12, appearing=0, disappearing=0
    )
    made = scenes(settings)
    seen = 0
    for before, after in pairwise(made):
        daughters = after[(after["parent"] > 0) & ~np.isin(after["id"], before["id"])]
        for mother in np.unique(daughters["parent"]):
            old = before[before["id"] == mother]
            pair = daughters[daughters["parent"] == mother]
            assert len(old) == 1
            assert len(pair) == 2
            assert mother not in after["id"]
            assert (radius(pair) < 0.8 * radius(old)).all()
            distance = np.hypot(pair["y"] - old["y"], pair["x"] - old["x"])
            assert (distance < 1.2 * radius(old) + 2 * settings.move).all()
            seen += 1
    assert seen == 12
    last = made[-1][made[-1]["parent"] > 0]
    first = {
        row["id"]: row["major"] for scene in reversed(made) for row in scene.copy()
    }
    grown = [row["major"] > first[row["id"]] for row in last]
    assert np.mean(grown) > 0.7


def test_dividing_nuclei_are_plates_across_the_way_of_their_daughters() -> None:
    settings = NucleiSettings(
        frames=30, objects=60, mitoses=10, appearing=0, disappearing=0, plate=0.4
    )
    plain = settings.changed(plate=1)
    seen = 0
    for with_plates, before, after in zip(
        scenes(settings), scenes(plain), scenes(plain)[1:], strict=False
    ):
        daughters = after[~np.isin(after["id"], before["id"])]
        mothers = np.isin(before["id"], daughters["parent"])
        np.testing.assert_array_equal(with_plates[~mothers], before[~mothers])
        for mother, plate in zip(before[mothers], with_plates[mothers], strict=True):
            one, other = daughters[daughters["parent"] == mother["id"]]
            apart = np.arctan2(other["y"] - one["y"], other["x"] - one["x"])
            assert abs(np.cos(plate["angle"] - apart)) < 1e-6
            assert plate["minor"] == pytest.approx(0.4 * plate["major"])
            assert plate["major"] == mother["minor"]
            seen += 1
    assert seen == 10


def test_a_count_that_cannot_be_met_is_an_error() -> None:
    at_the_border = NucleiSettings(
        height=256,
        width=256,
        objects=40,
        frames=2,
        mitoses=40,
        appearing=0,
        disappearing=0,
        move=0,
    )
    with pytest.raises(AsistError, match=r"mitoses = 40: only \d+ found"):
        scenes(at_the_border)
