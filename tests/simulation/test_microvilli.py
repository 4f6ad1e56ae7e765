import numpy as np
import pytest
from numpy.typing import NDArray

from napari_asist.simulation.microvilli import microvilli_scenes
from napari_asist.simulation.placement import close_sticks
from napari_asist.simulation.scene import Scene
from napari_asist.simulation.settings import MicrovilliSettings

Steps = NDArray[np.float64]
SETTINGS = MicrovilliSettings(frames=30, length_mean=50, length_max=100)


def steps(settings: MicrovilliSettings, name: str) -> Steps:
    """Return the change of a field, shape (frames - 1, objects)."""
    made = list(microvilli_scenes(settings, np.random.default_rng(1)))
    change = np.diff(np.stack([scene[name] for scene in made]), axis=0)
    same = [np.all([s["id"][n] == n + 1 for s in made]) for n in range(len(made[0]))]
    return np.asarray(change[:, same])


def assert_half(of: NDArray[np.bool_] | np.bool_) -> None:
    """Assert a mean of 0.5, within 4 standard deviations of a Bernoulli sample."""
    assert abs(of.mean() - 0.5) < 4 * 0.5 / np.sqrt(of.size)


def test_half_of_the_sticks_shift_by_one_pixel() -> None:
    length = np.hypot(steps(SETTINGS, "y"), steps(SETTINGS, "x"))
    moved = length > 1e-9
    np.testing.assert_allclose(length[moved], 1)
    assert_half(moved)


def test_half_of_the_sticks_turn_by_one_degree() -> None:
    turn = np.degrees(steps(SETTINGS, "angle"))
    turned = np.abs(turn) > 1e-9
    np.testing.assert_allclose(np.abs(turn[turned]), 1)
    assert_half(turned)
    assert_half(turn[turned] > 0)


def test_half_of_the_lengths_change_and_each_only_one_way() -> None:
    change = 2 * steps(SETTINGS, "major")
    changed = np.abs(change) > 1e-9
    np.testing.assert_allclose(np.abs(change[changed]), 1)
    assert_half(changed)
    assert not ((change > 1e-9).any(axis=0) & (change < -1e-9).any(axis=0)).any()
    assert_half((change > 1e-9).any(axis=0))


def test_widths_never_change() -> None:
    assert not steps(SETTINGS, "minor").any()


def test_lengths_stay_in_their_bounds() -> None:
    settings = MicrovilliSettings(frames=60, length_min=15, length_max=25)
    for scene in microvilli_scenes(settings, np.random.default_rng(0)):
        assert scene["major"].min() >= 7.5
        assert scene["major"].max() <= 12.5


@pytest.mark.parametrize(("motion", "straight"), [("walk", False), ("drift", True)])
def test_drift_keeps_its_heading_and_a_walk_does_not(
    motion: str, straight: bool
) -> None:
    settings = SETTINGS.changed(motion=motion, translation=1)
    y, x = steps(settings, "y"), steps(settings, "x")
    way = np.hypot(y.sum(axis=0), x.sum(axis=0)) / len(y)
    assert (way > 0.99).all() == straight
    assert straight or np.median(way) < 0.4


def test_headings_turn_as_little_as_requested() -> None:
    settings = SETTINGS.changed(persistence=0.8, translation=1)
    heading = np.arctan2(steps(settings, "y"), steps(settings, "x"))
    turn = np.cos(np.diff(heading, axis=0))
    assert turn.mean() == pytest.approx(0.8, abs=4 * turn.std() / np.sqrt(turn.size))


def test_directions_follow_mean_and_spread() -> None:
    settings = MicrovilliSettings(objects=300, angle_mean=30, angle_spread=10, frames=1)
    scene = next(microvilli_scenes(settings, np.random.default_rng(0)))
    angle = np.degrees(scene["angle"])
    assert angle.mean() == pytest.approx(30, abs=4 * 10 / np.sqrt(300))
    assert angle.std() == pytest.approx(10, rel=0.15)


def test_sticks_do_not_cross_if_requested() -> None:
    settings = MicrovilliSettings(frames=10, overlap=1, objects=150)

    def crossing(scene: Scene) -> int:
        return len(close_sticks(scene, 1.0))

    made = list(microvilli_scenes(settings, np.random.default_rng(0)))
    assert [crossing(scene) for scene in made] == [0] * 10
