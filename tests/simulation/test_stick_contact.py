import numpy as np
import pytest

from napari_asist.estimation.borders import nearest_label
from napari_asist.simulation.microvilli import microvilli_scenes
from napari_asist.simulation.settings import MicrovilliSettings
from napari_asist.simulation.simulate import simulate_video

STICKS = MicrovilliSettings(
    frames=1,
    objects=60,
    overlap=0.8,
    shape="spindle",
    stick_width=12,
    length_mean=36,
    length_min=20,
    length_max=60,
    cluster_size=60,
)


def parallelism(settings: MicrovilliSettings) -> float:
    """Return the mean cosine of doubled angles between nearest neighbors."""
    (scene,) = microvilli_scenes(settings, np.random.default_rng(2))
    places = np.stack([scene["y"], scene["x"]], 1)
    away = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.fill_diagonal(away, np.inf)
    other = away.argmin(axis=1)
    return float(np.cos(2 * (scene["angle"] - scene["angle"][other])).mean())


def in_contact(settings: MicrovilliSettings) -> float:
    """Return the fraction of the objects with another one within 2 px."""
    labels = simulate_video(settings, 2).labels[0]
    numbers = np.unique(labels[labels > 0])
    touching = 0
    for number in numbers:
        rest = np.where(labels == number, 0, labels)
        touching += bool((nearest_label(rest, 2)[1][labels == number] <= 2).any())
    return touching / len(numbers)


def test_sticks_are_brought_into_contact_and_are_parallel() -> None:
    apart, together = (STICKS.changed(touching=part) for part in (0, 0.8))
    assert len(np.unique(simulate_video(together, 2).labels[0])) == 61
    assert in_contact(apart) < 0.3
    assert in_contact(together) > 0.6
    assert abs(parallelism(apart)) < 0.3
    assert parallelism(together) > 0.6


def test_neighbors_are_aligned_without_touching() -> None:
    assert parallelism(STICKS.changed(alignment=1)) > 0.7
    assert in_contact(STICKS.changed(alignment=1)) < 0.35


@pytest.mark.parametrize("settings", [STICKS.changed(touching=1, alignment=0.5)])
def test_the_same_seed_gives_the_same_contacts(settings: MicrovilliSettings) -> None:
    one, other = (simulate_video(settings, 5).labels for _ in range(2))
    np.testing.assert_array_equal(one, other)
