import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from napari_asist.tracking.clustering.grid import Vectors
from napari_asist.tracking.clustering.seeds import Spots, unit
from napari_asist.tracking.settings import TrackingSettings

SETTINGS = TrackingSettings(seeds=1, seed_spacing=4)


def halves(side: int = 40, border: float = 20) -> tuple[Vectors, Vectors]:
    """Return vectors and positions of a square with two directions, one per half."""
    places = np.argwhere(np.ones((side, side))).astype(np.float32)
    right = (places[:, 1] >= border).astype(int)
    return np.eye(3, dtype=np.float32)[right], places


def spots_of(settings: TrackingSettings, seed: int = 0) -> Spots:
    return Spots(*halves(), settings, np.random.default_rng(seed))


def test_unit_vectors_are_of_length_one_and_zero_stays() -> None:
    found = unit(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert found.dtype == np.float32
    assert_allclose(found, [[0.6, 0.8], [0.0, 0.0]])


def test_spots_across_a_border_are_not_seeds() -> None:
    directions, places = spots_of(SETTINGS).coherent(np.ones(1600, bool), 0.9)
    assert 60 < len(places) <= 100
    right = places[:, 1] > 19.5
    assert_array_equal(directions, np.eye(3)[right.astype(int)])


def test_only_spots_that_are_mostly_pending_are_seeds() -> None:
    pending = halves()[1][:, 0] < 10
    directions, places = spots_of(SETTINGS).coherent(pending, 0.9)
    assert len(directions)
    assert places[:, 0].max() < 10


def test_spots_shrink_until_they_are_enough() -> None:
    some, more = (
        spots_of(SETTINGS.changed(seed_spacing=16, seeds=seeds)) for seeds in (1, 100)
    )
    assert len(some.size) < 20
    assert len(more.size) >= 100
    assert some.size.sum() == more.size.sum() == 1600


def test_the_grid_of_spots_comes_from_the_seed() -> None:
    spots = [spots_of(SETTINGS, seed).spot for seed in (0, 0, 1)]
    assert_array_equal(spots[0], spots[1])
    assert (spots[0] != spots[2]).any()
