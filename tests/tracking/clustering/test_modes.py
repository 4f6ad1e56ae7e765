import numpy as np
from numpy.testing import assert_array_equal

from napari_asist.tracking.clustering.grid import Vectors
from napari_asist.tracking.clustering.modes import best_centers
from napari_asist.tracking.clustering.neighborhood import Neighborhood
from napari_asist.tracking.settings import TrackingSettings

SETTINGS = TrackingSettings(radius=10)
X, Y = np.eye(3, dtype=np.float32)[:2]
BLEND = (X + Y) / np.float32(np.sqrt(2))


def kept(*blobs: tuple[Vectors, float, int]) -> list[int]:
    """Return which centers are kept, of blobs of a direction, a column and a size."""
    vectors = np.concatenate([np.tile(vector, (n, 1)) for vector, _, n in blobs])
    columns = np.concatenate([np.full(n, column) for _, column, n in blobs])
    places = np.stack([np.zeros_like(columns), columns], axis=1).astype(np.float32)
    pixels = Neighborhood(vectors, places, SETTINGS.radius)
    centers = np.stack([vector for vector, _, _ in blobs])
    middles = np.array([[0, column] for _, column, _ in blobs], np.float32)
    _, found = best_centers(pixels, centers, middles, SETTINGS)
    given = [column for _, column, _ in blobs]
    return [given.index(column) for column in found[:, 1].tolist()]


def test_of_two_alike_and_near_one_is_kept() -> None:
    assert len(kept((X, 0.0, 10), (X, 4.0, 20))) == 1
    assert len(kept((X, 0.0, 10), (X, 15.0, 20))) == 2
    assert len(kept((X, 0.0, 10), (Y, 4.0, 20))) == 2


def test_kept_centers_come_best_first() -> None:
    assert_array_equal(kept((X, 0.0, 10), (Y, 5.0, 30), (BLEND, 30.0, 20)), [1, 2, 0])


def test_a_blend_between_two_larger_ones_is_their_border() -> None:
    assert_array_equal(
        sorted(kept((X, 0.0, 50), (BLEND, 5.0, 20), (Y, 9.0, 60))), [0, 2]
    )


def test_a_blend_next_to_two_larger_ones_is_an_object() -> None:
    assert len(kept((X, 0.0, 50), (BLEND, 18.0, 20), (Y, 9.0, 60))) == 3


def test_a_blend_as_large_as_its_neighbors_is_an_object() -> None:
    assert len(kept((X, 0.0, 50), (BLEND, 5.0, 40), (Y, 9.0, 60))) == 3
